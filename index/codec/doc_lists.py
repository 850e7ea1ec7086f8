"""The documents of each term: plain arrays, or gaps for fields that are to be small.

Plain: four bytes a posting, handed out without a copy. Compact: the first
document of each term and, per term, the gaps between its documents in the
smallest of one, two or four bytes; half the size or less, for about 3 µs a
look-up and 1 ns a posting. `CodecSettings.compact` names the fields that are
worth it: long ones that few questions touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from index.codec.ranges import starts_of
from index.codec.sections import SectionFile
from index.compiled import kernel

if TYPE_CHECKING:
    from index.codec.section_writer import SectionFileWriter

GAP_TYPES: Final[tuple[np.dtype[Any], ...]] = (np.dtype("u1"), np.dtype("u2"), np.dtype("u4"))

Array = NDArray[Any]
Docs = NDArray[np.int32]


class DocLists(Protocol):
    """Reads the documents of terms. `count`: postings in all."""

    count: int

    def one(self, ordinal: int, lo: int, hi: int) -> Docs:
        """The documents of one term, whose postings are lo to hi (exclusive) of the field."""
        ...

    def many(self, first: int, last: int, starts: NDArray[np.int64]) -> Docs:
        """The documents of terms first to last (exclusive, at least one), whose postings start at `starts`."""
        ...


class PlainDocs:
    """Section "docs"."""

    def __init__(self, file: SectionFile) -> None:
        self._docs = file["docs"]
        self.count = self._docs.count

    def one(self, ordinal: int, lo: int, hi: int) -> Docs:
        return self._docs.slice(lo, hi)

    def many(self, first: int, last: int, starts: NDArray[np.int64]) -> Docs:
        return self._docs.slice(int(starts[0]), int(starts[-1]))


class CompactDocs:
    """Sections "docs.first", "docs.gaps" and "gaps.u1", "gaps.u2", "gaps.u4"."""

    def __init__(self, file: SectionFile) -> None:
        self._first = file["docs.first"]
        self._places = file["docs.gaps"]
        self._gaps = [file[f"gaps.{dtype.str[1:]}"] for dtype in GAP_TYPES]
        self.count = self._first.count + sum(gaps.count for gaps in self._gaps)

    def gaps(self, ordinal: int, lo: int, hi: int) -> tuple[int, Array]:
        """The first document of one term, and how far it is from each to the next (unsigned)."""
        place = self._places.at(ordinal)
        at = place >> 2
        return self._first.at(ordinal), self._gaps[place & 3].slice(at, at + hi - lo - 1)

    def one(self, ordinal: int, lo: int, hi: int) -> Docs:
        docs = np.empty(hi - lo, np.int32)
        first, gaps = self.gaps(ordinal, lo, hi)
        docs[0] = first
        if len(gaps):
            if kernel is not None:
                kernel.unfold(first, gaps, docs)
                return docs
            rest = docs[1:]
            np.cumsum(gaps, dtype=np.int32, out=rest)
            rest += first
        return docs

    def many(self, first: int, last: int, starts: NDArray[np.int64]) -> Docs:
        places = self._places.slice(first, last)
        kinds = (places & 3).astype(np.uint8)
        gaps = [self._used(kind, kinds, places, starts) for kind in range(len(GAP_TYPES))]
        return unfolded(self._first.slice(first, last), kinds, gaps, starts)

    def _used(self, kind: int, kinds: Array, places: Array, starts: NDArray[np.int64]) -> Array:
        """The gaps of one kind that lists use: they lie side by side, since terms were written in order."""
        lists = np.flatnonzero(kinds == kind)
        if not len(lists):
            return self._gaps[kind].slice(0, 0)
        at = int(places[lists[0]]) >> 2
        return self._gaps[kind].slice(at, at + int((starts[lists + 1] - starts[lists] - 1).sum()))


def unfolded(firsts: Array, kinds: Array, gaps: Sequence[Array], starts: NDArray[np.int64]) -> Docs:
    """The documents of many lists from the first of each and the gaps, those of one kind after another."""
    if kernel is not None:
        docs = np.empty(int(starts[-1] - starts[0]), np.int32)
        kernel.unfold_lists(firsts, kinds, *gaps, starts, docs)
        return docs
    heads = starts[:-1] - starts[0]
    dfs = np.diff(starts)
    kind_of = np.repeat(kinds, dfs)
    kind_of[heads] = len(gaps)
    steps = np.zeros(len(kind_of), np.int64)
    for kind, its in enumerate(gaps):
        steps[kind_of == kind] = its
    totals = np.cumsum(steps)
    found: Docs = (totals - np.repeat(totals[heads] - firsts, dfs)).astype(np.int32)
    return found


def open_docs(file: SectionFile) -> DocLists:
    """The document lists of a field's file, in whichever form it has them."""
    return PlainDocs(file) if "docs" in file else CompactDocs(file)


