"""A case study that is read from the index when it is looked at.

A list of results shows the heads of ten records and never their bodies; a program that wants ids and
counts looks at none. Decoding costs more than finding: 3 µs for a head (6 without the compiled loops), 30 for a body.
The compiled loops read all heads of a page at once, which costs less than making ten records that are read later.
"""

from __future__ import annotations

from json import JSONDecoder
from typing import Any

from corpus.model import FIELDS, CaseStudy
from index.codec import SegmentArrays
from index.heads import HEAD_FIELDS, head_values
from search.compiled import kernel

_decode = JSONDecoder().raw_decode
"""What json.loads does to a text, at half the cost for texts as short as a head."""


_new = object.__new__
_set_field = object.__setattr__
"""A record lets nobody change it, those who make it aside."""


class StoredRecords:
    """The stored case studies of one segment. Safe to share between threads."""

    def __init__(self, segment: SegmentArrays) -> None:
        self._segment = segment
        self._heads, self._starts = segment.stored_heads()
        self._opened = kernel and kernel.stored(self._heads.parts(), self._starts.parts(), StoredCaseStudy, HEAD_FIELDS)

    def records(self, docs: list[int]) -> list[StoredCaseStudy]:
        """The records of some documents."""
        if self._opened is None:
            return list(map(self._unread, docs))
        made: list[StoredCaseStudy] = kernel.records(self._opened, self, docs)
        return made

    def _unread(self, doc: int) -> StoredCaseStudy:
        """A record that is read when it is looked at."""
        made = _new(StoredCaseStudy)
        _set_field(made, "_source", self)
        _set_field(made, "_doc", doc)
        _set_field(made, "id", self._segment.id_of(doc))
        return made

    def fill(self, record: StoredCaseStudy, doc: int) -> None:
        """Set every field of a record but the body."""
        head = self._heads.slice(*self._starts.pair(doc))
        if kernel is not None and kernel.head(record, HEAD_FIELDS, head):
            return
        for name, value in head_values(_decode(head.tobytes().decode())[0]["record"]).items():
            _set_field(record, name, value)

    def body(self, doc: int) -> str:
        """The body of a document's record."""
        body: str = self._segment.stored_packed(doc)["record_body"]
        return body


class StoredCaseStudy(CaseStudy):
    """A `CaseStudy` in every respect, whose fields are read at first sight: the body for itself, all others together.

    Python asks `__getattr__` only for what is not set yet, so a field costs nothing more once it was read. The
    files of the segment stay mapped for as long as the record is held. Safe to share between threads: whoever reads the
    same field twice sets the same value.
    """

    __slots__ = ("_doc", "_source")

    def __getattr__(self, name: str) -> Any:
        if name == "body":
            body = self._source.body(self._doc)
            _set_field(self, "body", body)
            return body
        if name not in FIELDS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._source.fill(self, self._doc)
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CaseStudy):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in FIELDS)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in FIELDS))

    def __reduce__(self) -> Any:
        return CaseStudy.from_dict, (self.to_dict(),)
