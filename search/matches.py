"""Matches as arrays: documents ascending, scores on demand.

A leaf's scores are only computed for the documents that are asked for, so that an AND of a
common and a rare word never scores the common one's whole posting list.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.codec.postings import IMPACT_SCALE
from search.ranking import Scores, field_scores, impact_scores

Docs = NDArray[np.integer[Any]]

Weighted = tuple[Docs, NDArray[Any] | None, float]
"""Documents, a weight each, and what to multiply the weights by; without weights, what each document scores."""

NO_DOCS = np.empty(0, dtype=np.int32)


class Matches:
    """Documents of one segment, ascending without repeats, and their scores (float32).

    `positive` tells that every score is above 0, so that a sum of scores also tells what matched.
    """

    __slots__ = ("_scores", "docs", "positive")

    def __init__(self, docs: Docs, scores: Scores, positive: bool = True) -> None:
        self.docs = docs
        self._scores = scores
        self.positive = positive

    def __len__(self) -> int:
        return len(self.docs)

    def scores(self) -> Scores:
        """The score of every document."""
        return self._scores

    def scores_at(self, at: NDArray[np.intp]) -> Scores:
        """The scores of the documents at these places of `docs`."""
        return self._scores[at]

    def weighted(self) -> Weighted:
        """Documents and scores as the compiled loops take them, which never make arrays of their own."""
        return self.docs, self.scores(), 1.0


class ConstantMatches(Matches):
    """Documents that all score the same."""

    __slots__ = ("_score",)

    def __init__(self, docs: Docs, score: float) -> None:
        self.docs = docs
        self._score = score
        self.positive = score > 0.0

    def scores(self) -> Scores:
        return np.full(len(self.docs), self._score, dtype=np.float32)

    def scores_at(self, at: NDArray[np.intp]) -> Scores:
        return np.full(len(at), self._score, dtype=np.float32)

    def weighted(self) -> Weighted:
        return self.docs, None, self._score


class ImpactMatches(Matches):
    """The postings of a term of the joint field; `weights` are impacts."""

    __slots__ = ("_boost", "_idf", "_weights")

    def __init__(self, docs: Docs, weights: NDArray[Any], idf: float, boost: float) -> None:
        self.docs = docs
        self._weights, self._idf, self._boost = weights, idf, boost
        self.positive = boost > 0.0

    def scores(self) -> Scores:
        return impact_scores(self._weights, self._idf, self._boost)

    def scores_at(self, at: NDArray[np.intp]) -> Scores:
        return impact_scores(self._weights[at], self._idf, self._boost)

    def weighted(self) -> Weighted:
        return self.docs, self._weights, self._idf * self._boost / IMPACT_SCALE


class FieldMatches(ImpactMatches):
    """The postings of a term of a single field; `lengths` are that field's, per document of the segment."""

    __slots__ = ("_average", "_lengths")

    def __init__(
        self, docs: Docs, weights: NDArray[Any], lengths: NDArray[Any], average: float, idf: float, boost: float
    ) -> None:
        super().__init__(docs, weights, idf, boost)
        self._lengths, self._average = lengths, average

    def scores(self) -> Scores:
        return field_scores(self._weights, self._lengths[self.docs], self._average, self._idf, self._boost)

    def scores_at(self, at: NDArray[np.intp]) -> Scores:
        lengths = self._lengths[self.docs[at]]
        return field_scores(self._weights[at], lengths, self._average, self._idf, self._boost)

    def weighted(self) -> Weighted:
        return self.docs, self.scores(), 1.0


NOTHING = ConstantMatches(NO_DOCS, 0.0)


def boosted(matches: Matches, boost: float) -> Matches:
    """The same documents with their scores multiplied."""
    if boost == 1.0:
        return matches
    return Matches(matches.docs, matches.scores() * np.float32(boost), matches.positive and boost > 0.0)
