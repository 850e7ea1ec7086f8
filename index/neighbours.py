"""The nearest documents of each document, by the cosine of their latent vectors.

Up to `EXACT` documents every pair is compared. Beyond that, documents are
sorted into cells around centres (k-means on a sample) and each is compared with
the documents of its cell and of the cells next to it: nearly all of its
nearest are there, and the cost grows with the number of documents, not its square. Where one is
missed, another of the same subject stands in.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.latent import Floats, unit_rows

NEIGHBOURS: Final = 8
"""Neighbours kept a document: 5 to 12 rank alike on the development collections."""

EXACT: Final = 20_000
CELL: Final = 1_000
"""Documents in a cell, about."""

NEXT_CELLS: Final = 4
"""Cells beside its own in which the nearest are looked for. Of the development collections poured into one, cells
   of 100, 50 and 25 documents, a part of 11, 6 and 3 in 100, rank within 0.2 points of comparing all."""

_ROUNDS: Final = 5
_SEED: Final = 20_090_909
_BLOCK: Final = 512
_STRIDES: Final = 16

Ids = NDArray[np.int32]


def nearest(vectors: Floats, count: int = NEIGHBOURS) -> tuple[Ids, Floats]:
    """(documents, cosines), each documents × `count`, in no particular order; cosines below 0 are 0."""
    documents = len(vectors)
    count = min(count, documents - 1)
    ids = np.zeros((documents, count), dtype=np.int32)
    cosines = np.zeros((documents, count), dtype=np.float32)
    if documents <= EXACT:
        everyone = np.arange(documents, dtype=np.int32)
        _fill(vectors, everyone, everyone, ids, cosines)
        return ids, cosines
    cells, close = _cells(vectors)
    for cell, members in enumerate(cells):
        if len(members):
            _fill(vectors, members, np.concatenate([cells[other] for other in close[cell]]), ids, cosines)
    return ids, cosines


def _fill(vectors: Floats, members: Ids, among: Ids, ids: Ids, cosines: Floats) -> None:
    """Write the nearest documents of `members` among `among` (which holds them) into `ids` and `cosines`."""
    taken = min(ids.shape[1], len(among) - 1)
    width = -(-len(among) // _STRIDES) * _STRIDES
    candidates = np.zeros((width, vectors.shape[1]), dtype=np.float32)
    candidates[: len(among)] = vectors[among]
    place = np.full(len(vectors), -1, dtype=np.int64)
    place[among] = np.arange(len(among))
    for lo in range(0, len(members), _BLOCK):
        rows = members[lo : lo + _BLOCK]
        close = vectors[rows] @ candidates.T
        close[:, len(among) :] = -2.0
        close[np.arange(len(rows)), place[rows]] = -2.0
        best = _largest(close, taken)
        ids[rows, :taken] = among[best]
        cosines[rows, :taken] = np.maximum(np.take_along_axis(close, best, axis=1), 0.0)


def _largest(values: Floats, count: int) -> NDArray[np.int64]:
    """Columns of the `count` largest values of each row, in no order.

    They lie in the `count` strides (every so many columns) whose maxima are largest: all others need no sorting.
    """
    rows, width = values.shape
    strides = width // _STRIDES
    if strides <= count:
        return np.argpartition(values, width - count, axis=1)[:, width - count :]
    maxima = values.reshape(rows, _STRIDES, strides).max(axis=1)
    first = np.argpartition(maxima, strides - count, axis=1)[:, strides - count :]
    columns = (first[:, :, None] + np.arange(0, width, strides)).reshape(rows, count * _STRIDES)
    left = np.take_along_axis(values, columns, axis=1)
    best = np.argpartition(left, left.shape[1] - count, axis=1)[:, left.shape[1] - count :]
    return np.take_along_axis(columns, best, axis=1)


def _cells(vectors: Floats) -> tuple[list[Ids], NDArray[np.int64]]:
    """(the documents of each cell, for each cell itself and the cells whose centres are nearest)."""
    random = np.random.default_rng(_SEED)
    count = len(vectors) // CELL
    sample = vectors[random.choice(len(vectors), min(len(vectors), 100 * count), replace=False)]
    centres = sample[:count].copy()
    for _ in range(_ROUNDS):
        owner = np.argmax(sample @ centres.T, axis=1)
        for cell in range(count):
            mine = sample[owner == cell]
            centres[cell] = mine.sum(axis=0) if len(mine) else sample[random.integers(len(sample))]
        centres = unit_rows(centres)
    owner = np.concatenate(
        [np.argmax(vectors[lo : lo + 20_000] @ centres.T, axis=1) for lo in range(0, len(vectors), 20_000)]
    )
    order = np.argsort(owner, kind="stable").astype(np.int32)
    cells = np.split(order, np.cumsum(np.bincount(owner, minlength=count))[:-1])
    close = np.argsort(-(centres @ centres.T), axis=1, kind="stable")[:, : NEXT_CELLS + 1]
    return cells, close
