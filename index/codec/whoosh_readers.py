"""What Whoosh reads a segment through: terms and documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.columns import ColumnReader
from whoosh.reading import TermInfo, TermNotFound

from index.codec.columns import Column
from index.codec.matcher import ColumnarMatcher
from index.codec.postings import IMPACT_SCALE, FieldPostings
from index.codec.segment import SegmentArrays
from index.codec.whoosh_segment import ColumnarSegment

Term = tuple[str, bytes]


class ColumnarTermInfo(TermInfo):  # type: ignore[misc]
    """A term's statistics; those that need its postings are worked out when they are asked for."""

    def __init__(self, field: FieldPostings, ordinal: int) -> None:
        docs = field.docs(ordinal)
        # Whoosh's reader of several segments shifts the first and last document in place.
        super().__init__(weight=field.cf(ordinal), df=len(docs), minid=int(docs[0]), maxid=int(docs[-1]))
        self._field = field
        self._ordinal = ordinal

    def _lengths(self) -> Any:
        lengths = self._field.lengths()[self._field.docs(self._ordinal)]
        return lengths[lengths > 0]

    def min_length(self) -> int:
        lengths = self._lengths()
        return int(lengths.min()) if len(lengths) else 0

    def max_length(self) -> int:
        return int(self._lengths().max(initial=0))

    def max_weight(self) -> float:
        largest = float(self._field.weights(self._ordinal).max())
        return largest / IMPACT_SCALE if self._field.has_impacts else largest


class ColumnarCursor(base.FieldCursor):  # type: ignore[misc]
    """Walks over the terms of a field, in Whoosh's words for it."""

    def __init__(self, field: FieldPostings, fieldobj: Any) -> None:
        self._field = field
        self._fieldobj = fieldobj
        self._at = 0

    def first(self) -> Any:
        self._at = 0
        return self.text()

    def find(self, term: str | bytes) -> Any:
        self._at = self._field.table.lower_bound(term if isinstance(term, bytes) else self._fieldobj.to_bytes(term))
        return self.text()

    def next(self) -> Any:
        self._at += 1
        return self.text()

    def text(self) -> Any:
        return self._fieldobj.from_bytes(self._field.term(self._at)) if self.is_valid() else None

    def term(self) -> Any:
        return self.text()

    def term_info(self) -> ColumnarTermInfo | None:
        return ColumnarTermInfo(self._field, self._at) if self.is_valid() else None

    def is_valid(self) -> bool:
        return self._at < self._field.term_count


class ColumnarTermsReader(base.TermsReader):  # type: ignore[misc]
    """The terms of all fields of a segment, in the order of field names."""

    def __init__(self, arrays: SegmentArrays) -> None:
        self.arrays = arrays
        fields = ((name, arrays.field(name)) for name in arrays.field_names)
        self._fields = {name: field for name, field in fields if field is not None and field.term_count}

    def _find(self, fieldname: str, text: bytes) -> tuple[FieldPostings, int]:
        field = self._fields.get(fieldname)
        ordinal = field.find(text) if field is not None else -1
        if field is None or ordinal < 0:
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        return field, ordinal

    def __contains__(self, term: Term) -> bool:
        field = self._fields.get(term[0])
        return field is not None and field.find(term[1]) >= 0

    def indexed_field_names(self) -> Iterable[str]:
        return self._fields.keys()

    def cursor(self, fieldname: str, fieldobj: Any) -> base.FieldCursor:
        field = self._fields.get(fieldname)
        return ColumnarCursor(field, fieldobj) if field is not None else base.EmptyCursor()

    def terms(self) -> Iterator[Term]:
        for name, field in self._fields.items():
            for text in field.terms():
                yield name, text

    def _from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, FieldPostings, int]]:
        # Whoosh's readers go on into the fields behind; callers stop where they wish.
        for name, field in self._fields.items():
            if name >= fieldname:
                start = field.table.lower_bound(prefix) if name == fieldname else 0
                for ordinal in range(start, field.term_count):
                    yield name, field, ordinal

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[Term]:
        for name, field in self._fields.items():
            if name >= fieldname:
                for text in field.terms(field.table.lower_bound(prefix) if name == fieldname else 0):
                    yield name, text

    def items(self) -> Iterator[tuple[Term, TermInfo]]:
        return self.items_from("", b"")

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[Term, TermInfo]]:
        for name, field, ordinal in self._from(fieldname, prefix):
            yield (name, field.term(ordinal)), ColumnarTermInfo(field, ordinal)

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        return ColumnarTermInfo(*self._find(fieldname, text))

    def frequency(self, fieldname: str, text: bytes) -> float:
        if (fieldname, text) not in self:
            return 0
        field, ordinal = self._find(fieldname, text)
        return field.cf(ordinal)

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        if (fieldname, text) not in self:
            return 0
        field, ordinal = self._find(fieldname, text)
        return field.df(ordinal)

    def matcher(self, fieldname: str, text: bytes, format_: Any, scorer: Any = None) -> ColumnarMatcher:
        field, ordinal = self._find(fieldname, text)
        return ColumnarMatcher(field, ordinal, format_, (fieldname, text), scorer)

    def close(self) -> None:
        self._fields = {}


