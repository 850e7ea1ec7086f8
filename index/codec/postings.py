"""Reading the postings of one field of one segment as arrays.

What is handed out are read-only views of the memory-mapped file, unless the
field is compact: its lists are worked out, and those in use are kept at hand.
Documents are numbered within the segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec.facets import FacetColumn, open_facet
from index.codec.held_lists import HeldLists
from index.codec.posting_lists import Occurrences, PostingLists, Stored, all_one, place_of
from index.codec.ranges import starts_of
from index.codec.sections import SectionFile, damaged
from index.codec.terms import TermTable

IMPACT_SCALE: Final = 65_535
"""An impact of 1 as it is stored: 16 bits fixed point, an error of at most 8e-6."""

Array = NDArray[Any]


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
        self.lists = PostingLists(file)
        self.posting_count = self.lists.posting_count
        self._cf = file.sections.get("cf")
        self._lengths = file.sections.get("lengths")
        self._ranks = file.sections.get("ranks")
        self.has_impacts = self.lists.has_impacts
        self.has_positions = self.lists.has_positions
        self.has_lengths = self._lengths is not None
        self.has_boosts = "weights" in file
        self._held = HeldLists()
        self.facet: FacetColumn | None = open_facet(file, meta, self.table, self.doc_count)
        self._agree()

    @classmethod
    def open(cls, path: Path, name: str) -> FieldPostings:
        """Open `<segment>.<field>.pst`; raises `IndexDamaged` or `IndexIncompatible`."""
        return cls(SectionFile.open(path), name)

    def _agree(self) -> None:
        """The sizes of the sections fit together; raises `IndexDamaged` when they do not."""
        wrong = self.lists.count != self._list_count()
        wrong |= any(s is not None and s.count != self.doc_count for s in (self._lengths, self._ranks))
        wrong |= self._cf is not None and self._cf.count != self.term_count
        if wrong:
            raise damaged(self.file.path, "the sizes of its sections disagree")

    def _list_count(self) -> int:
        """How many lists the file must hold."""
        return self.term_count

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

    def df(self, ordinal: int) -> int:
        """Documents that hold the term, deleted ones included."""
        lo, hi = self.lists.bounds(ordinal)
        return hi - lo

    def cf(self, ordinal: int) -> float:
        """The sum of the term's weights (for impacts: of the frequencies behind them)."""
        return float(self.cfs(ordinal, ordinal + 1)[0])

    def docs(self, ordinal: int) -> NDArray[np.int32]:
        """The documents that hold the term, ascending."""
        return self.occurrences(ordinal)[0] if self._remembers() else self.lists.docs(ordinal)

    def weights(self, ordinal: int) -> Array:
        """What goes with each of `docs`: frequencies (unsigned), boosted weights (float32) or impacts (uint16)."""
        return self.freqs(ordinal) if self._remembers() and not self.has_boosts else self.lists.weights(ordinal)

    def freqs(self, ordinal: int) -> Array:
        """How often each of `docs` holds the term (unsigned); 1 where that is not recorded."""
        if not self._remembers():
            return self.lists.freqs(ordinal)
        docs, freqs, _ = self.occurrences(ordinal)
        return all_one(len(docs)) if freqs is None else freqs

    def positions(self, ordinal: int) -> tuple[NDArray[np.int64], Array]:
        """Where the term stands: (offsets, positions).

        The positions (unsigned, ascending) in document `docs[i]` are
        `positions[offsets[i]:offsets[i + 1]]`; offsets start at 0.
        Raises `ValueError` when the field has no positions.
        """
        self._need_positions()
        docs, freqs, positions = self.occurrences(ordinal)
        return np.arange(len(docs) + 1) if freqs is None else starts_of(freqs), positions

    def occurrences(self, ordinal: int) -> Occurrences:
        """(documents, frequencies, positions) of a term; the positions of one document after those of another.

        Frequencies are None where each is 1. Raises `ValueError` when the field has no positions.
        """
        known = self._held.get(ordinal)
        if known is not None:
            return known
        self._need_positions()
        return self._held.keep(ordinal, self._occurrences(ordinal), worked_out=self._remembers())

    def as_stored(self, ordinal: int) -> tuple[Array | None, int, Stored]:
        """(forms, form, list): the term's own places in the list are those where the forms, if any, are `form`."""
        self._need_positions()
        return None, 0, self.lists.as_stored(ordinal)

    def _occurrences(self, ordinal: int) -> Occurrences:
        return self.lists.occurrences(ordinal)

    def _remembers(self) -> bool:
        """Whether lists are worked out, so that those in use are worth keeping."""
        return self.has_positions and self.lists.compact

    def _need_positions(self) -> None:
        if not self.has_positions:
            raise ValueError(f"field {self.name!r} has no positions")

    def places_in(self, ordinal: int, docs: Array) -> tuple[NDArray[np.intp], Array] | None:
        """Where the term stands in some documents (ascending): (index into `docs`, position) of every place.

        None where none of them holds the term.
        Raises `ValueError` when the field has no positions.
        """
        return place_of(self.occurrences(ordinal), docs)

    # Many terms at once: ordinals lo to hi (exclusive) lie side by side

    def offsets(self, lo: int, hi: int) -> NDArray[np.int64]:
        """Where the postings of each term start, counted from the first; hi - lo + 1 values."""
        return starts_of(self.dfs(lo, hi))

    def dfs(self, lo: int, hi: int) -> NDArray[np.int64]:
        """`df` of each term of a range."""
        return self.lists.dfs(lo, hi)

    def cfs(self, lo: int, hi: int) -> Array:
        """`cf` of each term of a range."""
        return self._cf.slice(lo, hi) if self._cf is not None else self.lists.cfs(lo, hi)

    def docs_of_range(self, lo: int, hi: int) -> NDArray[np.int32]:
        """The documents of each term of a range, one term after another."""
        return self.lists.docs_of_range(lo, hi)

    def docs_among(self, lo: int, hi: int) -> NDArray[np.int32]:
        """The documents of all terms of a range together, in any order; those with several of them may come again."""
        return self.docs_of_range(lo, hi)

    def weights_of_range(self, lo: int, hi: int) -> Array:
        """The weights that go with `docs_of_range`."""
        return self.lists.weights_of_range(lo, hi)

    def freqs_of_range(self, lo: int, hi: int) -> Array:
        """The frequencies that go with `docs_of_range`."""
        return self.lists.freqs_of_range(lo, hi)

    def positions_of_range(self, lo: int, hi: int) -> Array:
        """The positions of each posting of a range, one posting after another."""
        self._need_positions()
        return self.lists.positions_of_range(lo, hi)

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
        self.lists.verify(self.doc_count)
