"""The records × words matrix that is learned from: rows of impact(t, d) × idf(t), scaled to length 1.

Postings stand word by word, rows record by record. So that a large collection needs no more memory than a small one,
only some rows are made at a time, from all postings of those records; each time all postings are passed over once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec import IMPACT_SCALE, FieldPostings
from index.codec.ranges import ranges_within, starts_of

Floats = NDArray[np.float32]

LOWEST_DF: Final = 2
"""A word of one document says nothing about which words belong together."""

HIGHEST_DF: Final = 0.5
"""Words of more than half of the documents have next to no weight and most of the postings."""

MOST_WORDS: Final = 30_000
"""Of more words than this, the most frequent are given vectors: the cost of learning grows with the words, and what
   a rare word has to say is said by matching it."""

POSTINGS: Final = 4_000_000
"""Postings that are looked at together: some 100 MB."""

_BLOCK: Final = 4_000_000
"""Numbers that a product gathers at once: bounds the memory at 16 MB."""


@dataclass(frozen=True, slots=True)
class SparseRows:
    """A sparse matrix by rows: row i holds `values[starts[i]:starts[i+1]]` in `columns[…]`."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Floats
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def times(self, dense: Floats) -> Floats:
        """The product with a dense matrix of `width` rows."""
        rows, k = len(self), dense.shape[1]
        out = np.zeros((rows, k), dtype=np.float32)
        gathered = max(1, _BLOCK // k)
        lo = 0
        while lo < rows:
            hi = int(np.searchsorted(self.starts, self.starts[lo] + gathered, side="right")) - 1
            hi = min(max(hi, lo + 1), rows)
            a, b = int(self.starts[lo]), int(self.starts[hi])
            if b > a:
                part = dense[self.columns[a:b]]
                part *= self.values[a:b, None]
                # reduceat gives an element, not 0, for an empty row: only rows that hold something are summed.
                filled = np.flatnonzero(self.starts[lo + 1 : hi + 1] > self.starts[lo:hi])
                out[lo + filled] = np.add.reduceat(part, self.starts[lo + filled] - a, axis=0)
            lo = hi
        return out

    def transposed(self) -> SparseRows:
        """The same matrix by columns."""
        rows = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))
        order = np.argsort(self.columns, kind="stable")
        return SparseRows(_starts(self.columns, self.width), rows[order], self.values[order], len(self))


class WordMatrix:
    """The matrix of one segment; `ordinals` (ascending) and `idf` are those of the words that stand in it."""

    def __init__(self, joint: FieldPostings) -> None:
        self._joint = joint
        self.documents = joint.doc_count
        self._dfs = joint.dfs(0, joint.term_count)
        kept = (self._dfs >= LOWEST_DF) & (self._dfs <= HIGHEST_DF * self.documents)
        if np.count_nonzero(kept) > MOST_WORDS:
            usual = np.sort(self._dfs[kept])[-MOST_WORDS]
            kept &= self._dfs >= max(int(usual), LOWEST_DF + 1)
        self._kept = kept
        self.ordinals: NDArray[np.int32] = np.flatnonzero(kept).astype(np.int32)
        dfs = self._dfs[kept]
        self.idf: Floats = np.log1p((self.documents - dfs + 0.5) / (dfs + 0.5)).astype(np.float32)

    def rows(self, documents: NDArray[Any]) -> SparseRows:
        """The rows of these documents (ascending)."""
        place = np.full(self.documents, -1, dtype=np.int32)
        place[documents] = np.arange(len(documents), dtype=np.int32)
        parts = [self._part(lo, hi, place) for lo, hi in ranges_within(self._dfs, POSTINGS)]
        rows, words, values = (np.concatenate(each) for each in zip(*parts, strict=True))
        lengths = np.sqrt(np.bincount(rows, weights=np.square(values), minlength=len(documents))).astype(np.float32)
        values /= lengths[rows]
        order = np.argsort(rows, kind="stable")
        return SparseRows(_starts(rows, len(documents)), words[order], values[order], len(self.ordinals))

    def _part(self, lo: int, hi: int, place: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
        """(row, word, value) of the postings of a range of terms in the documents that have a place."""
        dfs, kept = self._dfs[lo:hi], self._kept[lo:hi]
        rows = place[self._joint.docs_of_range(lo, hi)]
        here = np.flatnonzero((rows >= 0) & np.repeat(kept, dfs))
        first = int(np.count_nonzero(self._kept[:lo]))
        number = np.cumsum(kept, dtype=np.int32) + np.int32(first - 1)
        words = np.repeat(number, dfs)[here]
        values = self._joint.weights_of_range(lo, hi)[here].astype(np.float32)
        values *= self.idf[words] / np.float32(IMPACT_SCALE)
        return rows[here], words, values


def _starts(groups: NDArray[Any], count: int) -> NDArray[np.int64]:
    return starts_of(np.bincount(groups, minlength=count))
