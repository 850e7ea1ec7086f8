"""Latent vectors: what the collection itself teaches about which words belong together.

Documents are rows of impact(t, d) × idf(t) over the words of the joint field, scaled to
length 1. Their strongest `dims` common directions (a truncated singular value decomposition,
"latent semantic analysis": Deerwester et al. 1990) give every word and every
document a short vector; texts on one subject lie close together though they share no word.

The decomposition is a randomised one (Halko, Martinsson and Tropp 2011) with a
fixed seed, in numpy alone; on large collections it is fitted on a sample, for the
directions need far fewer documents than the index holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec import IMPACT_SCALE, FieldPostings

Floats = NDArray[np.float32]

MIN_DIMS: Final = 64
MAX_DIMS: Final = 200
DIMS_BY_ROOT: Final = 4
"""Directions kept: 4·√documents, between 64 and 200. Collections of 1,000 to 1,500 documents rank best with
   100 to 150, one of 4,400 on four subjects with 200 or more; see `docs/ranking.md`."""

SAMPLE: Final = 8_000
"""Documents that the directions are fitted on. Half of a collection gave the same ranking as all of it."""

LOWEST_DF: Final = 2
"""A word of one document says nothing about which words belong together."""

HIGHEST_DF: Final = 0.5
"""Words of more than half of the documents have next to no weight and most of the postings."""

MOST_WORDS: Final = 30_000
"""Of more words than this, the most frequent are given vectors: the cost of learning grows with the words, and what
   a rare word has to say is said by matching it."""

FEWEST_DOCUMENTS: Final = 20
"""Below this there is nothing to learn from."""

_EXTRA_DIMS: Final = 10
_POWER_STEPS: Final = 1
_SEED: Final = 20_090_909
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

    def chosen(self, rows: NDArray[np.int64]) -> SparseRows:
        """Only these rows, ascending."""
        kept = np.zeros(len(self), dtype=np.bool_)
        kept[rows] = True
        mask = np.repeat(kept, np.diff(self.starts))
        counts = np.diff(self.starts)[rows]
        starts = np.concatenate(([0], np.cumsum(counts)))
        return SparseRows(starts, self.columns[mask], self.values[mask], self.width)


@dataclass(frozen=True, slots=True)
class LatentVectors:
    """Unit vectors of documents (0 for a document without words), and vectors of words with their idf.

    `words[i]` belongs to the term with ordinal `ordinals[i]`, ascending; `documents[d]` to document d.
    """

    ordinals: NDArray[np.int32]
    words: Floats
    documents: Floats


def learn_vectors(joint: FieldPostings) -> LatentVectors | None:
    """The vectors of one segment, from the postings of its joint field; None where it is too small."""
    documents = joint.doc_count
    matrix, ordinals, idf = word_matrix(joint)
    k = dims_for(documents)
    if documents < FEWEST_DOCUMENTS or len(ordinals) <= k + _EXTRA_DIMS or documents <= k + _EXTRA_DIMS:
        k = min(k, documents - _EXTRA_DIMS - 1, len(ordinals) - _EXTRA_DIMS - 1)
        if documents < FEWEST_DOCUMENTS or k < 2:
            return None
    directions = right_directions(_sampled(matrix), k)
    vectors = unit_rows(matrix.times(directions))
    return LatentVectors(ordinals, directions * idf[:, None], vectors)


def dims_for(documents: int) -> int:
    """How many directions a collection of this size is given."""
    return max(MIN_DIMS, min(MAX_DIMS, DIMS_BY_ROOT * isqrt(documents)))


def word_matrix(joint: FieldPostings) -> tuple[SparseRows, NDArray[np.int32], Floats]:
    """(documents × kept words with unit rows, the words' ordinals, their idf)."""
    documents = joint.doc_count
    dfs = joint.dfs(0, joint.term_count)
    kept = (dfs >= LOWEST_DF) & (dfs <= HIGHEST_DF * documents)
    if np.count_nonzero(kept) > MOST_WORDS:
        usual = np.sort(dfs[kept])[-MOST_WORDS]
        kept &= dfs >= max(int(usual), LOWEST_DF + 1)
    ordinals = np.flatnonzero(kept).astype(np.int32)
    idf = np.log1p((documents - dfs[kept] + 0.5) / (dfs[kept] + 0.5)).astype(np.float32)
    mask = np.repeat(kept, dfs)
    docs = joint.docs_of_range(0, joint.term_count)[mask]
    words = np.repeat(np.arange(len(ordinals), dtype=np.int32), dfs[kept])
    values = joint.weights_of_range(0, joint.term_count)[mask].astype(np.float32)
    values *= idf[words] / np.float32(IMPACT_SCALE)
    lengths = np.sqrt(np.bincount(docs, weights=np.square(values), minlength=documents)).astype(np.float32)
    values /= lengths[docs]
    order = np.argsort(docs, kind="stable")
    matrix = SparseRows(_starts(docs, documents), words[order], values[order], len(ordinals))
    return matrix, ordinals, idf


def right_directions(matrix: SparseRows, k: int) -> Floats:
    """The `k` strongest right singular vectors, width × k, by randomised subspace iteration."""
    random = np.random.default_rng(_SEED)
    across = matrix.transposed()
    found = matrix.times(random.standard_normal((matrix.width, k + _EXTRA_DIMS), dtype=np.float32))
    for _ in range(_POWER_STEPS):
        found = matrix.times(orthonormal(across.times(orthonormal(found))))
    small = across.times(orthonormal(found))
    strengths, turned = np.linalg.eigh(small.T.astype(np.float64) @ small.astype(np.float64))
    best = np.argsort(-strengths, kind="stable")[:k]
    scale = 1.0 / np.sqrt(np.maximum(strengths[best], 1e-12))
    directions: Floats = small @ (turned[:, best] * scale).astype(np.float32)
    # The sign of a direction is chance: its strongest word decides, so that two builds agree.
    signs = np.sign(directions[np.argmax(np.abs(directions), axis=0), np.arange(directions.shape[1])])
    return (directions * np.where(signs == 0, 1, signs)).astype(np.float32)


def orthonormal(columns: Floats) -> Floats:
    """An orthonormal base of the columns' span, by the Gram matrix (a tall QR costs ten times as much)."""
    gram = columns.T.astype(np.float64) @ columns.astype(np.float64)
    strengths, turned = np.linalg.eigh(gram)
    kept = strengths > strengths[-1] * 1e-10
    made: Floats = (columns @ (turned[:, kept] / np.sqrt(strengths[kept]))).astype(np.float32)
    return made


def unit_rows(rows: Floats) -> Floats:
    """Rows scaled to length 1; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return (rows / np.where(lengths > 0, lengths, 1)[:, None]).astype(np.float32)


def _sampled(matrix: SparseRows) -> SparseRows:
    if len(matrix) <= SAMPLE:
        return matrix
    random = np.random.default_rng(_SEED)
    return matrix.chosen(np.sort(random.choice(len(matrix), SAMPLE, replace=False)))


def _starts(groups: NDArray[Any], count: int) -> NDArray[np.int64]:
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(groups, minlength=count), out=starts[1:])
    return starts
