"""The address of a search as one immutable value.

Every link of the pages is made from a `SearchState`, never by joining strings:
`parse` reads an address, the `with_…` and `without_…` methods give the next
one, `to_query` writes it down again. What `to_query` writes, `parse` reads back
as the same value (tested over random states).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import urlencode

from search.request import FACETS, MAX_FILTER_VALUES, MAX_TEXT, MODES, SORTS, Mode, SearchRequest, Sort

T = TypeVar("T", bound=str)

PAGE_SIZE: Final = 10
"""Results on one page: what fits two or three screens and is read before paging."""

EXCLUDE_PREFIX: Final = "not_"
"""`not_theme=housing` leaves out what `theme=housing` would ask for."""

MAX_VALUE: Final = 200
"""Characters of a filter value that are read; the longest council name has 72."""

SCALARS: Final = ("q", "year_from", "year_to", "mode", "sort", "page", "literal")
MAX_OMITTED: Final = 20
"""Synonyms and places that one address can take back; a query brings a handful."""

PARAMETERS: Final = frozenset((*SCALARS, "omit", *FACETS, *(EXCLUDE_PREFIX + facet for facet in FACETS)))
"""Every parameter that a search address may carry."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One value of an address that cannot be used: which, and what was expected."""

    parameter: str
    value: str
    message: str


def clean(text: str) -> str:
    """The text without control characters and lone surrogates, runs of spaces made one."""
    if not text.isascii() or not text.isprintable():
        text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text)
    return " ".join(text.split())


def whole_number(raw: str, most: int) -> int | None:
    """The number 1 to `most` that `raw` writes in plain digits, or None."""
    if raw.isascii() and raw.isdigit() and len(raw) <= len(str(most)) and 1 <= int(raw) <= most:
        return int(raw)
    return None