DO_NOT_FIT: Final = -1
DO_NOT_ASCEND: Final = -2


def largest_document(dfs: Array, docs: Array) -> int:
    """The largest document of some lists; `DO_NOT_FIT`, or `DO_NOT_ASCEND` within each, where they are no lists."""
    if kernel is not None:
        found: int = kernel.ascends(dfs.astype(np.int64, copy=False), docs.astype(np.int32, copy=False))
        return found
    starts = starts_of(dfs)
    if starts[-1] != len(docs) or not len(dfs) or int(np.min(dfs)) < 1:
        return DO_NOT_FIT
    rises = np.diff(docs) > 0
    rises[starts[1:-1] - 1] = True
    if not rises.all() or int(docs[starts[:-1]].min()) < 0:
        return DO_NOT_ASCEND
    return int(docs[starts[1:] - 1].max())


class DocListWriter:
    """Appends document lists in one of the two forms."""

    def __init__(self, file: SectionFileWriter, compact: bool) -> None:
        self._file = file
        self._compact = compact
        self._counts = [0] * len(GAP_TYPES)
        if not compact:
            file.create("docs", np.int32)
            return
        file.create("docs.first", np.uint32, narrow=True)
        file.create("docs.gaps", np.uint64, narrow=True)
        for dtype in GAP_TYPES:
            file.create(f"gaps.{dtype.str[1:]}", dtype)

    def append(self, dfs: Array, docs: Array) -> None:
        """Add the documents of some terms, one term after another."""
        if not self._compact:
            self._file.append("docs", docs.astype(np.int32, copy=False))
            return
        if kernel is None:
            self._append_by_arrays(dfs, docs)
            return
        room = len(docs) - len(dfs)
        firsts, places = np.empty(len(dfs), np.uint32), np.empty(len(dfs), np.uint64)
        gaps = [np.empty(room, dtype) for dtype in GAP_TYPES]
        used = kernel.fold(dfs.astype(np.int64), docs.astype(np.int32), tuple(self._counts), firsts, places, *gaps)
        for kind, (its, dtype, count) in enumerate(zip(gaps, GAP_TYPES, used, strict=True)):
            self._file.append(f"gaps.{dtype.str[1:]}", its[:count])
            self._counts[kind] += count
        self._file.append("docs.first", firsts, narrow=True)
        self._file.append("docs.gaps", places, narrow=True)

    def _append_by_arrays(self, dfs: Array, docs: Array) -> None:
        starts = starts_of(dfs)
        heads = starts[:-1]
        gaps = np.zeros(len(docs), np.int64)
        gaps[1:] = docs[1:].astype(np.int64) - docs[:-1]
        gaps[heads] = 0
        largest = np.maximum.reduceat(gaps, heads)
        kinds = (largest > 0xFF).astype(np.int64) + (largest > 0xFFFF)
        kind_of = np.repeat(kinds.astype(np.uint8), dfs)
        kind_of[heads] = 3
        places = np.zeros(len(dfs), np.int64)
        for kind, dtype in enumerate(GAP_TYPES):
            sizes = np.where(kinds == kind, dfs - 1, 0)
            ends = np.cumsum(sizes) + self._counts[kind]
            places += np.where(kinds == kind, ends - sizes << 2 | kind, 0)
            self._counts[kind] = int(ends[-1])
            self._file.append(f"gaps.{dtype.str[1:]}", gaps[kind_of == kind].astype(dtype))
        self._file.append("docs.first", docs[heads].astype(np.uint32), narrow=True)
        self._file.append("docs.gaps", places.astype(np.uint64), narrow=True)
