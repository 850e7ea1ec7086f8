"""The sorted term table of a field: terms as bytes, addressed by ordinal.

All terms stand one after another in one blob, in byte order, with the offset
at which each starts. Every 64th term is repeated in a small table of anchors:
a look-up bisects the anchors (a list of bytes, in C) and then searches the 64
terms behind one, so that it touches two blocks of the file and costs 4 µs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import lt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec.sections import SectionFile
from index.remember import remembered

if TYPE_CHECKING:
    from index.codec.section_writer import SectionFileWriter

STRIDE: Final = 64
"""Terms between two anchors, which cost 1.6 % more bytes and 16 ms to read for a million terms."""

CACHE: Final = 8_192
"""Terms whose ordinals are remembered; the whole cache is dropped when it is full."""

SHORT: Final = 4
"""Bytes below which a term occurs inside so many others that bisection finds it sooner."""

SCAN: Final = 4_096
"""Terms that are read at a time when many are walked over."""


class TermTable:
    """Reads a term table from the sections whose names start with `key`."""

    def __init__(self, file: SectionFile, key: str = "") -> None:
        self._blob = file[f"{key}terms.bytes"]
        self._starts = file[f"{key}terms.starts"]
        self._anchor_bytes = file[f"{key}anchors.bytes"]
        self._anchor_starts = file[f"{key}anchors.starts"]
        self._anchors: list[bytes] | None = None
        self._cache: dict[bytes, int] = {}
        self.count = max(0, self._starts.count - 1)

    def term(self, ordinal: int) -> bytes:
        """The term with this ordinal, 0 <= ordinal < count."""
        return self._blob.bytes(*self._starts.pair(ordinal))

    def terms(self, lo: int, hi: int) -> list[bytes]:
        """The terms with ordinals lo to hi (exclusive), in order."""
        if hi <= lo:
            return []
        starts = self._starts.slice(lo, hi + 1).tolist()
        base = starts[0]
        blob = self._blob.slice(base, starts[-1]).tobytes()
        return [blob[a - base : b - base] for a, b in pairwise(starts)]

    def walk(self, lo: int, hi: int) -> Iterator[bytes]:
        """The same, a few thousand at a time."""
        for at in range(lo, hi, SCAN):
            yield from self.terms(at, min(at + SCAN, hi))

    def find(self, term: bytes) -> int:
        """The ordinal of a term, or -1."""
        ordinal = self._cache.get(term)
        if ordinal is None:
            ordinal = remembered(self._cache, term, self._look_up(term), CACHE)
        return ordinal

    def lower_bound(self, term: bytes) -> int:
        """The ordinal of the first term that is not less than this one; `count` if there is none."""
        block = bisect_right(self._anchor_list(), term) - 1
        if block < 0:
            return 0
        first = block * STRIDE
        starts = self._starts.slice(first, min(first + STRIDE, self.count) + 1).tolist()
        base = starts[0]
        blob = self._blob.slice(base, starts[-1]).tobytes()
        # Six of the 64 terms are looked at: bisecting needs no list of all.
        lo, hi = 0, len(starts) - 1
        while lo < hi:
            middle = (lo + hi) // 2
            if blob[starts[middle] - base : starts[middle + 1] - base] < term:
                lo = middle + 1
            else:
                hi = middle
        return first + lo

    def _look_up(self, term: bytes) -> int:
        if len(term) < SHORT:
            ordinal = self.lower_bound(term)
            return ordinal if ordinal < self.count and self.term(ordinal) == term else -1
        lo = (bisect_right(self._anchor_list(), term) - 1) * STRIDE
        if lo < 0:
            return -1
        starts = self._starts.slice(lo, min(lo + STRIDE, self.count) + 1).tolist()
        base, size = starts[0], len(term)
        blob = self._blob.slice(base, starts[-1]).tobytes()
        at = blob.find(term)
        while at >= 0:
            # Found somewhere: it counts only where a term starts and ends.
            place = bisect_right(starts, base + at) - 1
            if starts[place] == base + at and starts[place + 1] == base + at + size:
                return lo + place
            at = blob.find(term, at + 1)
        return -1

    def prefix_range(self, prefix: bytes) -> tuple[int, int]:
        """Ordinals lo and hi (exclusive) of the terms that start with a prefix."""
        after = _after(prefix)
        return self.lower_bound(prefix), self.count if after is None else self.lower_bound(after)

    def range(self, lo: bytes | None, hi: bytes | None, include_lo: bool, include_hi: bool) -> tuple[int, int]:
        """Ordinals (hi exclusive) of the terms between two bounds; None leaves a side open."""
        first = 0 if lo is None else self.lower_bound(lo if include_lo else lo + b"\0")
        last = self.count if hi is None else self.lower_bound(hi + b"\0" if include_hi else hi)
        return first, max(first, last)

    def _anchor_list(self) -> list[bytes]:
        if self._anchors is None:
            starts = self._anchor_starts.all().tolist()
            blob = self._anchor_bytes.all().tobytes()
            self._anchors = [blob[a:b] for a, b in pairwise(starts)]
        return self._anchors


def _after(prefix: bytes) -> bytes | None:
    """The least bytes above everything that starts with a prefix; None if nothing is."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else None


class TermTableWriter:
    """Appends ascending terms to the sections whose names start with `key`."""

    def __init__(self, file: SectionFileWriter, key: str = "") -> None:
        self._file = file
        self._key = key
        self._last: bytes | None = None
        self._count = 0
        self._bytes = 0
        self._anchor_bytes = 0
        for part in ("terms", "anchors"):
            file.create(f"{key}{part}.bytes", np.uint8)
            file.append(f"{key}{part}.starts", np.zeros(1, np.uint64), narrow=True)

    @property
    def count(self) -> int:
        """Terms appended so far."""
        return self._count

    def append(self, terms: Sequence[bytes]) -> None:
        """Add terms; raises `ValueError` when they do not ascend strictly."""
        if not terms:
            return
        if self._last is not None and self._last >= terms[0]:
            raise ValueError(f"terms must ascend: {terms[0]!r} after {self._last!r}")
        if not all(map(lt, terms, terms[1:])):
            previous, term = next((a, b) for a, b in pairwise(terms) if a >= b)
            raise ValueError(f"terms must ascend: {term!r} after {previous!r}")
        anchors = list(terms[-self._count % STRIDE :: STRIDE])
        self._bytes = self._write("terms", terms, self._bytes)
        self._anchor_bytes = self._write("anchors", anchors, self._anchor_bytes)
        self._count += len(terms)
        self._last = terms[-1]

    def _write(self, name: str, terms: Sequence[bytes], base: int) -> int:
        if not terms:
            return base
        lengths: NDArray[Any] = np.fromiter(map(len, terms), np.uint64, len(terms))
        starts = np.cumsum(lengths, dtype=np.uint64) + np.uint64(base)
        self._file.append(f"{self._key}{name}.bytes", np.frombuffer(b"".join(terms), np.uint8))
        self._file.append(f"{self._key}{name}.starts", starts, narrow=True)
        return int(starts[-1])
