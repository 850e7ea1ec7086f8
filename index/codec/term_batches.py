"""Walking over the sorted terms of several fields (or segments) at once, in batches.

A batch covers every term between two bounds in all sources, so that what
belongs to one term is always in one batch. Its size is bounded by postings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.codec.postings import FieldPostings

TERMS: Final = 65_536
POSTINGS: Final = 1_000_000
"""Bounds of a batch for each source: about 100 MB of arrays while it is worked on."""


@dataclass(frozen=True, slots=True)
class Part:
    """One source's share of a batch: terms lo to hi (exclusive) of source number `source`.

    `places[i]` is the place of term lo + i among the batch's terms.
    """

    source: int
    lo: int
    hi: int
    places: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """The union of the terms of all parts, ascending, and the parts."""

    terms: list[bytes]
    parts: list[Part]


def term_batches(sources: Sequence[FieldPostings]) -> Iterator[Batch]:
    """Every term of the sources, in byte order."""
    cursors = [0] * len(sources)
    while True:
        bounds = [_bound(source, at) for source, at in zip(sources, cursors, strict=True) if at < source.term_count]
        if not bounds:
            return
        ends = [bound for bound in bounds if bound is not None]
        if ends:
            bound = min(ends)
            nexts = [source.table.lower_bound(bound) for source in sources]
        else:
            nexts = [source.term_count for source in sources]
        yield _batch(sources, cursors, nexts)
        cursors = nexts


def numbered_batches(
    sources: Sequence[FieldPostings], numbers: Sequence[NDArray[np.int64]], names: Sequence[bytes]
) -> Iterator[Batch]:
    """The same for sources whose terms are known by number: term i of a source is `names[numbers[i]]`.

    Spares comparing names, which costs more than the rest where many terms are rare.
    """
    cursors = [0] * len(sources)
    at = 0
    while at < len(names):
        ends = [int(own[end]) for end, own in _ends(sources, cursors, numbers)]
        end = min([len(names), *ends])
        nexts = [int(np.searchsorted(own, end)) for own in numbers]
        parts = [
            Part(number, lo, hi, numbers[number][lo:hi] - at)
            for number, (lo, hi) in enumerate(zip(cursors, nexts, strict=True))
            if lo < hi
        ]
        yield Batch(list(names[at:end]), parts)
        cursors, at = nexts, end


def _ends(
    sources: Sequence[FieldPostings], cursors: Sequence[int], numbers: Sequence[NDArray[np.int64]]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Before which of its terms a batch must end, for each source that has more than fit."""
    for source, at, own in zip(sources, cursors, numbers, strict=True):
        hi = _last(source, at)
        if hi < source.term_count:
            yield hi, own


def _bound(source: FieldPostings, at: int) -> bytes | None:
    """The term before which a batch that starts at a source's term must end; None: the source's end."""
    hi = _last(source, at)
    return source.term(hi) if hi < source.term_count else None


def _last(source: FieldPostings, at: int) -> int:
    """The ordinal behind the last term that fits into a batch which starts at a source's term."""
    hi = min(at + TERMS, source.term_count)
    fit = int(np.searchsorted(source.offsets(at, hi), POSTINGS, "right")) - 1
    return min(hi, at + max(1, fit))


def _batch(sources: Sequence[FieldPostings], cursors: Sequence[int], nexts: Sequence[int]) -> Batch:
    lists = [source.table.terms(lo, hi) for source, lo, hi in zip(sources, cursors, nexts, strict=True)]
    filled = [number for number, terms in enumerate(lists) if terms]
    union = lists[filled[0]] if len(filled) == 1 else sorted(set().union(*lists))
    place = {term: number for number, term in enumerate(union)}
    parts = [
        Part(
            number,
            cursors[number],
            nexts[number],
            np.fromiter(map(place.__getitem__, lists[number]), np.int64, len(lists[number])),
        )
        for number in filled
    ]
    return Batch(union, parts)
