"""What Whoosh writes a segment through; both writers feed one `SegmentBuilder`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, Final

import numpy as np
from whoosh import columns, formats
from whoosh.codec import base

from index.codec.builder import SegmentBuilder
from index.codec.settings import ColumnSpec, FieldSpec
from index.codec.stored import encode_stored
from index.codec.whoosh_segment import ColumnarSegment

FLUSH: Final = 200_000
"""Postings that are held as Python objects before they go into arrays: about 50 MB."""


def field_spec(fieldname: str, fieldobj: Any) -> FieldSpec:
    """How a Whoosh field is kept; raises `TypeError` for what the codec does not keep."""
    format_ = fieldobj.format
    if type(format_) not in (formats.Existence, formats.Frequency, formats.Positions):
        kind = type(format_).__name__
        raise TypeError(f"field {fieldname!r} has format {kind}; known are Existence, Frequency and Positions")
    if fieldobj.vector:
        raise TypeError(f"field {fieldname!r} asks for term vectors, which are not kept; positions serve instead")
    scorable = bool(getattr(fieldobj, "scorable", False))
    return FieldSpec(positions=isinstance(format_, formats.Positions), scorable=scorable, boosts=True)


def column_spec(fieldname: str, column: Any) -> ColumnSpec:
    """How a Whoosh column is kept; raises `TypeError` for what the codec does not keep."""
    if isinstance(column, columns.NumericColumn):
        return ColumnSpec("numbers", typecode=column._typecode, default=column.default_value())
    if isinstance(column, columns.BitColumn):
        return ColumnSpec("bits", default=0)
    if isinstance(column, columns.FixedBytesColumn):
        return ColumnSpec("fixed", width=column._fixedlen, default=column.default_value())
    if isinstance(column, columns.VarBytesColumn | columns.RefBytesColumn):
        return ColumnSpec("bytes", default=column.default_value() or b"")
    raise TypeError(f"field {fieldname!r} has a column of kind {type(column).__name__}, which is not kept")


class ColumnarPerDocumentWriter(base.PerDocumentWriter):  # type: ignore[misc]
    """Gathers stored fields, lengths and column values, document by document."""

    def __init__(self, builder: SegmentBuilder) -> None:
        self._builder = builder
        self._doc = -1
        self._stored: dict[str, Any] = {}
        self._doc_lengths: dict[str, int] = {}
        self._doc_columns: dict[str, Any] = {}
        self._lengths: dict[str, list[int]] = {}
        self._columns: dict[str, tuple[ColumnSpec, list[Any]]] = {}
        self.is_closed = False

    def start_doc(self, docnum: int) -> None:
        if docnum != self._builder.doc_count:
            raise ValueError(f"document {docnum} comes where {self._builder.doc_count} is expected")
        self._doc = docnum
        self._stored = {}
        self._doc_lengths = {}
        self._doc_columns = {}

    def add_field(self, fieldname: str, fieldobj: Any, value: Any, length: int | None) -> None:
        if fieldobj.indexed and fieldobj.format is not None and fieldname != self._builder.derived:
            self._builder.declare(fieldname, field_spec(fieldname, fieldobj))
        if value is not None:
            self._stored[fieldname] = value
        if length:
            self._doc_lengths[fieldname] = length

    def add_column_value(self, fieldname: str, columnobj: Any, value: Any) -> None:
        spec = column_spec(fieldname, columnobj)
        self._columns.setdefault(fieldname, (spec, []))
        self._doc_columns[fieldname] = value

    def add_vector_items(self, fieldname: str, fieldobj: Any, items: Iterable[Any]) -> None:
        raise TypeError(f"field {fieldname!r} asks for term vectors, which are not kept")

    def finish_doc(self) -> None:
        self._builder.add_stored([encode_stored(self._stored, self._builder.settings.packed)])
        for name, length in self._doc_lengths.items():
            known = self._lengths.setdefault(name, [])
            known.extend([0] * (self._doc - len(known)))
            known.append(length)
        for name, value in self._doc_columns.items():
            spec, values = self._columns[name]
            values.extend([spec.default] * (self._doc - len(values)))
            values.append(value)

    def cancel_doc(self) -> None:
        """Forget the document that was started; its number is used again."""

    def close(self) -> None:
        if not self.is_closed:
            for name, lengths in self._lengths.items():
                self._builder.add_lengths(name, np.array(lengths, np.uint32))
            for name, (spec, values) in self._columns.items():
                self._builder.add_column(name, spec, values)
        self.is_closed = True


class ColumnarFieldWriter(base.FieldWriter):  # type: ignore[misc]
    """Gathers sorted postings term by term and hands them on in arrays."""

    def __init__(self, builder: SegmentBuilder, segment: ColumnarSegment) -> None:
        self._builder = builder
        self._segment = segment
        self._complete = False
        self._spec = FieldSpec()
        self._field = ""
        self._format: Any = None
        self.is_closed = False
        self._clear()

    def _clear(self) -> None:
        self._terms: list[bytes] = []
        self._dfs: list[int] = []
        self._docs: list[int] = []
        self._weights: list[float] = []
        self._freqs: list[int] = []
        self._positions: list[list[int]] = []

    def add_postings(self, schema: Any, lengths: Any, items: Iterable[Any]) -> None:
        # What comes for the derived field is another segment's (from a merge): it is always derived anew.
        derived = self._builder.derived
        super().add_postings(schema, None, (item for item in items if item[0] != derived))
        self._complete = True

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        self._spec = field_spec(fieldname, fieldobj)
        self._builder.declare(fieldname, self._spec)
        self._field = fieldname
        self._format = fieldobj.format

    def start_term(self, text: bytes) -> None:
        self._terms.append(text)
        self._dfs.append(len(self._docs))

    def add(self, docnum: int, weight: float, vbytes: bytes, length: int | None) -> None:
        if len(self._docs) > self._dfs[-1] and self._docs[-1] == docnum:
            # Whoosh's pool may hold a posting twice (words of a spelling field): once is enough.
            return
        self._docs.append(docnum)
        self._weights.append(weight)
        if self._spec.positions:
            positions = self._format.decode_positions(vbytes)
            self._positions.append(positions)
            self._freqs.append(len(positions))
        else:
            self._freqs.append(int.from_bytes(vbytes, "big") if vbytes else 1)

    def finish_term(self) -> None:
        if len(self._docs) >= FLUSH:
            self._flush()

    def finish_field(self) -> None:
        self._flush()

    def _flush(self) -> None:
        if self._terms:
            positions = None
            if self._spec.positions:
                positions = np.fromiter(chain.from_iterable(self._positions), np.uint32, sum(self._freqs))
            self._builder.add_terms(
                self._field,
                self._terms,
                np.diff(np.array([*self._dfs, len(self._docs)], np.int64)),
                np.array(self._docs, np.int32),
                np.array(self._freqs, np.uint32),
                positions,
                np.array(self._weights, np.float32),
            )
        self._clear()

    def close(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        if not self._complete:
            # Whoosh closes its writers without postings when it cancels.
            self._builder.abort()
            return
        done = self._builder.finish()
        self._segment.fill(done.fields, done.averages, done.doc_count_all())