def _freeze(chosen: Mapping[str, Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    frozen = {facet: tuple(dict.fromkeys(chosen.get(facet, ()))) for facet in FACETS}
    return MappingProxyType({facet: values for facet, values in frozen.items() if values})


@dataclass(frozen=True, slots=True)
class SearchState:
    """One search as its address says it. `sort` is None where the address leaves it to us."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    year_from: int | None = None
    year_to: int | None = None
    mode: Mode = "best"
    sort: Sort | None = None
    page: int = 1
    literal: bool = False
    omit: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "omit", tuple(dict.fromkeys(self.omit)))
        object.__setattr__(self, "filters", _freeze(self.filters))
        object.__setattr__(self, "exclude", _freeze(self.exclude))

    @property
    def effective_sort(self) -> Sort:
        """The order in force: without words there is nothing to be relevant to, so newest first."""
        if self.sort is None or self.sort == "relevance":
            return "relevance" if self.text else "newest"
        return self.sort

    @property
    def filtered(self) -> bool:
        """Whether anything but words narrows the search."""
        return bool(self.filters or self.exclude or self.year_from or self.year_to)

    @property
    def empty(self) -> bool:
        """Whether the search asks for everything."""
        return not self.text and not self.filtered

    def with_text(self, text: str) -> SearchState:
        return replace(self, text=clean(text)[:MAX_TEXT].strip(), page=1)

    def with_literal(self, literal: bool = True) -> SearchState:
        return replace(self, literal=literal, page=1)

    def with_omit(self, meaning: str) -> SearchState:
        """Without one synonym or place that was searched for too."""
        return replace(self, omit=(*self.omit, meaning), page=1)

    def without_omit(self, meaning: str) -> SearchState:
        """With a synonym or place that was taken back."""
        return replace(self, omit=tuple(held for held in self.omit if held != meaning), page=1)

    def with_filter(self, facet: str, value: str) -> SearchState:
        """Also accept `value`; a value left out so far is taken back in."""
        dropped = self.without_exclude(facet, value)
        return replace(dropped, filters={**dropped.filters, facet: (*dropped.filters.get(facet, ()), value)}, page=1)

    def only_filter(self, facet: str, value: str) -> SearchState:
        """Accept nothing but `value` in this facet."""
        return replace(self, filters={**self.filters, facet: (value,)}, page=1)

    def without_filter(self, facet: str, value: str | None = None) -> SearchState:
        """Without one value of the facet, or without any."""
        return replace(self, filters=_less(self.filters, facet, value), page=1)

    def with_exclude(self, facet: str, value: str) -> SearchState:
        """Leave out `value`; it cannot be asked for at the same time."""
        dropped = self.without_filter(facet, value)
        return replace(dropped, exclude={**dropped.exclude, facet: (*dropped.exclude.get(facet, ()), value)}, page=1)

    def without_exclude(self, facet: str, value: str | None = None) -> SearchState:
        return replace(self, exclude=_less(self.exclude, facet, value), page=1)

    def without_facet(self, facet: str) -> SearchState:
        """Without anything said about this facet (for the year: without its range too)."""
        dropped = self.without_filter(facet).without_exclude(facet)
        return dropped.with_years(None, None) if facet == "year" else dropped

    def with_years(self, year_from: int | None, year_to: int | None) -> SearchState:
        return replace(self, year_from=year_from, year_to=year_to, page=1)

    def with_mode(self, mode: Mode) -> SearchState:
        return replace(self, mode=mode, page=1)

    def with_sort(self, sort: Sort | None) -> SearchState:
        return replace(self, sort=sort, page=1)

    def with_page(self, page: int) -> SearchState:
        return replace(self, page=page)

    def without_filters(self) -> SearchState:
        """The words alone."""
        return replace(self, filters={}, exclude={}, year_from=None, year_to=None, page=1)

    def pairs(self) -> list[tuple[str, str]]:
        """The address as (parameter, value), in one canonical order and without defaults."""
        found: list[tuple[str, str]] = [("q", self.text)] if self.text else []
        for facet, values in self.filters.items():
            found += [(facet, value) for value in values]
        for facet, values in self.exclude.items():
            found += [(EXCLUDE_PREFIX + facet, value) for value in values]
        found += [("omit", meaning) for meaning in self.omit]
        scalars = {
            "year_from": self.year_from,
            "year_to": self.year_to,
            "mode": self.mode if self.mode != "best" else None,
            "sort": self.sort,
            "literal": 1 if self.literal else None,
            "page": self.page if self.page != 1 else None,
        }
        return found + [(name, str(value)) for name, value in scalars.items() if value is not None]

    def to_query(self, *extra: tuple[str, str]) -> str:
        """The address's query string, percent-encoded, without the question mark."""
        return urlencode([*self.pairs(), *extra])

    def to_request(
        self,
        *,
        offset: int | None = None,
        limit: int = PAGE_SIZE,
        facets: tuple[str, ...] = FACETS,
        facet_limit: int | None = None,
        snippets: bool = True,
    ) -> SearchRequest:
        """The question for the engine; `offset` stands in for the page where given."""
        return SearchRequest(
            text=self.text,
            filters=self.filters,
            exclude=self.exclude,
            year_from=self.year_from,
            year_to=self.year_to,
            mode=self.mode,
            sort=self.effective_sort,
            offset=(self.page - 1) * limit if offset is None else offset,
            limit=limit,
            facets=facets,
            facet_limit=facet_limit,
            snippets=snippets,
            literal=self.literal,
            omit=self.omit,
        )


def _less(chosen: Mapping[str, tuple[str, ...]], facet: str, value: str | None) -> dict[str, tuple[str, ...]]:
    kept = () if value is None else tuple(held for held in chosen.get(facet, ()) if held != value)
    return {**chosen, facet: kept}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an address says: the state of its usable parts, its problems, and what was cut."""

    state: SearchState
    problems: tuple[Problem, ...] = ()
    truncated: bool = False


def parse(args: Mapping[str, list[str]], *, also: frozenset[str] | None = None) -> Parsed:
    """Read an address's parameters (each a list of its values).

    Empty values count as absent, since forms send them. Unknown parameters are
    ignored, as people's links carry trackers; give `also` (the further
    parameters allowed) to have them reported, together with parameters said
    twice, as programs want it.
    """
    problems: list[Problem] = []
    if also is not None:
        problems += _strict_problems(args, also)

    def one(name: str) -> str:
        return next((held for held in map(clean, args.get(name, ())) if held), "")

    def choice(name: str, allowed: tuple[T, ...]) -> T | None:
        raw = one(name)
        if raw and raw not in allowed:
            problems.append(Problem(name, raw[:80], f"expected one of {', '.join(map(str, allowed))}"))
        return next((held for held in allowed if held == raw), None)

    def number(name: str, most: int, expected: str) -> int | None:
        raw = one(name)
        found = whole_number(raw, most)
        if raw and found is None:
            problems.append(Problem(name, raw[:80], expected))
        return found

    def values(name: str) -> tuple[str, ...]:
        return tuple(held for held in (clean(raw)[:MAX_VALUE].strip() for raw in args.get(name, ())) if held)

    text = one("q")
    filters = {facet: values(facet) for facet in FACETS}
    exclude = {facet: values(EXCLUDE_PREFIX + facet) for facet in FACETS}
    if sum(len(set(held)) for held in (*filters.values(), *exclude.values())) > MAX_FILTER_VALUES:
        problems.append(Problem("filters", "", f"expected at most {MAX_FILTER_VALUES} filter values in one search"))
        filters, exclude = {}, {}
    year_from = number("year_from", 9999, "expected a year, such as 2015")
    year_to = number("year_to", 9999, "expected a year, such as 2020")
    if year_from and year_to and year_from > year_to:
        problems.append(Problem("year_from", str(year_from), f"expected a year not later than year_to ({year_to})"))
        year_from = year_to = None
    state = SearchState(
        text=text[:MAX_TEXT].strip(),
        filters=filters,
        exclude=exclude,
        year_from=year_from,
        year_to=year_to,
        mode=choice("mode", MODES) or "best",
        sort=choice("sort", SORTS),
        page=number("page", 10**9, "expected a page number: 1, 2, 3 and so on") or 1,
        literal=choice("literal", ("1", "0")) == "1",
        omit=values("omit")[:MAX_OMITTED],
    )
    return Parsed(state, tuple(problems), truncated=len(text) > MAX_TEXT)


def _strict_problems(args: Mapping[str, list[str]], also: frozenset[str]) -> list[Problem]:
    allowed = PARAMETERS | also
    found = [
        Problem(name[:80], held[0][:80], f"is not a parameter here (expected one of {', '.join(sorted(allowed))})")
        for name, held in args.items()
        if name not in allowed
    ]
    single = {*SCALARS, *also}
    found += [
        Problem(name, " ".join(held)[:80], "expected once, but it is given more than once")
        for name, held in args.items()
        if name in single and len(held) > 1
    ]
    return found
