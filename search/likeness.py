"""Likeness of subject, by the vectors that were learned from the collection: to the question, and to the best records.

    latent(d)  = cosine of d and the question, at least 0
    leaders(d) = cosine of d and the weighted sum of the `LEADERS` best records so far, at least 0

The second is relevance feedback (Rocchio 1971) on the records that lead after words, neighbours and `latent`: what is
like them is found in the subject's own words, whatever words were typed. It is added, never put in the question's
place, and is bounded, so that stray leaders cannot carry a question away.

How many lead is for the scores to say: each leader weighs as much as its score, divided by the best, to the power of
`DECISIVE`. Where one record stands out, as the one right answer does, it speaks alone; where many score alike, a
subject has many answers, and all of them speak.

Cosines are worked out in whole numbers: the vectors of documents are bytes, and a direction is scaled to steps of at
most `FINEST`. That is quick, and gives the same to the last bit in whatever order it is summed.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.value import Value
from index.learned import Floats, Learned
from search.compiled import kernel

LATENT_WEIGHT: Final = 0.2
LEADERS_WEIGHT: Final = 0.8
LEADERS: Final = 8
DECISIVE: Final = 6
"""5 to 15 leaders to the power of 4 to 8 at a weight of 0.6 to 0.8 rank within 0.3 points. Without the power, 5 leaders
   at such a weight lose a point where one record is right; with it they lose nothing; see `docs/ranking.md`."""

SAME_SUBJECT: Final = 0.05
"""Cosine with the question below which a document that no word matches is of another subject."""


FINEST: Final = 16_384
"""The largest step of a direction: times a byte and a thousand dimensions it fits 32 bits."""


class Direction(Value):
    """A direction of the latent space in whole numbers; `length` is that of `steps`."""

    steps: NDArray[np.int16]
    length: float


class Likeness(Value):
    """What each of some documents is given: `latent` for being like the question, `leaders` for being like the best.

    `leading` is the direction that `leaders` was measured with; None where nothing leads.
    """

    latent: Floats
    leaders: Floats
    leading: Direction | None


def direction(vector: Floats | None) -> Direction | None:
    """The direction of a vector; None where there is none."""
    largest = 0.0 if vector is None else float(np.abs(vector).max())
    if vector is None or largest <= 0:
        return None
    steps = np.rint(vector * np.float32(FINEST / largest)).astype(np.int16)
    return Direction(steps, sqrt(int(np.square(steps, dtype=np.int64).sum())))


def likeness(
    learned: Learned, docs: NDArray[Any], question: Floats | None, scores: Floats, best: float, ranks: NDArray[Any]
) -> Likeness:
    """The parts of documents whose `scores` so far are known, on the scale of `best`, the best score by words.

    `question` is its vector, None where no word of it has one; `ranks` orders documents with equal scores.
    """
    scale = best * learned.scale
    if kernel is not None:
        latent, leaders = np.empty(len(docs), np.float32), np.empty(len(docs), np.float32)
        steps = np.empty(learned.dims, np.int16)
        rows = learned.vectors, learned.dims, docs, ranks, scores
        settings = LATENT_WEIGHT * scale, LEADERS_WEIGHT * scale, LEADERS, DECISIVE
        square = kernel.alike(*rows, question, settings, latent, leaders, steps)
        return Likeness(latent, leaders, Direction(steps, sqrt(square)) if square else None)
    vectors = learned.vectors[docs]
    latent = _cosines(vectors, direction(question), LATENT_WEIGHT * scale)
    leading = _leading(vectors, scores + latent, docs, ranks)
    return Likeness(latent, _cosines(vectors, leading, LEADERS_WEIGHT * scale), leading)


def like(
    learned: Learned, docs: NDArray[Any], question: Floats | None, leading: Direction | None, best: float
) -> Floats:
    """Both parts together, of documents that no word matches; 0 for those of another subject than the question's."""
    vectors = learned.vectors[docs]
    asked = _cosines(vectors, direction(question), learned.scale)
    found: Floats = np.float32(LATENT_WEIGHT * best) * asked
    found += _cosines(vectors, leading, LEADERS_WEIGHT * best * learned.scale)
    return np.where(asked >= SAME_SUBJECT, found, np.float32(0))


def _leading(vectors: NDArray[np.int8], scores: Floats, docs: NDArray[Any], ranks: NDArray[Any]) -> Direction | None:
    """The direction in which the `LEADERS` best lie, each weighing (score / best score) to the power of `DECISIVE`."""
    places = np.lexsort((ranks[docs], -scores))[:LEADERS]
    if not len(places) or scores[places[0]] <= 0:
        return None
    parts = scores[places] / scores[places[0]]
    shares = parts.copy()
    for _ in range(1, DECISIVE):
        shares *= parts
    total = np.zeros(vectors.shape[1], np.float32)
    for share, place in zip(shares, places, strict=True):
        total += share * vectors[place].astype(np.float32)
    return direction(total)


def _cosines(vectors: NDArray[np.int8], towards: Direction | None, weight: float) -> Floats:
    """The vectors' products with a direction of length 1, times `weight`; at least 0."""
    if towards is None:
        return np.zeros(len(vectors), np.float32)
    # einsum, unlike a matrix product, starts no threads.
    products = np.einsum("ij,j->i", vectors.astype(np.int32), towards.steps.astype(np.int32))
    found: Floats = np.maximum(products, 0).astype(np.float32) * np.float32(weight / towards.length)
    return found
