"""Latent vectors: what the collection itself teaches about which words belong together.

Documents are rows of impact(t, d) × idf(t) over the words of the joint field, scaled to
length 1. Their strongest `dims` common directions (a truncated singular value decomposition,
"latent semantic analysis": Deerwester et al. 1990) give every word and every
document a short vector; texts on one subject lie close together though they share no word.

The decomposition is a randomised one (Halko, Martinsson and Tropp 2011) with a
fixed seed, in numpy alone; on large collections it is fitted on a sample, for the
directions need far fewer documents than the index holds. All documents are then given their
vectors, some thousands at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.codec import FieldPostings
from index.word_matrix import SparseRows, WordMatrix

Floats = NDArray[np.float32]

MIN_DIMS: Final = 64
MAX_DIMS: Final = 200
DIMS_BY_ROOT: Final = 4
"""Directions kept: 4·√documents, between 64 and 200. Collections of 1,000 to 1,500 documents rank best with
   100 to 150, one of 4,400 on four subjects with 200 or more; see `docs/ranking.md`."""

SAMPLE: Final = 8_000
MOST_SAMPLED: Final = 20_000
SAMPLED: Final = 5
"""Documents that the directions are fitted on: one in five, at least 8,000, at most 20,000. Of the development
   collections poured into one, half and a quarter cost 0.2 and 0.6 points of nDCG@10; see `docs/ranking.md`."""

FEWEST_DOCUMENTS: Final = 20
"""Below this there is nothing to learn from."""

_EXTRA_DIMS: Final = 10
_POWER_STEPS: Final = 1
_SEED: Final = 20_090_909
BATCH: Final = 20_000
"""Documents that are given their vectors at a time."""


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
    matrix = WordMatrix(joint)
    documents, words = matrix.documents, len(matrix.ordinals)
    k = min(dims_for(documents), documents - _EXTRA_DIMS - 1, words - _EXTRA_DIMS - 1)
    if documents < FEWEST_DOCUMENTS or k < 2:
        return None
    directions = right_directions(matrix.rows(_sample(documents)), k)
    vectors = np.empty((documents, k), dtype=np.float32)
    for lo in range(0, documents, BATCH):
        batch = np.arange(lo, min(lo + BATCH, documents))
        vectors[batch] = unit_rows(matrix.rows(batch).times(directions))
    return LatentVectors(matrix.ordinals, directions * matrix.idf[:, None], vectors)


def _sample(documents: int) -> NDArray[np.int64]:
    """The documents that the directions are fitted on, ascending."""
    size = min(max(documents // SAMPLED, SAMPLE), MOST_SAMPLED)
    if documents <= size:
        return np.arange(documents)
    return np.sort(np.random.default_rng(_SEED).choice(documents, size, replace=False))


def dims_for(documents: int) -> int:
    """How many directions a collection of this size is given."""
    return max(MIN_DIMS, min(MAX_DIMS, DIMS_BY_ROOT * isqrt(documents)))


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
