"""Likeness of subject, by the vectors that were learned from the collection: to the question, and to the best records.

    latent(d)  = cosine of d and the question, at least 0
    leaders(d) = cosine of d and the weighted sum of the `LEADERS` best records so far, at least 0

The second is relevance feedback (Rocchio 1971) on the records that lead after words, neighbours and `latent`: what is
like them is found in the subject's own words, whatever words were typed. It is added, never put in the question's
place, and is bounded, so that stray leaders cannot carry a question away.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.value import Value
from index.learned import Floats, Learned

LATENT_WEIGHT: Final = 0.2
LEADERS_WEIGHT: Final = 0.2
LEADERS: Final = 3
"""Of 3, 5 and 10 leaders at weights of 0.1 to 1.2, this is where questions with one right answer lose nothing and no
   short question is led astray, while the others gain; see `docs/ranking.md`."""

LEADERS_WEIGHT_BEYOND: Final = 0.4
"""The same for records that no word matches: little else speaks for them, and they stand before none that matches."""

SAME_SUBJECT: Final = 0.05
"""Cosine with the question below which a document that no word matches is of another subject."""


class Likeness(Value):
    """What each of some documents is given: `latent` for being like the question, `leaders` for being like the best.

    `leading` is the unit vector that `leaders` was measured with; None where nothing leads.
    """

    latent: Floats
    leaders: Floats
    leading: Floats | None


def likeness(
    learned: Learned, docs: NDArray[Any], question: Floats | None, scores: Floats, best: float, ranks: NDArray[Any]
) -> Likeness:
    """The parts of documents whose `scores` so far are known, on the scale of `best`, the best score by words.

    `ranks` orders documents of the segment with equal scores.
    """
    rows = learned.vectors(docs)
    latent = _cosines(rows, question) * np.float32(LATENT_WEIGHT * best * learned.scale)
    before = scores + latent
    places = _leading_places(before, docs, ranks)
    shares = before[places]
    if not len(places) or shares[0] <= 0:
        return Likeness(latent, np.zeros_like(latent), None)
    leading = _unit(np.einsum("i,ij->j", shares, rows[places]))
    leaders = _cosines(rows, leading) * np.float32(LEADERS_WEIGHT * best * learned.scale)
    return Likeness(latent, leaders, leading)


def like(learned: Learned, docs: NDArray[Any], question: Floats | None, leading: Floats | None, best: float) -> Floats:
    """Both parts together, of documents that no word matches; 0 for those of another subject than the question's."""
    rows = learned.vectors(docs)
    asked, led = _cosines(rows, question) * learned.scale, _cosines(rows, leading) * learned.scale
    found: Floats = np.float32(best) * (np.float32(LATENT_WEIGHT) * asked + np.float32(LEADERS_WEIGHT_BEYOND) * led)
    return np.where(asked >= SAME_SUBJECT, found, np.float32(0))


def _leading_places(scores: Floats, docs: NDArray[Any], ranks: NDArray[Any]) -> NDArray[np.intp]:
    """Places of the `LEADERS` best, best first, equal ones by rank."""
    if len(scores) <= LEADERS:
        places = np.arange(len(scores))
    else:
        least = np.partition(scores, len(scores) - LEADERS)[len(scores) - LEADERS]
        places = np.flatnonzero(scores >= least)
    return places[np.lexsort((ranks[docs[places]], -scores[places]))[:LEADERS]]


def _cosines(rows: Floats, vector: Floats | None) -> Floats:
    """Products of the rows and a unit vector, at least 0: cosines up to the rows' scale."""
    if vector is None:
        return np.zeros(len(rows), dtype=np.float32)
    # einsum, unlike a matrix product, starts no BLAS threads.
    found: Floats = np.maximum(np.einsum("ij,j->i", rows, vector), np.float32(0))
    return found


def _unit(vector: Floats) -> Floats | None:
    length = float(np.sqrt(vector @ vector))
    return vector / np.float32(length) if length > 0 else None
