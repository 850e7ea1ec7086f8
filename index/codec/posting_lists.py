"""The posting lists of a field's file, side by side and numbered from 0.

Plain lists are read-only views of the memory-mapped file. Compact ones (see
`CodecSettings.compact`) are worked out when they are asked for: documents from
the gaps between them, frequencies from one bit a position that tells where the
next posting begins.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec.doc_lists import CompactDocs, open_docs
from index.codec.sections import Section, SectionFile, damaged
from index.compiled import kernel

Array = NDArray[Any]
Occurrences = tuple[NDArray[np.int32], Array | None, Array]
"""(documents, frequencies, positions) of a term; frequencies are None where each is 1."""

Stored = Occurrences | tuple[int, Array, Array | None, int, Array]
"""The same as it lies in the file, see `PostingLists.as_stored`."""

VERIFIED: Final = 1_000_000
"""Lists and postings that `verify` looks at together."""

_ones = np.ones(1 << 12, np.uint8)
_ones.flags.writeable = False


def all_one(count: int) -> NDArray[np.uint8]:
    """`count` ones; a view of one array that grows, since fields of names need it for each posting list."""
    global _ones
    ones = _ones
    if len(ones) < count:
        ones = np.ones(max(count, 2 * len(ones)), np.uint8)
        ones.flags.writeable = False
        _ones = ones
    return ones[:count]


class PostingLists:
    """Reads the lists. `count` lists hold `posting_count` postings; `compact` ones are made anew for each caller."""

    def __init__(self, file: SectionFile) -> None:
        self.file = file
        self._starts = file["postings.starts"]
        self._docs = open_docs(file)
        self.count = max(0, self._starts.count - 1)
        self.posting_count = self._docs.count
        self.position_count = file["positions"].count if "positions" in file else 0
        self._freqs = file.sections.get("freqs")
        self._firsts = file.sections.get("firsts")
        self._positions = file.sections.get("positions")
        self._position_starts = file.sections.get("positions.starts")
        impacts = file.sections.get("impacts")
        self._weights = impacts or file.sections.get("weights")
        self.has_impacts = impacts is not None
        self.has_positions = self._positions is not None
        self.compact = self._firsts is not None or "docs" not in file
        self._agree()

    def _agree(self) -> None:
        """The sizes of the sections fit together; raises `IndexDamaged` when they do not."""
        postings, positions = self.posting_count, self._positions
        wrong = any(s is not None and s.count != postings for s in (self._freqs, self._weights))
        wrong |= self._position_starts is not None and self._position_starts.count != self._starts.count
        if self._firsts is not None:
            wrong |= positions is None or self._firsts.count != -(-positions.count // 8)
        if wrong:
            raise damaged(self.file.path, "the sizes of its sections disagree")

    def bounds(self, number: int) -> tuple[int, int]:
        """Where the postings of a list lie (hi exclusive)."""
        return self._starts.pair(number)

    def docs(self, number: int) -> NDArray[np.int32]:
        """The documents of a list, ascending."""
        lo, hi = self._starts.pair(number)
        return self._docs.one(number, lo, hi)

    def freqs(self, number: int) -> Array:
        """The frequency of each posting of a list (unsigned)."""
        return self.freqs_of_range(number, number + 1)

    def weights(self, number: int) -> Array:
        """What goes with each posting: impacts (uint16), boosted weights (float32) or frequencies (unsigned)."""
        return self.weights_of_range(number, number + 1)

    def occurrences(self, number: int) -> Occurrences:
        """Documents, frequencies and positions of a list. Raises `ValueError` when there are no positions."""
        lo, hi = self._starts.pair(number)
        positions = self.positions_of_range(number, number + 1)
        return self._docs.one(number, lo, hi), self._some_freqs(lo, hi, number, number + 1), positions

    def as_stored(self, number: int) -> Stored:
        """Where a term stands, as it lies in the file, for loops that walk along it: nothing is worked out.

        (documents, frequencies, positions) as `occurrences`, or of a compact list (first document, gaps between
        documents, bits, the first of them that counts, positions); frequencies or bits are None where each is 1.
        """
        docs = self._docs
        if self._freqs is not None or not isinstance(docs, CompactDocs) or self._position_starts is None:
            return self.occurrences(number)
        (lo, hi), (start, end) = self._starts.pair(number), self._position_starts.pair(number)
        bits = None
        if self._firsts is not None and end - start > hi - lo:
            bits = self._firsts.slice(start >> 3, (end + 7) >> 3)
        return *docs.gaps(number, lo, hi), bits, start & 7, self.positions_of_range(number, number + 1)

    # Many lists at once: numbers lo to hi (exclusive) lie side by side

    def dfs(self, lo: int, hi: int) -> NDArray[np.int64]:
        """The number of postings of each list of a range."""
        return _steps(self._starts, lo, hi)

    def cfs(self, lo: int, hi: int) -> NDArray[np.int64]:
        """The number of occurrences in each list of a range."""
        if self._position_starts is not None:
            return _steps(self._position_starts, lo, hi)
        if self._freqs is None or hi <= lo:
            return self.dfs(lo, hi)
        heads = self._starts.slice(lo, hi).astype(np.int64)
        cfs: NDArray[np.int64] = np.add.reduceat(self.freqs_of_range(lo, hi), heads - heads[0], dtype=np.int64)
        return cfs

    def docs_of_range(self, lo: int, hi: int) -> NDArray[np.int32]:
        """The documents of each list of a range, one list after another."""
        if hi <= lo:
            return np.empty(0, np.int32)
        return self._docs.many(lo, hi, self._starts.slice(lo, hi + 1).astype(np.int64))

    def freqs_of_range(self, lo: int, hi: int) -> Array:
        """The frequencies that go with `docs_of_range`."""
        if hi <= lo:
            return all_one(0)
        a, b = self._starts.at(lo), self._starts.at(hi)
        freqs = self._some_freqs(a, b, lo, hi)
        return all_one(b - a) if freqs is None else freqs

    def weights_of_range(self, lo: int, hi: int) -> Array:
        """The weights that go with `docs_of_range`."""
        if self._weights is None or hi <= lo:
            return self.freqs_of_range(lo, hi)
        return self._weights.slice(self._starts.at(lo), self._starts.at(hi))

    def positions_of_range(self, lo: int, hi: int) -> Array:
        """The positions of each posting of a range of lists. Raises `ValueError` when there are none."""
        if self._positions is None or self._position_starts is None:
            raise ValueError(f"{self.file.path.name} has no positions")
        if hi <= lo:
            return np.empty(0, self._positions.dtype)
        return self._positions.slice(self._position_starts.at(lo), self._position_starts.at(hi))

    def _some_freqs(self, a: int, b: int, lo: int, hi: int) -> Array | None:
        """Frequencies of postings a to b, which are those of lists lo to hi; None where each is 1."""
        if self._freqs is not None:
            return self._freqs.slice(a, b)
        if self._firsts is None or self._position_starts is None:
            return None
        start, end = self._position_starts.at(lo), self._position_starts.at(hi)
        if end - start == b - a:
            return None
        freqs = spans(self._firsts.slice(start >> 3, (end + 7) >> 3), start & 7, end - start, b - a)
        if freqs is None:
            raise damaged(self.file.path, "its postings do not fit their positions")
        return freqs

    def verify(self, doc_count: int) -> None:
        """The order of all that is stored, for a segment of so many documents; raises `IndexDamaged`."""
        number = 0
        while number < self.count:
            # Some lists at a time: all documents of a large field would not fit in memory twice.
            last = min(number + VERIFIED, self.count)
            starts = self._starts.slice(number, last + 1).astype(np.int64)
            fit = int(np.searchsorted(starts, starts[0] + VERIFIED, "right")) - 1
            last = min(last, number + max(1, fit))
            self._verify_lists(number, last, starts[: last - number + 1], doc_count)
            number = last

    def _verify_lists(self, lo: int, hi: int, starts: NDArray[np.int64], doc_count: int) -> None:
        if int(np.diff(starts).min()) < 1 or starts[-1] > self.posting_count:
            raise damaged(self.file.path, "its posting lists overlap")
        docs = self._docs.many(lo, hi, starts)
        rises = np.diff(docs) > 0
        rises[starts[1:-1] - starts[0] - 1] = True
        if not rises.all() or docs.min() < 0 or docs.max() >= doc_count:
            raise damaged(self.file.path, "its postings are out of order")
        if self._firsts is not None:
            self.freqs_of_range(lo, hi)


def _steps(starts: Section, lo: int, hi: int) -> NDArray[np.int64]:
    values = starts.slice(lo, hi + 1).astype(np.int64)
    steps: NDArray[np.int64] = values[1:] - values[:-1]
    return steps


def spans(bits: Array, start: int, positions: int, postings: int) -> Array | None:
    """How far it is from each set bit to the next, among `positions` bits from bit `start` on (of bytes, lowest first).

    None where not so many are set, or not the first. Bytes where all fit, for those are added up eight at a time.
    """
    if kernel is not None:
        freqs = np.empty(postings, np.uint8)
        largest = kernel.spans(bits, start, positions, freqs)
        if largest < 256:
            return None if largest < 0 else freqs
    heads = np.flatnonzero(np.unpackbits(bits, bitorder="little")[start : start + positions])
    if len(heads) != postings or (postings and heads[0]):
        return None
    wide = np.diff(heads, append=positions)
    return wide.astype(np.uint8 if int(wide.max(initial=0)) < 256 else np.uint32)


def place_of(occurrences: Occurrences, docs: Array) -> tuple[NDArray[np.intp], Array] | None:
    """Where a term stands in some documents (ascending): (index into `docs`, position) of every place.

    None where none of them holds the term. It makes nothing for the documents that were not asked for
    but one running sum.
    """
    held, freqs, positions = occurrences
    at = held.searchsorted(docs)
    found = (held.take(at, mode="clip") == docs).nonzero()[0]
    if not len(found):
        return None
    at = at[found]
    if freqs is None:
        return found, positions[at]
    counts = freqs[at]
    ends = freqs.cumsum(dtype=np.int64)[at]
    total = int(counts.sum())
    if total == len(at):
        return found, positions[ends - 1]
    # Runs of `counts` numbers that end before `ends`, one run after another.
    index = np.arange(total) + (ends - counts.cumsum(dtype=np.int64)).repeat(counts)
    return found.repeat(counts), positions[index]
