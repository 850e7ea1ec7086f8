"""Putting matches of several segments into one order, exactly and stably.

Every order is "largest key first, equal keys by id": scores for relevance,
years for newest, negated years for oldest, negated title ranks for title. Records
without a year come last either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.value import Value
from index.codec import SegmentArrays, SetFacet
from search.matches import Docs
from search.ranking import Scores
from search.request import Sort
from search.top import best_places

_NO_YEAR: Final = -(1 << 30)
"""Further back than any year forwards or backwards."""


class Place(NamedTuple):
    """One match: which segment, which document there, its score."""

    segment: int
    doc: int
    score: float


class SegmentAnswer(Value):
    """What one segment contributes: documents behind all filters and their scores (None: nothing was scored).

    `raised` are the places (ascending) of those that were looked at closely, and their final scores. They were the
    best, ties by id, and were given nothing below 0: as many as there are of them, the best of all stand among them.
    """

    docs: Docs
    scores: Scores | None
    raised: tuple[NDArray[np.intp], Scores] | None = None

    def final(self) -> Scores:
        """Every document's final score."""
        assert self.scores is not None
        if self.raised is None:
            return self.scores
        places, scores = self.raised
        final = self.scores.copy()
        final[places] = scores
        return final

    def of_the_best(self, wanted: int) -> SegmentAnswer:
        """An answer with the best `wanted` documents of this one in it, and their final scores."""
        if self.raised is None:
            return self
        places, scores = self.raised
        return (
            SegmentAnswer(self.docs[places], scores)
            if wanted <= len(places)
            else SegmentAnswer(self.docs, self.final())
        )


class Order:
    """Sort keys of the segments, made on first use."""

    def __init__(self, segments: Sequence[SegmentArrays]) -> None:
        self._segments = segments
        self._years: list[NDArray[np.int32]] | None = None

    def top(self, answers: Sequence[SegmentAnswer], sort: Sort, offset: int, limit: int) -> list[Place]:
        """The matches from `offset` on, at most `limit`, best first."""
        wanted = offset + limit
        if not limit:
            return []
        if len(answers) == 1:
            return self._best_of(0, answers[0], sort, wanted)[offset:]
        every = [
            (self._comparable(place, sort), self._segments[place.segment].id_of(place.doc), place)
            for at, answer in enumerate(answers)
            for place in self._best_of(at, answer, sort, wanted)
        ]
        every.sort(key=lambda entry: entry[:2])
        return [place for _, _, place in every[offset:wanted]]

    def _best_of(self, at: int, answer: SegmentAnswer, sort: Sort, wanted: int) -> list[Place]:
        if not len(answer.docs):
            return []
        answer = answer.of_the_best(wanted) if sort == "relevance" else answer
        best = best_places(self._keys(at, answer, sort), self._segments[at].id_ranks(), wanted, answer.docs)
        scores = [0.0] * len(best) if answer.scores is None else answer.scores[best].tolist()
        return list(map(Place, repeat(at), answer.docs[best].tolist(), scores))

    def _keys(self, at: int, answer: SegmentAnswer, sort: Sort) -> NDArray[Any]:
        docs = answer.docs
        if sort == "relevance":
            return np.zeros(len(docs), dtype=np.float32) if answer.scores is None else answer.scores
        if sort == "title":
            column = self._segments[at].column("title_key")
            return -column.ordinals[docs].astype(np.int64) if column else np.zeros(len(docs), dtype=np.int64)
        years = self._years_of(at)[docs]
        return years if sort == "newest" else np.where(years == _NO_YEAR, _NO_YEAR, -years)

    def _comparable(self, place: Place, sort: Sort) -> Any:
        """What sorts places of different segments: smallest first."""
        if sort == "relevance":
            return -place.score
        if sort == "title":
            column = self._segments[place.segment].column("title_key")
            return column.value(place.doc) if column else b""
        year = int(self._years_of(place.segment)[place.doc])
        return -year if sort == "newest" or year == _NO_YEAR else year

    def _years_of(self, at: int) -> NDArray[np.int32]:
        """The year of every document of a segment; `_NO_YEAR` where none is recorded."""
        if self._years is None:
            self._years = [_years(segment) for segment in self._segments]
        return self._years[at]


def _years(segment: SegmentArrays) -> NDArray[np.int32]:
    column = segment.facet("year")
    if column is None:
        return np.full(segment.doc_count_all, _NO_YEAR, dtype=np.int32)
    numbers = [int(value) if value.isdigit() else _NO_YEAR for value in column.values]
    if isinstance(column, SetFacet):
        of_set = np.full(column.set_count, _NO_YEAR, dtype=np.int32)
        owners = np.repeat(np.arange(column.value_count), np.diff(column.value_starts))
        of_set[column.value_sets] = np.array(numbers, dtype=np.int32)[owners]
        years: NDArray[np.int32] = of_set[column.set_of_doc]
        return years
    years = np.full(segment.doc_count_all, _NO_YEAR, dtype=np.int32)
    for ordinal, number in enumerate(numbers):
        years[column.docs_with_any([ordinal])] = number
    return years
