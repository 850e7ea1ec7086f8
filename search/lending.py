"""What the records most like a document lend it: the average of their scores (`index.neighbours`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.learned import SHARE_SCALE, Floats, Learned
from search.boolean import Scratch
from search.compiled import kernel
from search.matches import Matches


def lent(
    learned: Learned,
    docs: NDArray[Any],
    matched: Matches,
    scored: NDArray[Any],
    scores: Floats,
    scratch: Scratch,
    weight: float,
) -> Floats:
    """The average of each document's neighbours, the nearer ones counting more, times `weight`.

    Of `scored` their `scores` count, of what else matched its score by words.
    """
    sums, factor = scratch.sums, np.float32(weight / SHARE_SCALE)
    if kernel is not None:
        added = np.empty(len(docs), np.float32)
        arrays = learned.neighbours, learned.shares, sums
        kernel.lend(matched.docs, matched.scores(), scored, scores, docs, *arrays, float(factor), added)
        return added
    sums[matched.docs] = matched.scores()
    sums[scored] = scores
    neighbours, shares = learned.neighbours[docs], learned.shares[docs].astype(np.float32)
    total = np.zeros(len(docs), np.float32)
    for at in range(learned.count):
        total += sums[neighbours[:, at]] * shares[:, at]
    scratch.clear_sums(matched.docs)
    scratch.clear_sums(scored)
    return total * factor
