"""Edit distances of one word to many at once.

Optimal string alignment: the least number of letters inserted, dropped,
replaced, or swapped with their neighbour, no letter being edited twice
(Damerau 1964, "A technique for computer detection and correction of spelling
errors": these four make up over 80% of misspellings).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def edit_distances(word: bytes, letters: Array, lengths: Array, limit: int) -> Array:
    """Distance from `word` to each of N words, cut at `limit` + 1; int8[N].

    `letters` is uint8[width, N], a word a column, padded with anything;
    `lengths` is int[N], every one within `limit` of the length of `word`; `width` is at least the greatest.
    Only the band of cells that can lie on a path of at most `limit` edits is computed,
    each cell for all words together.
    """
    far = limit + 1
    count = len(lengths)
    band = 2 * limit + 1
    # Cell o of row i is column j = i + o - limit: the distance of word[:i] to the first j letters.
    before = np.full((band, count), far, dtype=np.int8)
    row = np.full((band, count), far, dtype=np.int8)
    for o in range(limit, band):
        row[o] = o - limit
    width = len(letters)
    for i in range(1, len(word) + 1):
        after = np.full((band, count), far, dtype=np.int8)
        for o in range(band):
            j = i + o - limit
            if j < 0 or j > width:
                continue
            if j == 0:
                after[o] = min(i, far)
                continue
            best = row[o] + (letters[j - 1] != word[i - 1])
            if o + 1 < band:
                np.minimum(best, row[o + 1] + 1, out=best)
            if o > 0:
                np.minimum(best, after[o - 1] + 1, out=best)
            if i > 1 and j > 1:
                swapped = (letters[j - 1] == word[i - 2]) & (letters[j - 2] == word[i - 1])
                np.minimum(best, np.where(swapped, before[o] + 1, far), out=best)
            after[o] = best
        before, row = row, after
    cells: Array = row[lengths - (len(word) - limit), np.arange(count)]
    return np.minimum(cells, np.int8(far), out=cells)
