"""Facet counts.

A facet's own counts ignore its own selection (the multi-select rule of shops
and catalogues), so that a reader who has ticked "Housing" still sees what
ticking "Planning" would give. One evaluation of the query serves all
facets: each is counted over the matches that pass all filters but its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.vocabulary import themes
from index.codec import FacetColumn, SegmentArrays, SetFacet
from index.codec.ranges import starts_of
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


class Tally(NamedTuple):
    """How documents spread over one facet.

    `missing` documents carry no value, `distinct` values have a match; `buckets` are those to show first, by falling
    count, then label. `counts` has every value's, where they were asked for.
    """

    missing: int
    distinct: int
    buckets: list[Bucket]
    counts: Counts | None = None


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
        self.values = tuple(value for _, value in labelled)
        self.labels = tuple(shown for shown, _ in labelled)
        self.place = {value: at for at, value in enumerate(self.values)}
        self._counters = [None if column is None else self._counter(column) for column in columns]

    def __len__(self) -> int:
        return len(self.values)

    def _counter(self, column: FacetColumn) -> _Counter:
        if kernel is not None and isinstance(column, SetFacet) and column.value_count:
            return _CompiledCounter(column, self)
        return _Counter(column, self)

    @property
    def opened(self) -> Any:
        """What the compiled loops count by, where all documents are in one segment; else None."""
        return self._counters[0].opened if len(self._counters) == 1 and self._counters[0] is not None else None

    def tally(self, docs: Sequence[Docs], room: int | None) -> Tally:
        """The spread of the documents of each segment, with every value's count; at most `room` buckets are made."""
        counts, missing = np.zeros(len(self), np.int64), 0
        for counter, own in zip(self._counters, docs, strict=True):
            if counter is None:
                missing += len(own)
            else:
                missing += counter.count(own, counts)
        return Tally(missing, int(np.count_nonzero(counts)), self._buckets(counts, room), counts)

    def _buckets(self, counts: Counts, room: int | None) -> list[Bucket]:
        found = int(np.count_nonzero(counts))
        # A stable sort keeps the order of the labels among equal counts.
        places = np.argsort(-counts, kind="stable")[: found if room is None else min(found, room)]
        texts, labels = self.values, self.labels
        return [
            Bucket(texts[at], labels[at], count)
            for at, count in zip(places.tolist(), counts[places].tolist(), strict=True)
        ]


class _Counter:
    """Counts the values of one segment's column."""

    opened: Any = None

    def __init__(self, column: FacetColumn, facet: FacetValues) -> None:
        self._column = column
        self._places = np.array([facet.place[value] for value in column.values], dtype=np.intp)

    def count(self, docs: Docs, counts: Counts) -> int:
        """Add the count of each value of the facet; how many documents carry none."""
        column = self._column
        if isinstance(column, SetFacet):
            sets = column.count_sets(docs)
            counts[self._places] += column.spread_sets(sets)
            return int(sets[0])
        counts[self._places] += column.count(docs)
        return column.missing(docs)


class _CompiledCounter(_Counter):
    """The same for a column of sets, whose values are numbered anew in the order of their labels."""

    def __init__(self, column: SetFacet, facet: FacetValues) -> None:
        super().__init__(column, facet)
        starts, ordinals = column.values_of_sets()
        values = _narrow(self._places[ordinals])  # Two bytes are sorted by counting, in a twentieth of the time.
        sets = np.repeat(np.arange(len(starts) - 1), np.diff(starts))[np.argsort(values, kind="stable")]
        value_starts = starts_of(np.bincount(values, minlength=len(facet)))
        arrays = column.set_of_doc, starts, values, value_starts, _narrow(sets)
        self.opened = kernel.facet(*arrays, facet.values, facet.labels, Bucket)

    def count(self, docs: Docs, counts: Counts) -> int:
        here = np.empty_like(counts)
        ((missing, _, _),) = kernel.count_values(docs, [(self.opened, 0, here)])
        counts += here
        return int(missing)


def _narrow(numbers: NDArray[np.int64]) -> NDArray[Any]:
    return numbers.astype(np.uint16 if int(numbers.max(initial=0)) < 1 << 16 else np.uint32)


class _Wanted:
    """One facet as a request wants it: `chosen` are the values that the reader selected or excluded."""

    __slots__ = ("chosen", "excluded", "limit", "selected", "values")

    def __init__(self, values: FacetValues, request: SearchRequest) -> None:
        self.values = values
        self.limit = request.facet_limit
        self.selected = request.filters.get(values.name, ())
        self.excluded = request.exclude.get(values.name, ())
        self.chosen = dict.fromkeys((*self.selected, *self.excluded)) if self.selected or self.excluded else {}

    @property
    def room(self) -> int | None:
        """Buckets to be made: values that were chosen are shown in any case, so as many more may be passed over."""
        return None if self.limit is None else self.limit + len(self.chosen)

    def answer(self, tally: Tally, total: int) -> FacetCounts:
        """The counts of this facet over `total` documents."""
        buckets = tally.buckets
        if self.chosen:
            assert tally.counts is not None
            first = self._chosen_buckets(tally.counts)
            others = [bucket for bucket in buckets if bucket.value not in self.chosen]
            buckets = first + (others if self.limit is None else others[: max(0, self.limit - len(first))])
        return FacetCounts(
            self.values.name,
            tuple(buckets),
            tally.distinct,
            tally.missing,
            total,
            NO_VALUE in self.selected,
            NO_VALUE in self.excluded,
        )

    def _chosen_buckets(self, counts: Counts) -> list[Bucket]:
        """Buckets of what the reader selected or excluded; a value that is nowhere in the index counts 0."""
        made = []
        for value in self.chosen:
            if value == NO_VALUE:
                continue
            at = self.values.place.get(value)
            excluded = value in self.excluded
            count = 0 if at is None else int(counts[at])
            made.append(Bucket(value, label(self.values.name, value), count, selected=not excluded, excluded=excluded))
        return sorted(made, key=lambda bucket: (-bucket.count, bucket.label))


def count_facets(
    facets: Sequence[FacetValues], answers: Sequence[FilteredMatches], request: SearchRequest
) -> dict[str, FacetCounts]:
    """Exact counts of every facet over the answers of all segments.

    Facets without a filter of their own spread the same documents, and are counted in one pass over them.
    """
    alike: dict[tuple[int, ...], tuple[list[Docs], list[_Wanted]]] = {}
    for values in facets:
        docs = [answer.without(values.name) for answer in answers]
        alike.setdefault(tuple(map(id, docs)), (docs, []))[1].append(_Wanted(values, request))
    counted: dict[str, FacetCounts] = {}
    for docs, wanted in alike.values():
        total = sum(map(len, docs))
        for each, tally in zip(wanted, _tallies(docs, wanted), strict=True):
            counted[each.values.name] = each.answer(tally, total)
    return {values.name: counted[values.name] for values in facets}


def _tallies(docs: Sequence[Docs], wanted: Sequence[_Wanted]) -> list[Tally]:
    """How the same documents spread over each of these facets."""
    asked = []
    for each in wanted:
        opened, room = each.values.opened, each.room
        if opened is None or room is None or room > FEW:
            return [one.values.tally(docs, one.room) for one in wanted]
        asked.append((opened, room, np.empty(len(each.values), np.int64) if each.chosen else None))
    told = kernel.count_values(docs[0], asked)
    return [
        Tally(missing, distinct, buckets, counts)
        for (missing, distinct, buckets), (_, _, counts) in zip(told, asked, strict=True)
    ]
