"""Filters and facet counts.

A facet's own counts ignore its own selection (the multi-select rule of shops
and catalogues), so that a reader who has ticked "Housing" still sees what
ticking "Planning" would give. One evaluation of the query serves all
facets: each filter becomes a mask over the matches, and a facet is counted
over the matches that pass all masks but its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.vocabulary import themes
from index.codec import FacetColumn, SegmentArrays, SetFacet
from search.compiled import kernel
from search.matches import Docs
from search.request import FACETS, NO_VALUE, SearchRequest
from search.results import Bucket, FacetCounts

Mask = NDArray[np.bool_]

LABELS: Final[Mapping[str, Callable[[str], str]]] = {
    "theme": lambda slug: themes()[slug].label if slug in themes() else slug,
}
"""How a facet's values are shown, where not as they are stored."""


def label(facet: str, value: str) -> str:
    """What people read for a value."""
    shown = LABELS.get(facet)
    return shown(value) if shown else value


class FacetValues:
    """All values of one facet over all segments, in label order, and each segment's way into them."""

    def __init__(self, name: str, segments: Sequence[SegmentArrays]) -> None:
        self.name = name
        columns = [segment.facet(name) for segment in segments]
        found = {value for column in columns if column is not None for value in column.values}
        labelled = sorted((label(name, value), value) for value in found)
        self.values = [value for _, value in labelled]
        self.labels = [shown for shown, _ in labelled]
        place = {value: at for at, value in enumerate(self.values)}
        # For each segment: segment ordinal → place in `values`.
        self.places = [
            None if column is None else np.array([place[value] for value in column.values], dtype=np.intp)
            for column in columns
        ]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Filter:
    """What one facet's filter lets through."""

    facet: str
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    years: tuple[int | None, int | None] = (None, None)

    @property
    def restricts_years(self) -> bool:
        """Whether a span of years is asked for."""
        return self.years != (None, None)

    def mask(self, column: FacetColumn | None, docs: Docs) -> Mask:
        """Which of the documents pass."""
        if column is None:
            return np.full(len(docs), self._passes_without_value(), dtype=np.bool_)
        allowed = self.allowed(column)
        if isinstance(column, SetFacet):
            found: Mask = allowed[column.set_of_doc[docs]]
            return found
        return allowed[docs]

    def allowed(self, column: FacetColumn) -> Mask:
        """Which sets of values pass, for a column of sets; else which documents."""
        passes: Mask | None = None
        if self.wanted:
            passes = _carries(column, self.wanted)
        if self.unwanted:
            others = ~_carries(column, self.unwanted)
            passes = others if passes is None else passes & others
        if self.restricts_years:
            inside = _carries(column, [value for value in column.values if self._in_span(value)])
            passes = inside if passes is None else passes & inside
        assert passes is not None, "a filter asks for something"
        return passes

    def _in_span(self, value: str) -> bool:
        first, last = self.years
        return value.isdigit() and (first is None or int(value) >= first) and (last is None or int(value) <= last)

    def _passes_without_value(self) -> bool:
        wanted = not self.wanted or NO_VALUE in self.wanted
        return wanted and NO_VALUE not in self.unwanted and not self.restricts_years


def filters_of(request: SearchRequest) -> list[Filter]:
    """The request's filters, one a facet, in the order of `FACETS`."""
    years = request.year_from, request.year_to
    found = []
    for facet in FACETS:
        wanted, unwanted = tuple(request.filters.get(facet, ())), tuple(request.exclude.get(facet, ()))
        span = years if facet == "year" else (None, None)
        if wanted or unwanted or span != (None, None):
            found.append(Filter(facet, wanted, unwanted, span))
    return found


def _carries(column: FacetColumn, values: Iterable[str]) -> Mask:
    """Which sets, or documents, carry any of the values (or none, where `NO_VALUE` is among them)."""
    chosen = tuple(values)
    missing = NO_VALUE in chosen
    ordinals = [at for at in map(column.ordinal, chosen) if at >= 0]
    return (
        column.matches(ordinals, missing) if isinstance(column, SetFacet) else column.docs_with_any(ordinals, missing)
    )


class FilteredMatches:
    """The matches of one segment behind the filters.

    `docs` match query and filters, at the places `kept` of the query's matches.
    """

    def __init__(self, segment: SegmentArrays, matched: Docs, filters: Sequence[Filter]) -> None:
        self._matched = matched
        columns = {each.facet: segment.facet(each.facet) for each in filters}
        self._sieve: _Sieve
        if kernel is not None and all(isinstance(column, SetFacet) for column in columns.values()):
            self._sieve = _Sets(matched, filters, columns)
        else:
            self._sieve = _Masks(matched, filters, columns)
        self._facets = frozenset(columns)
        self.kept = self._sieve.passing(self._facets) if filters else None
        self.docs = matched if self.kept is None else matched[self.kept]

    def without(self, facet: str) -> Docs:
        """The documents that pass every filter but this facet's."""
        if facet not in self._facets:
            return self.docs
        others = self._facets - {facet}
        return self._matched[self._sieve.passing(others)] if others else self._matched


