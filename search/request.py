"""What is asked: one immutable value for the page, the command line and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, get_args

from corpus.errors import BadInput
from corpus.value import Value, changed, made

Mode = Literal["best", "all", "phrase"]
Sort = Literal["relevance", "newest", "oldest", "title"]

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)

FACETS: Final[tuple[str, ...]] = (
    "theme",
    "funding",
    "council",
    "region",
    "council_type",
    "year",
)
"""Every facet, in the order in which people see them."""

NO_VALUE: Final = "none"
"""The filter value that selects the records in which nothing is recorded."""

MAX_TEXT: Final = 2_000
"""Characters of a query that are read; the rest is dropped with a note (a
   query grows the work linearly, and nobody types more)."""

MAX_LIMIT: Final = 1_000
"""Hits that one request may ask for; exports page through the whole result."""

MAX_FILTER_VALUES: Final = 200
"""Filter values that one request may carry, all facets together."""


_NOTHING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


def _frozen(values: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    if not values:
        return _NOTHING
    return MappingProxyType({name: tuple(dict.fromkeys(chosen)) for name, chosen in values.items() if chosen})


class SearchRequest(Value):
    """One question.

    `filters` maps a facet to the values of which a record must carry any;
    `exclude` maps a facet to the values of which it may carry none. The value
    `NO_VALUE` stands for "nothing recorded". Theme values are slugs, all other
    values are the names as shown. `year_from` and `year_to` are inclusive.

    Raises `BadInput`, naming every wrong value, when a facet, mode, sort,
    offset or limit cannot be used.
    """

    text: str = ""
    filters: Mapping[str, Sequence[str]] = made(dict)
    exclude: Mapping[str, Sequence[str]] = made(dict)
    year_from: int | None = None
    year_to: int | None = None
    mode: Mode = "best"
    sort: Sort = "relevance"
    offset: int = 0
    limit: int = 10
    facets: Sequence[str] = ("theme", "funding", "council")
    facet_limit: int | None = 10
    snippets: bool = True
    literal: bool = False
    """Read the words exactly as typed: no correction, no synonyms, no relaxing."""
    omit: Sequence[str] = ()
    """Synonyms and places, as `Note.offers` names them, that shall not be searched for too."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", _frozen(self.filters))
        object.__setattr__(self, "exclude", _frozen(self.exclude))
        object.__setattr__(self, "facets", tuple(dict.fromkeys(self.facets)))
        object.__setattr__(self, "omit", tuple(dict.fromkeys(self.omit)) if self.omit else ())
        problems = self._problems()
        if problems:
            raise BadInput(" ".join(problems))

    def _problems(self) -> list[str]:
        found = [
            f"There is no facet {name!r} (expected one of {', '.join(FACETS)})."
            for name in dict.fromkeys((*self.filters, *self.exclude, *self.facets))
            if name not in FACETS
        ]
        chosen = (*self.filters.values(), *self.exclude.values())
        if chosen and sum(map(len, chosen)) > MAX_FILTER_VALUES:
            found.append(f"Too many filter values (expected at most {MAX_FILTER_VALUES}).")
        if self.mode not in MODES:
            found.append(f"There is no match mode {self.mode!r} (expected one of {', '.join(MODES)}).")
        if self.sort not in SORTS:
            found.append(f"There is no sort order {self.sort!r} (expected one of {', '.join(SORTS)}).")
        if self.offset < 0:
            found.append(f"offset is {self.offset} (expected 0 or more).")
        if not 0 <= self.limit <= MAX_LIMIT:
            found.append(f"limit is {self.limit} (expected 0 to {MAX_LIMIT}).")
        if self.facet_limit is not None and self.facet_limit < 0:
            found.append(f"facet_limit is {self.facet_limit} (expected 0 or more, or none for all).")
        return found

    def but(self, **changes: object) -> SearchRequest:
        """The same request with some fields changed."""
        return changed(self, **changes)
