"""Set operations on matches: union, intersection, difference.

Each has two forms. The sparse one sorts or binary-searches what was matched; the dense
one scatters over a scratch array as long as the segment. Which is cheaper depends on how much
of the segment is touched.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.compiled import kernel
from search.matches import NOTHING, Docs, FieldMatches, Matches

DENSE_FRACTION: Final = 48
"""A union is made densely when it touches more than 1/48 of the segment: sorting costs some
   tens of ns a posting, clearing and scanning a scratch array about 1 ns a document."""

SEARCH_FRACTION: Final = 24
"""Membership is tested by binary search when the candidates are fewer than 1/24 of the
   postings they are looked up in; else by marking the postings in a scratch array."""


class Scratch(threading.local):
    """Arrays as long as a segment that are all zero between uses; each thread has its own."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._sums: NDArray[np.float32] | None = None
        self._marks: NDArray[np.bool_] | None = None

    @property
    def sums(self) -> NDArray[np.float32]:
        """Zeros, to add scores into."""
        if self._sums is None:
            self._sums = np.zeros(self._size, dtype=np.float32)
        return self._sums

    @property
    def marks(self) -> NDArray[np.bool_]:
        """False everywhere, to mark documents in."""
        if self._marks is None:
            self._marks = np.zeros(self._size, dtype=np.bool_)
        return self._marks

    def clear_sums(self, docs: Docs) -> None:
        """Zero what was written at `docs`."""
        sums = self.sums
        if len(docs) * 8 > self._size:
            sums.fill(0.0)
        else:
            sums[docs] = 0.0


def union(parts: Sequence[Matches], scratch: Scratch, size: int) -> Matches:
    """Documents that any part matches, scores summed."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    positive = all(part.positive for part in parts)
    if kernel is not None and positive:
        return combined(parts, False)
    if sum(map(len, parts)) * DENSE_FRACTION < size or not positive:
        return _sparse_union(parts)
    sums = scratch.sums
    for part in parts:
        np.add.at(sums, part.docs, part.scores())
    docs = np.flatnonzero(sums != 0.0)
    scores = sums[docs]
    scratch.clear_sums(docs)
    return Matches(docs, scores)


def combined(parts: Sequence[Matches], largest: bool) -> Matches:
    """Documents that any part matches, scores summed, or the largest one: compiled, for scores above 0."""
    room = sum(map(len, parts)) + 1
    docs, scores = np.empty(room, np.int32), np.empty(room, np.float32)
    count = kernel.combine([part.weighted() for part in parts], largest, docs, scores)
    return Matches(docs[:count], scores[:count])


def _sparse_union(parts: Sequence[Matches]) -> Matches:
    docs, place = np.unique(np.concatenate([part.docs for part in parts]), return_inverse=True)
    sums = np.zeros(len(docs), dtype=np.float32)
    at = 0
    for part in parts:
        # Within one part no document repeats, so plain indexed addition is right.
        sums[place[at : at + len(part)]] += part.scores()
        at += len(part)
    return Matches(docs, sums, all(part.positive for part in parts))


def best_of(parts: Sequence[Matches], tiebreak: float = 0.0) -> Matches:
    """Documents that any part matches; the score is the best part's, plus `tiebreak` of the others'."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    if kernel is not None and not tiebreak and all(part.positive for part in parts):
        return combined(parts, True)
    docs, place = np.unique(np.concatenate([part.docs for part in parts]), return_inverse=True)
    best = np.full(len(docs), -np.inf, dtype=np.float32)
    total = np.zeros(len(docs), dtype=np.float32)
    at = 0
    for part in parts:
        here = place[at : at + len(part)]
        scores = part.scores()
        best[here] = np.maximum(best[here], scores)
        if tiebreak:
            total[here] += scores
        at += len(part)
    if tiebreak:
        best += np.float32(tiebreak) * (total - best)
    return Matches(docs, best, all(part.positive for part in parts))


def intersection(parts: Sequence[Matches], scratch: Scratch) -> Matches:
    """Documents that every part matches, scores summed in the order of the parts."""
    if not parts or any(not len(part) for part in parts):
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    rarest = min(parts, key=len)
    if kernel is not None and not any(isinstance(part, FieldMatches) for part in parts):
        together, sums = np.empty(len(rarest), np.int32), np.empty(len(rarest), np.float32)
        count = kernel.intersect([part.weighted() for part in parts], together, sums)
        return Matches(together[:count], sums[:count], all(part.positive for part in parts)) if count else NOTHING
    docs = rarest.docs
    for part in sorted(parts, key=len):
        if part is not rarest:
            docs = docs[contained(docs, part.docs, scratch)]
            if not len(docs):
                return NOTHING
    sums = np.zeros(len(docs), dtype=np.float32)
    for part in parts:
        sums += scores_of(part, docs)
    return Matches(docs, sums, all(part.positive for part in parts))


def scores_of(part: Matches, docs: Docs) -> NDArray[np.float32]:
    """The scores of `docs`, all of which the part matches."""
    if len(docs) == len(part):
        return part.scores()
    return part.scores_at(np.searchsorted(part.docs, docs))


def contained(docs: Docs, among: Docs, scratch: Scratch) -> NDArray[np.bool_]:
    """Which of the ascending `docs` stand in the ascending `among`."""
    if not len(among):
        return np.zeros(len(docs), dtype=np.bool_)
    if len(docs) * SEARCH_FRACTION < len(among):
        place = np.searchsorted(among, docs)
        place[place == len(among)] = 0
        found: NDArray[np.bool_] = among[place] == docs
        return found
    marks = scratch.marks
    marks[among] = True
    found = marks[docs]
    marks[among] = False
    return found


def without(part: Matches, unwanted: Docs, scratch: Scratch) -> Matches:
    """The part without the unwanted documents."""
    if not len(unwanted) or not len(part):
        return part
    kept = np.flatnonzero(~contained(part.docs, unwanted, scratch))
    return chosen(part, kept)


def chosen(part: Matches, at: NDArray[Any]) -> Matches:
    """The documents at these places, with their scores."""
    return Matches(part.docs[at], part.scores_at(at), part.positive)


def with_optional(part: Matches, optional: Matches, scratch: Scratch) -> Matches:
    """The part's documents; where `optional` matches too, its score is added."""
    if not len(part) or not len(optional):
        return part
    sums = part.scores().copy()
    both = np.flatnonzero(contained(part.docs, optional.docs, scratch))
    sums[both] += optional.scores_at(np.searchsorted(optional.docs, part.docs[both]))
    return Matches(part.docs, sums, part.positive and optional.positive)
