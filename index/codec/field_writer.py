"""Writing the file of one field of one segment, a batch of terms at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.codec.doc_lists import DO_NOT_ASCEND, DO_NOT_FIT, DocListWriter, largest_document
from index.codec.facets import write_facet
from index.codec.first_bits import FirstBits
from index.codec.ranges import starts_of
from index.codec.section_writer import SectionFileWriter
from index.codec.settings import FieldSpec
from index.codec.terms import TermTableWriter

Array = NDArray[Any]


class FieldFileWriter:
    """Gathers the postings of one field and writes `<segment>.<field>.pst`.

    `facet`: also derive a facet column. `ranks`: also keep the rank of each
    document's term (for the field of ids). Both keep the field's documents in
    memory until `finish`; such fields have a few postings a document.
    `compact`: keep documents as gaps, and frequencies, where there are positions, as bits.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        spec: FieldSpec,
        *,
        facet: bool = False,
        ranks: bool = False,
        compact: bool = False,
    ) -> None:
        self.name = name
        self.spec = spec
        self.facet = facet
        self.ranks = ranks
        self.file = SectionFileWriter(path, direct="docs")
        self.terms = TermTableWriter(self.file)
        self._docs = DocListWriter(self.file, compact)
        self.postings = 0
        self._positions = 0
        self._largest_doc = -1
        self._boosted = False
        self._kept: list[Array] = []
        self._kept_dfs: list[Array] = []
        self._lengths: list[Array] = []
        self.meta: dict[str, object] = {}
        self.file.append("postings.starts", np.zeros(1, np.uint64), narrow=True)
        self._firsts = FirstBits(self.file) if compact and spec.positions else None
        if spec.positions:
            self.file.create("positions", np.uint32, narrow=True)
            self.file.append("positions.starts", np.zeros(1, np.uint64), narrow=True)

    def add_terms(
        self,
        terms: Sequence[bytes],
        dfs: Array,
        docs: Array,
        freqs: Array | None,
        positions: Array | None = None,
        weights: Array | None = None,
    ) -> None:
        """Add terms with their postings, one term after another.

        `dfs[i]` > 0 documents, ascending, belong to `terms[i]`. `freqs` (None:
        all 1) go with `docs`; `positions`, as many as the sum of `freqs`, with
        them. `weights` default to the frequencies. Raises `ValueError` when
        the sizes disagree or an order is broken.
        """
        if not len(terms):
            return
        starts = starts_of(dfs)
        self._check(terms, dfs, docs)
        cfs: Array = np.asarray(dfs)
        if freqs is None:
            freqs = np.ones(len(docs), np.uint8)
        else:
            cfs = np.add.reduceat(freqs, starts[:-1], dtype=np.int64)
        self._add_names(terms, dfs, cfs)
        self.file.append("postings.starts", (starts[1:] + self.postings).astype(np.uint64), narrow=True)
        self.postings += len(docs)
        self._docs.append(dfs, docs)
        if self._firsts is None:
            self.file.append("freqs", freqs.astype(np.uint32, copy=False), narrow=True)
        else:
            self._firsts.append(freqs)
        if self.spec.positions:
            if positions is None or len(positions) != int(cfs.sum()):
                raise ValueError(f"field {self.name!r} needs a position for every occurrence")
            ends = np.cumsum(cfs, dtype=np.int64) + self._positions
            self.file.append("positions.starts", ends.astype(np.uint64), narrow=True)
            self.file.append("positions", positions.astype(np.uint32, copy=False), narrow=True)
            self._positions = int(ends[-1])
        if self.spec.boosts:
            self._add_weights(freqs if weights is None else weights, freqs, starts)
        if self.facet or self.ranks:
            self._kept.append(docs.astype(np.int32))
            self._kept_dfs.append(np.asarray(dfs, np.int64))

    def _add_names(self, terms: Sequence[bytes], dfs: Array, cfs: Array) -> None:
        self.terms.append(terms)

    def _add_weights(self, weights: Array, freqs: Array, starts: NDArray[np.int64]) -> None:
        weights = weights.astype(np.float32)
        self._boosted = self._boosted or not np.array_equal(weights, freqs)
        self.file.append("weights", weights)
        self.file.append("weights.cf", np.add.reduceat(weights, starts[:-1], dtype=np.float64))

    def add_impacts(self, terms: Sequence[bytes], dfs: Array, docs: Array, impacts: Array, cfs: Array) -> None:
        """Add terms of the derived field: an impact (uint16) a posting, and what `cf` is to give."""
        self._check(terms, dfs, docs)
        self.terms.append(terms)
        ends = np.cumsum(dfs, dtype=np.uint64) + np.uint64(self.postings)
        self.file.append("postings.starts", ends, narrow=True)
        self.postings += len(docs)
        self._docs.append(dfs, docs)
        self.file.append("impacts", impacts.astype(np.uint16, copy=False))
        self.file.append("cf", cfs.astype(np.uint64), narrow=True)

    def add_lengths(self, lengths: Array) -> None:
        """Add the field's lengths in the next documents, in the order of their numbers."""
        self._lengths.append(np.asarray(lengths, np.uint32))

    def lengths(self, doc_count: int) -> NDArray[np.uint32]:
        """The lengths added so far, zeros behind them."""
        given = np.concatenate(self._lengths) if self._lengths else np.empty(0, np.uint32)
        if len(given) > doc_count:
            raise ValueError(f"field {self.name!r} has {len(given)} lengths for {doc_count} documents")
        return np.concatenate((given, np.zeros(doc_count - len(given), np.uint32)))

    def finish(self, doc_count: int) -> None:
        """Write the file. Raises `StorageFailed`."""
        if self._largest_doc >= doc_count:
            raise ValueError(f"field {self.name!r} has document {self._largest_doc} of {doc_count}")
        facet = self._finish_facet(doc_count)
        if self.file.count("freqs") and self.file.largest("freqs") == 1:
            self.file.drop("freqs")
        if self._firsts is not None:
            self._firsts.finish()
        if self._boosted:
            self.file.rename("weights.cf", "cf")
        else:
            self.file.drop("weights")
            self.file.drop("weights.cf")
        lengths = self.lengths(doc_count)
        if self.spec.scorable:
            self.file.append("lengths", lengths, narrow=True)
        self.file.add_json(
            "meta",
            {
                "kind": "field",
                "field": self.name,
                "documents": doc_count,
                "length": int(lengths.sum(dtype=np.uint64)),
                "min_length": int(lengths.min()) if doc_count else 0,
                "max_length": int(lengths.max()) if doc_count else 0,
                "facet": facet,
                **self.meta,
            },
        )
        self.file.finish()

    def _finish_facet(self, doc_count: int) -> dict[str, object] | None:
        if not (self.facet or self.ranks):
            return None
        docs = np.concatenate(self._kept) if self._kept else np.empty(0, np.int32)
        dfs = np.concatenate(self._kept_dfs) if self._kept_dfs else np.empty(0, np.int64)
        self._kept.clear()
        if self.ranks:
            # A document without an id comes after all that have one.
            ranks = np.full(doc_count, len(dfs), np.int32)
            ranks[docs] = np.repeat(np.arange(len(dfs), dtype=np.int32), dfs)
            self.file.append("ranks", ranks)
        return write_facet(self.file, starts_of(dfs), docs, doc_count) if self.facet else None

    def abort(self) -> None:
        """Drop everything."""
        self.file.abort()

    def _check(self, terms: Sequence[bytes], dfs: Array, docs: Array) -> None:
        largest = largest_document(np.asarray(dfs), docs) if len(dfs) == len(terms) else DO_NOT_FIT
        if largest == DO_NOT_FIT:
            raise ValueError(f"field {self.name!r}: the numbers of documents do not fit the terms")
        if largest == DO_NOT_ASCEND:
            raise ValueError(f"field {self.name!r}: documents must ascend within a term")
        self._largest_doc = max(self._largest_doc, largest)