class ColumnarColumnReader(ColumnReader):  # type: ignore[misc]
    """A column for Whoosh's sorting and faceting."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._reverse = False

    def __len__(self) -> int:
        return self._column.doc_count

    def __getitem__(self, docnum: int) -> Any:
        return self._column.value(docnum)

    def __iter__(self) -> Iterator[Any]:
        return (self._column.value(doc) for doc in range(len(self)))

    def load(self) -> list[Any]:
        return list(self)

    def sort_key(self, docnum: int) -> Any:
        key = self._column.value(docnum)
        if self._column.spec.kind == "bits":
            return int(key ^ self._reverse)
        return 0 - key if self._reverse else key

    def set_reverse(self) -> None:
        if self._column.spec.kind not in ("numbers", "bits"):
            raise NotImplementedError("byte columns cannot be reversed; Whoosh then sorts by the term list")
        self._reverse = True


class ColumnarPerDocumentReader(base.PerDocumentReader):  # type: ignore[misc]
    """Documents, lengths, stored fields and columns of a segment."""

    def __init__(self, segment: ColumnarSegment, arrays: SegmentArrays) -> None:
        self.arrays = arrays
        self._segment = segment

    def doc_count(self) -> int:
        return int(self._segment.doc_count())

    def doc_count_all(self) -> int:
        return self.arrays.doc_count_all

    def has_deletions(self) -> bool:
        return bool(self._segment.has_deletions())

    def is_deleted(self, docnum: int) -> bool:
        return self._segment.is_deleted(docnum)

    def deleted_docs(self) -> Iterable[int]:
        return self._segment.deleted_docs()

    def supports_columns(self) -> bool:
        return True

    def has_column(self, fieldname: str) -> bool:
        return self.arrays.column(fieldname) is not None

    def list_columns(self) -> list[str]:
        return list(self.arrays.columns())

    def column_reader(self, fieldname: str, column: Any) -> ColumnarColumnReader:
        found = self.arrays.column(fieldname)
        if found is None:
            raise KeyError(f"no column for field {fieldname!r}")
        return ColumnarColumnReader(found)

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        field = self.arrays.field(fieldname)
        return (field.length(docnum) if field is not None else 0) or default

    def doc_field_length_reader(self, fieldname: str, default: int = 0) -> Callable[[int], int]:
        """`doc_field_length` for one field (asked for by whoosh3's writers)."""
        field = self.arrays.field(fieldname)
        lengths = field.lengths() if field is not None else np.zeros(self.doc_count_all(), np.uint8)
        return lambda docnum: int(lengths[docnum]) or default

    def field_length(self, fieldname: str) -> int:
        field = self.arrays.field(fieldname)
        return int(field.field_length) if field is not None else 0

    def min_field_length(self, fieldname: str) -> int:
        field = self.arrays.field(fieldname)
        return field.min_length if field is not None else 0

    def max_field_length(self, fieldname: str) -> int:
        field = self.arrays.field(fieldname)
        return field.max_length if field is not None else 0

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        return self.arrays.stored(docnum)

    def close(self) -> None:
        """Nothing to do: the files are let go with the last reader."""
