"""What one word is worth in one document.

    joint field    idf(t) × burst(t) × impact(t, d), the impact read from the index:
                   impact = wtf / (k1 + wtf),
                   wtf = Σ_f w_f · tf_f / (1 − b_f + b_f · len_f / avg_f)
    other fields   idf(t) × tf / (tf + k1 · (1 − b + b · len / avg))

This is BM25F (Robertson, Zaragoza and Taylor 2004, "Simple BM25 extension to
multiple weighted fields") without the constant factor k1 + 1. burst(t) =
√((cf + 5) / (df + 5)): a word that comes in bursts, several times where it comes at
all, names what a text is about (Church and Gale 1995, "Poisson mixtures"). The first form
is used for plain words, the second for words in one named field and for
exact phrases. idf is Lucene's form, ln(1 + (N − df + ½) / (df + ½)), never
negative. `docs/ranking.md` says how the constants were chosen.

`search.by_whoosh` says the same as a Whoosh weighting model: stock Whoosh scores
by it where a query has no vectorised form, and in the tests that compare both.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec import FieldPostings, SegmentArrays
from index.codec.postings import IMPACT_SCALE
from index.schema import JOINT_FIELD

Scores = NDArray[np.float32]

K1: Final = 1.2
"""Saturation in a single field: Robertson's usual value; such fields are restrictions more than rankers."""
B: Final = 0.5
"""Part of the length normalisation in a single field."""


BURST_PRIOR: Final = 5.0
"""Keeps the burst of a rare word near 1: a word of one record says little about how it comes."""


class Collection:
    """Statistics over all segments of a generation, deleted records included (as in Whoosh, until a merge).

    Without `burst` the idf is the textbook's.
    """

    def __init__(self, segments: list[SegmentArrays], burst: bool = True) -> None:
        self.segments = segments
        self._burst = burst
        self.doc_count_all = sum(segment.doc_count_all for segment in segments)
        self._averages: dict[str, float] = {}
        self._idf: dict[tuple[str, bytes], float] = {}

    def df(self, field: str, term: bytes) -> int:
        """Records that hold the term in the field."""
        count = 0
        for postings in self._fields(field):
            ordinal = postings.find(term)
            if ordinal >= 0:
                count += postings.df(ordinal)
        return count

    def cf(self, field: str, term: bytes) -> float:
        """How often the term stands in the field, over all records."""
        count = 0.0
        for postings in self._fields(field):
            ordinal = postings.find(term)
            if ordinal >= 0:
                count += postings.cf(ordinal)
        return count

    def idf(self, field: str, term: bytes) -> float:
        """How telling the term is in the field: its idf, in the joint field times its burst."""
        key = field, term
        known = self._idf.get(key)
        if known is None:
            if len(self._idf) > 100_000:
                self._idf.clear()
            df = self.df(field, term)
            known = inverse_document_frequency(df, self.doc_count_all)
            if self._burst and field == JOINT_FIELD and df:
                known *= sqrt((self.cf(field, term) + BURST_PRIOR) / (df + BURST_PRIOR))
            self._idf[key] = known
        return known

    def average_length(self, field: str) -> float:
        """Mean length of the field over all records; 1 where the field is empty everywhere."""
        known = self._averages.get(field)
        if known is None:
            total = sum(postings.field_length for postings in self._fields(field))
            known = self._averages[field] = total / self.doc_count_all if total else 1.0
        return known

    def _fields(self, name: str) -> list[FieldPostings]:
        return [postings for segment in self.segments if (postings := segment.field(name)) is not None]


def inverse_document_frequency(df: int, documents: int) -> float:
    """Lucene's idf: ln(1 + (N − df + ½) / (df + ½))."""
    return log(1.0 + (documents - df + 0.5) / (df + 0.5))


def impact_scores(impacts: NDArray[Any], idf: float, boost: float) -> Scores:
    """Scores from stored impacts (uint16 fixed point)."""
    scores: Scores = np.multiply(impacts, np.float32(idf * boost / IMPACT_SCALE), dtype=np.float32)
    return scores


def field_scores(weights: NDArray[Any], lengths: NDArray[Any], average: float, idf: float, boost: float) -> Scores:
    """Scores from frequencies in one field and that field's lengths, aligned."""
    tf = weights.astype(np.float32)
    norm = np.float32(K1 * (1.0 - B)) + np.float32(K1 * B / average) * lengths.astype(np.float32)
    scores: Scores = np.multiply(tf / (tf + norm), np.float32(idf * boost), dtype=np.float32)
    return scores
