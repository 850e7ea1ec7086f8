"""Reading the postings of one field of one segment as arrays.

Everything handed out is a read-only view of the memory-mapped file: no copy,
no allocation but the view itself. Documents are numbered within the segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec.doc_lists import open_docs
from index.codec.facets import FacetColumn, open_facet
from index.codec.sections import Section, SectionFile, damaged
from index.codec.terms import TermTable
from index.remember import remembered

IMPACT_SCALE: Final = 65_535
"""An impact of 1 as it is stored: 16 bits fixed point, an error of at most 8e-6."""

REMEMBERED: Final = 4_096
"""Terms whose arrays are kept at hand: making the views costs more than a short list takes to read."""

VERIFIED: Final = 1_000_000
"""Terms and postings that `verify` looks at together."""

Array = NDArray[Any]

_ones = np.ones(1 << 12, np.uint8)
_ones.flags.writeable = False


def _all_one(count: int) -> NDArray[np.uint8]:
    """`count` ones; a view of one array that grows, since fields of names need it for each posting list."""
    global _ones
    ones = _ones
    if len(ones) < count:
        ones = np.ones(max(count, 2 * len(ones)), np.uint8)
        ones.flags.writeable = False
        _ones = ones
    return ones[:count]


class FieldPostings:
    """One field of one segment.

    `doc_count`: documents of the segment, deleted ones included.
    `field_length`: the sum of the field's lengths over all of them.
    `term_count`, `posting_count`: sizes of the field.
    `has_positions`: positions are stored. `has_impacts`: weights are impacts.
    """

    def __init__(self, file: SectionFile, name: str) -> None:
        meta = file.meta()
        if meta.get("kind") != "field" or meta.get("field") != name:
            raise damaged(file.path, f"it does not hold the field {name!r}")
        self.file = file
        self.name = name
        self.doc_count = int(meta["documents"])
        self.field_length = float(meta["length"])
        self.min_length = int(meta["min_length"])
        self.max_length = int(meta["max_length"])
        self.table = TermTable(file)
        self.term_count = self.table.count
        self._starts = file["postings.starts"]
        self._docs = open_docs(file)
        self.posting_count = self._docs.count
        self._freqs = file.sections.get("freqs")
        self._cf = file.sections.get("cf")
        self._positions = file.sections.get("positions")
        self._position_starts = file.sections.get("positions.starts")
        self._lengths = file.sections.get("lengths")
        self._ranks = file.sections.get("ranks")
        impacts = file.sections.get("impacts")
        self._weights = impacts or file.sections.get("weights") or self._freqs
        self.has_impacts = impacts is not None
        self.has_positions = self._positions is not None
        self.has_lengths = self._lengths is not None
        self.has_boosts = "weights" in file
        self._occurrences: dict[int, tuple[NDArray[np.int32], Array | None, Array]] = {}
        self.facet: FacetColumn | None = open_facet(file, meta, self.table, self.doc_count)
        self._agree()

    @classmethod
    def open(cls, path: Path, name: str) -> FieldPostings:
        """Open `<segment>.<field>.pst`; raises `IndexDamaged` or `IndexIncompatible`."""
        return cls(SectionFile.open(path), name)

    def _agree(self) -> None:
        """The sizes of the sections fit together; raises `IndexDamaged` when they do not."""
        file, postings = self.file, self.posting_count
        wrong = self._starts.count != self.term_count + 1
        wrong |= any(s is not None and s.count != postings for s in (self._freqs, self._weights))
        wrong |= any(s is not None and s.count != self.doc_count for s in (self._lengths, self._ranks))
        wrong |= self._position_starts is not None and self._position_starts.count != self._starts.count
        wrong |= self._cf is not None and self._cf.count != self.term_count
        if wrong:
            raise damaged(file.path, "the sizes of its sections disagree")

    # Terms

    def find(self, term: bytes) -> int:
        """The ordinal of a term, or -1."""
        return self.table.find(term)

    def term(self, ordinal: int) -> bytes:
        """The term with this ordinal."""
        return self.table.term(ordinal)

    def terms(self, lo: int = 0, hi: int | None = None) -> Iterator[bytes]:
        """The terms with ordinals lo to hi (exclusive), in byte order."""
        return self.table.walk(lo, self.term_count if hi is None else hi)

    def prefix_range(self, prefix: bytes) -> tuple[int, int]:
        """Ordinals (hi exclusive) of the terms that start with a prefix."""
        return self.table.prefix_range(prefix)

    def range(
        self, lo: bytes | None, hi: bytes | None, include_lo: bool = True, include_hi: bool = True
    ) -> tuple[int, int]:
        """Ordinals (hi exclusive) of the terms between two bounds; None leaves a side open."""
        return self.table.range(lo, hi, include_lo, include_hi)

    # One term

    def bounds(self, ordinal: int) -> tuple[int, int]:
        """Where the postings of a term lie in the field's arrays (hi exclusive)."""
        return self._starts.pair(ordinal)

    def df(self, ordinal: int) -> int:
        """Documents that hold the term, deleted ones included."""
        lo, hi = self._starts.pair(ordinal)
        return hi - lo

    def cf(self, ordinal: int) -> float:
        """The sum of the term's weights (for impacts: of the frequencies behind them)."""
        return float(self._cf.slice(ordinal, ordinal + 1)[0]) if self._cf is not None else float(self.df(ordinal))

    def docs(self, ordinal: int) -> NDArray[np.int32]:
        """The documents that hold the term, ascending."""
        lo, hi = self._starts.pair(ordinal)
        return self._docs.one(ordinal, lo, hi)

    def weights(self, ordinal: int) -> Array:
        """What goes with each of `docs`: frequencies (unsigned), boosted weights (float32) or impacts (uint16)."""
        lo, hi = self._starts.pair(ordinal)
        return self._weights.slice(lo, hi) if self._weights is not None else _all_one(hi - lo)

    def freqs(self, ordinal: int) -> Array:
        """How often each of `docs` holds the term (unsigned); 1 where that is not recorded."""
        lo, hi = self._starts.pair(ordinal)
        return self._freqs.slice(lo, hi) if self._freqs is not None else _all_one(hi - lo)

    def positions(self, ordinal: int) -> tuple[NDArray[np.int64], Array]:
        """Where the term stands: (offsets, positions).

        The positions (unsigned, ascending) in document `docs[i]` are
        `positions[offsets[i]:offsets[i + 1]]`; offsets start at 0.
        Raises `ValueError` when the field has no positions.
        """
        if self._positions is None or self._position_starts is None:
            raise ValueError(f"field {self.name!r} has no positions")
        freqs = self.freqs(ordinal)
        offsets = np.zeros(len(freqs) + 1, np.int64)
        np.cumsum(freqs, out=offsets[1:])
        lo, hi = self._position_starts.pair(ordinal)
        return offsets, self._positions.slice(lo, hi)

    def occurrences(self, ordinal: int) -> tuple[NDArray[np.int32], Array | None, Array]:
        """(documents, frequencies, positions) of a term; the positions of one document after those of another.

        Frequencies are None where each is 1. Raises `ValueError` when the field has no positions.
        """
        known = self._occurrences.get(ordinal)
        if known is not None:
            return known
        if self._positions is None or self._position_starts is None:
            raise ValueError(f"field {self.name!r} has no positions")
        lo, hi = self._starts.pair(ordinal)
        start, end = self._position_starts.pair(ordinal)
        freqs = None if self._freqs is None else self._freqs.slice(lo, hi)
        found = self._docs.one(ordinal, lo, hi), freqs, self._positions.slice(start, end)
        return remembered(self._occurrences, ordinal, found, REMEMBERED)

    def places_in(self, ordinal: int, docs: Array) -> tuple[NDArray[np.intp], Array] | None:
        """Where the term stands in some documents (ascending): (index into `docs`, position) of every place.

        None where none of them holds the term. Unlike `positions` it makes nothing for the documents
        that were not asked for but one running sum.
        Raises `ValueError` when the field has no positions.
        """
        if self._positions is None or self._position_starts is None:
            raise ValueError(f"field {self.name!r} has no positions")
        lo, hi = self._starts.pair(ordinal)
        held = self._docs.one(ordinal, lo, hi)
        at = held.searchsorted(docs)
        found = (held.take(at, mode="clip") == docs).nonzero()[0]
        if not len(found):
            return None
        at = at[found]
        start, end = self._position_starts.pair(ordinal)
        positions = self._positions.slice(start, end)
        if self._freqs is None:
            return found, positions[at]
        freqs = self._freqs.slice(lo, hi)
        counts = freqs[at]
        ends = freqs.cumsum(dtype=np.int64)[at]
        total = int(counts.sum())
        if total == len(at):
            return found, positions[ends - 1]
        # Runs of `counts` numbers that end before `ends`, one run after another.
        index = np.arange(total) + (ends - counts.cumsum(dtype=np.int64)).repeat(counts)
        return found.repeat(counts), positions[index]

    # Many terms at once: ordinals lo to hi (exclusive) lie side by side

    def offsets(self, lo: int, hi: int) -> NDArray[np.int64]:
        """Where the postings of each term start, counted from the first; hi - lo + 1 values."""
        starts = self._starts.slice(lo, hi + 1).astype(np.int64)
        starts -= starts[0]
        return starts

    def dfs(self, lo: int, hi: int) -> NDArray[np.int64]:
        """`df` of each term of a range."""
        starts = self._starts.slice(lo, hi + 1).astype(np.int64)
        dfs: NDArray[np.int64] = starts[1:] - starts[:-1]
        return dfs

    def cfs(self, lo: int, hi: int) -> Array:
        """`cf` of each term of a range."""
        return self._cf.slice(lo, hi) if self._cf is not None else self.dfs(lo, hi)

    def docs_of_range(self, lo: int, hi: int) -> NDArray[np.int32]:
        """The documents of each term of a range, one term after another."""
        if hi <= lo:
            return np.empty(0, np.int32)
        return self._docs.many(lo, hi, self._starts.slice(lo, hi + 1).astype(np.int64))

    def weights_of_range(self, lo: int, hi: int) -> Array:
        """The weights that go with `docs_of_range`."""
        return self._of_range(self._weights, lo, hi)

    def freqs_of_range(self, lo: int, hi: int) -> Array:
        """The frequencies that go with `docs_of_range`."""
        return self._of_range(self._freqs, lo, hi)

    def positions_of_range(self, lo: int, hi: int) -> Array:
        """The positions of each posting of a range, one posting after another."""
        if self._positions is None or self._position_starts is None:
            raise ValueError(f"field {self.name!r} has no positions")
        if hi <= lo:
            return np.empty(0, self._positions.dtype)
        return self._positions.slice(self._position_starts.at(lo), self._position_starts.at(hi))

    def _of_range(self, section: Section | None, lo: int, hi: int) -> Array:
        if hi <= lo:
            return _all_one(0)
        a, b = self._starts.at(lo), self._starts.at(hi)
        return section.slice(a, b) if section is not None else _all_one(b - a)

    # Documents

    def lengths(self) -> Array:
        """The field's length in each document of the segment (unsigned); zeros where none is kept."""
        return self._lengths.all() if self._lengths is not None else np.zeros(self.doc_count, np.uint8)

    def length(self, doc: int) -> int:
        """The field's length in one document."""
        return self._lengths.at(doc) if self._lengths is not None else 0

    def ranks(self) -> NDArray[np.int32] | None:
        """For the field of ids: the rank of each document's id in byte order; None for other fields."""
        return self._ranks.all() if self._ranks is not None else None

    def verify(self) -> None:
        """Check every byte and the order of what is stored; raises `IndexDamaged`."""
        self.file.verify()
        ordinal = 0
        while ordinal < self.term_count:
            # Some terms at a time: all documents of a large field would not fit in memory twice.
            last = min(ordinal + VERIFIED, self.term_count)
            starts = self._starts.slice(ordinal, last + 1).astype(np.int64)
            fit = int(np.searchsorted(starts, starts[0] + VERIFIED, "right")) - 1
            last = min(last, ordinal + max(1, fit))
            self._verify_terms(ordinal, last, starts[: last - ordinal + 1])
            ordinal = last

    def _verify_terms(self, lo: int, hi: int, starts: NDArray[np.int64]) -> None:
        if int(np.diff(starts).min()) < 1 or starts[-1] > self.posting_count:
            raise damaged(self.file.path, "its posting lists overlap")
        docs = self._docs.many(lo, hi, starts)
        rises = np.diff(docs) > 0
        rises[starts[1:-1] - starts[0] - 1] = True
        if not rises.all() or docs.min() < 0 or docs.max() >= self.doc_count:
            raise damaged(self.file.path, "its postings are out of order")
