"""A case study that is read from the index when it is looked at.

A list of results shows the heads of ten records and never their bodies; a program that wants ids and
counts looks at none. Decoding costs more than finding: 15 µs for a head, 30 for a body.
"""

from __future__ import annotations

from typing import Any

from corpus.model import FIELDS, LIST_FIELDS, CaseStudy
from index.codec import SegmentArrays
from index.documents import HEAD_FIELDS

_HEAD = tuple((name, name in LIST_FIELDS) for name in HEAD_FIELDS)
"""The fields of a stored head, in order, and which of them hold several values."""


class StoredCaseStudy(CaseStudy):
    """A `CaseStudy` in every respect, whose fields are read at first sight: the body for itself, all others together.

    Python asks `__getattr__` only for what is not set yet, so a field costs nothing more once it was read. The
    files of the segment stay mapped for as long as the record is held. Safe to share between threads: whoever reads the
    same field twice sets the same value.
    """

    __slots__ = ("_doc", "_segment")

    @classmethod
    def of(cls, segment: SegmentArrays, doc: int, id: str) -> StoredCaseStudy:
        """The record of a document."""
        made = object.__new__(cls)
        set_field = object.__setattr__
        set_field(made, "_segment", segment)
        set_field(made, "_doc", doc)
        set_field(made, "id", id)
        return made

    def __getattr__(self, name: str) -> Any:
        if name == "body":
            body = self._segment.stored_packed(self._doc)["record_body"]
            object.__setattr__(self, "body", body)
            return body
        if name not in FIELDS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        # What `index.documents.head_values` says, without a dictionary on the way.
        set_field = object.__setattr__
        for (field, several), value in zip(_HEAD, self._segment.stored_head(self._doc)["record"], strict=True):
            set_field(self, field, tuple(value) if several else value)
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CaseStudy):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in FIELDS)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in FIELDS))

    def __reduce__(self) -> Any:
        return CaseStudy.from_dict, (self.to_dict(),)