class _Sieve(Protocol):
    def passing(self, facets: frozenset[str]) -> NDArray[np.intp]:
        """The places of the documents that pass the filters of these facets (at least one)."""
        ...


class _Masks:
    """A mask over the matches for each filter."""

    def __init__(self, docs: Docs, filters: Sequence[Filter], columns: Mapping[str, FacetColumn | None]) -> None:
        self._masks = {each.facet: each.mask(columns[each.facet], docs) for each in filters}

    def passing(self, facets: frozenset[str]) -> NDArray[np.intp]:
        return np.flatnonzero(np.logical_and.reduce([self._masks[facet] for facet in facets]))


class _Sets:
    """The allowed sets of each filter; compiled, for columns of sets."""

    def __init__(self, docs: Docs, filters: Sequence[Filter], columns: Mapping[str, FacetColumn | None]) -> None:
        self._docs = docs
        self._allowed: dict[str, tuple[NDArray[Any], Mask]] = {}
        for each in filters:
            column = columns[each.facet]
            assert isinstance(column, SetFacet)
            self._allowed[each.facet] = column.set_of_doc, each.allowed(column)

    def passing(self, facets: frozenset[str]) -> NDArray[np.intp]:
        places = np.empty(len(self._docs) + 1, np.int64)
        return places[: kernel.passing(self._docs, [self._allowed[facet] for facet in facets], places)]


def count_facet(
    values: FacetValues, segments: Sequence[SegmentArrays], answers: Sequence[FilteredMatches], request: SearchRequest
) -> FacetCounts:
    """Exact counts of one facet over the answers of all segments."""
    counts = np.zeros(len(values), dtype=np.int64)
    missing = total = 0
    for segment, answer, places in zip(segments, answers, values.places, strict=True):
        docs = answer.without(values.name)
        column = segment.facet(values.name)
        total += len(docs)
        if column is None or places is None:
            missing += len(docs)
        elif isinstance(column, SetFacet) and kernel is not None:
            found = np.empty(column.value_count, np.int64)
            sets, starts, members = column.set_of_doc, column.value_starts, column.value_sets
            missing += kernel.count_values(sets, docs, column.set_count, starts, members, found)
            counts[places] += found
        elif isinstance(column, SetFacet):
            sets = column.count_sets(docs)
            missing += int(sets[0])
            counts[places] += column.spread_sets(sets)
        else:
            counts[places] += column.count(docs)
            missing += column.missing(docs)
    return _shown(values, counts, missing, total, request)


def _shown(
    values: FacetValues, counts: NDArray[np.int64], missing: int, total: int, request: SearchRequest
) -> FacetCounts:
    name = values.name
    selected, excluded = request.filters.get(name, ()), request.exclude.get(name, ())
    order = _by_count(counts, request.facet_limit)
    buckets: list[Bucket]
    if selected or excluded:
        first = _chosen_buckets(values, counts, [*selected, *excluded], excluded)
        taken = {bucket.value for bucket in first}
        rest = [
            Bucket(values.values[at], values.labels[at], int(counts[at]))
            for at in _by_count(counts, None if request.facet_limit is None else request.facet_limit + len(taken))
            if values.values[at] not in taken
        ]
        room = len(rest) if request.facet_limit is None else max(0, request.facet_limit - len(first))
        buckets = first + rest[:room]
    else:
        texts, labels = values.values, values.labels
        buckets = [
            Bucket(texts[at], labels[at], count)
            for at, count in zip(order.tolist(), counts[order].tolist(), strict=True)
        ]
    return FacetCounts(
        name=name,
        buckets=tuple(buckets),
        distinct=int(np.count_nonzero(counts)),
        missing=missing,
        total=total,
        missing_selected=NO_VALUE in selected,
        missing_excluded=NO_VALUE in excluded,
    )


def _by_count(counts: NDArray[np.int64], limit: int | None) -> NDArray[np.intp]:
    """Places of the values with a match, by falling count, then label (which is their order)."""
    found = int(np.count_nonzero(counts))
    order = np.argsort(-counts, kind="stable")[:found]
    return order if limit is None else order[:limit]


def _chosen_buckets(
    values: FacetValues, counts: NDArray[np.int64], chosen: Sequence[str], excluded: Sequence[str]
) -> list[Bucket]:
    """Buckets of what the reader selected or excluded; a value that is nowhere in the index counts 0."""
    place = {value: at for at, value in enumerate(values.values)}
    made = []
    for value in dict.fromkeys(chosen):
        if value == NO_VALUE:
            continue
        count = int(counts[place[value]]) if value in place else 0
        is_excluded = value in excluded
        made.append(Bucket(value, label(values.name, value), count, selected=not is_excluded, excluded=is_excluded))
    return sorted(made, key=lambda bucket: (-bucket.count, bucket.label))
