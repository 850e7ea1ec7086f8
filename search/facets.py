"""Facet counts.

A facet's own counts ignore its own selection (the multi-select rule of shops
and catalogues), so that a reader who has ticked "Housing" still sees what
ticking "Planning" would give. One evaluation of the query serves all
facets: each is counted over the matches that pass all filters but its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.vocabulary import themes
from index.codec import FacetColumn, SegmentArrays, SetFacet
from search.compiled import kernel
from search.filters import FilteredMatches
from search.matches import Docs
from search.request import NO_VALUE, SearchRequest
from search.results import Bucket, FacetCounts

LABELS: Final[Mapping[str, Callable[[str], str]]] = {
    "theme": lambda slug: themes()[slug].label if slug in themes() else slug,
}
"""How a facet's values are shown, where not as they are stored."""

FEW: Final = 64
"""Values up to which the compiled loop also chooses those with the largest counts, by insertion."""

Counts = NDArray[np.int64]
Shown = list[tuple[int, int]]
"""(place of a value, its count) of those to show first."""


_tuple = tuple.__new__


def label(facet: str, value: str) -> str:
    """What people read for a value."""
    shown = LABELS.get(facet)
    return shown(value) if shown else value


class FacetValues:
    """All values of one facet over all segments, in label order, and a counter for each segment."""

    def __init__(self, name: str, segments: Sequence[SegmentArrays]) -> None:
        self.name = name
        columns = [segment.facet(name) for segment in segments]
        found = {value for column in columns if column is not None for value in column.values}
        labelled = sorted((label(name, value), value) for value in found)
        self.values = [value for _, value in labelled]
        self.labels = [shown for shown, _ in labelled]
        self.place = {value: at for at, value in enumerate(self.values)}
        self._counters = [self._counter(column) for column in columns]

    def __len__(self) -> int:
        return len(self.values)

    def _counter(self, column: FacetColumn | None) -> _Counter | None:
        if column is None:
            return None
        places = np.array([self.place[value] for value in column.values], dtype=np.intp)
        if kernel is not None and isinstance(column, SetFacet) and column.value_count:
            return _CompiledCounter(column, places, len(self))
        return _Counter(column, places, len(self))

    def counted(self, docs: Sequence[Docs], limit: int | None) -> tuple[Counts, int, int, Shown]:
        """(count of each value, documents without one, values with a match, those to show first).

        `docs` are the documents of each segment. At most `limit` are shown, by falling count, then label.
        """
        if len(docs) == 1 and self._counters[0] is not None:
            return self._counters[0].count(docs[0], limit)
        counts = np.zeros(len(self), np.int64)
        missing = 0
        for counter, own in zip(self._counters, docs, strict=True):
            if counter is None:
                missing += len(own)
                continue
            here, without, _, _ = counter.count(own, 0)
            counts += here
            missing += without
        return counts, missing, int(np.count_nonzero(counts)), _by_count(counts, limit)


class _Counter:
    """Counts the values of one segment's column; `places` maps its ordinals to the facet's values, `size` of them."""

    def __init__(self, column: FacetColumn, places: NDArray[np.intp], size: int) -> None:
        self._column = column
        self._places = places
        self._size = size

    def count(self, docs: Docs, limit: int | None) -> tuple[Counts, int, int, Shown]:
        """See `FacetValues.counted`."""
        column, counts = self._column, np.zeros(self._size, np.int64)
        if isinstance(column, SetFacet):
            sets = column.count_sets(docs)
            missing = int(sets[0])
            counts[self._places] = column.spread_sets(sets)
        else:
            counts[self._places] = column.count(docs)
            missing = column.missing(docs)
        return counts, missing, int(np.count_nonzero(counts)), _by_count(counts, limit)


class _CompiledCounter(_Counter):
    """The same for a column of sets, whose values are numbered anew in the order of their labels."""

    def __init__(self, column: SetFacet, places: NDArray[np.intp], size: int) -> None:
        super().__init__(column, places, size)
        starts, ordinals = column.values_of_sets()
        values = places[ordinals]
        sets = np.repeat(np.arange(len(starts) - 1), np.diff(starts))[np.argsort(values, kind="stable")]
        value_starts = np.zeros(size + 1, np.int64)
        np.cumsum(np.bincount(values, minlength=size), out=value_starts[1:])
        self._opened = kernel.facet(column.set_of_doc, starts, _narrow(values), value_starts, _narrow(sets))

    def count(self, docs: Docs, limit: int | None) -> tuple[Counts, int, int, Shown]:
        counts = np.empty(self._size, np.int64)
        few = limit is not None and limit <= FEW
        missing, distinct, shown = kernel.count_values(self._opened, docs, counts, limit if few else 0)
        return counts, missing, distinct, shown if few else _by_count(counts, limit)


def _narrow(numbers: NDArray[np.int64]) -> NDArray[Any]:
    return numbers.astype(np.uint16 if int(numbers.max(initial=0)) < 1 << 16 else np.uint32)


def count_facet(values: FacetValues, answers: Sequence[FilteredMatches], request: SearchRequest) -> FacetCounts:
    """Exact counts of one facet over the answers of all segments."""
    name, limit = values.name, request.facet_limit
    docs = [answer.without(name) for answer in answers]
    selected, excluded = request.filters.get(name, ()), request.exclude.get(name, ())
    chosen = dict.fromkeys((*selected, *excluded)) if selected or excluded else {}
    # Values that were chosen are shown in any case, so as many more may have to be passed over.
    counts, missing, distinct, shown = values.counted(docs, limit if limit is None else limit + len(chosen))
    buckets = _chosen_buckets(values, counts, chosen, excluded) if chosen else []
    texts, labels = values.values, values.labels
    if chosen:
        others = [pair for pair in shown if texts[pair[0]] not in chosen]
        shown = others if limit is None else others[: max(0, limit - len(buckets))]
    # Made as Bucket would make them, at half its cost: they are the most numerous part of an answer.
    buckets += [_tuple(Bucket, (texts[at], labels[at], count, False, False)) for at, count in shown]
    total = sum(map(len, docs))
    return FacetCounts(name, tuple(buckets), distinct, missing, total, NO_VALUE in selected, NO_VALUE in excluded)


def _by_count(counts: Counts, limit: int | None) -> Shown:
    """The values with a match, by falling count, then label (which is their order)."""
    found = int(np.count_nonzero(counts))
    places = np.argsort(-counts, kind="stable")[: found if limit is None else min(found, limit)]
    return list(zip(places.tolist(), counts[places].tolist(), strict=True))


def _chosen_buckets(
    values: FacetValues, counts: Counts, chosen: Mapping[str, object], excluded: Sequence[str]
) -> list[Bucket]:
    """Buckets of what the reader selected or excluded; a value that is nowhere in the index counts 0."""
    made = []
    for value in chosen:
        if value == NO_VALUE:
            continue
        at = values.place.get(value)
        is_excluded = value in excluded
        count = 0 if at is None else int(counts[at])
        made.append(Bucket(value, label(values.name, value), count, selected=not is_excluded, excluded=is_excluded))
    return sorted(made, key=lambda bucket: (-bucket.count, bucket.label))
