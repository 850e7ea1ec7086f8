"""A segment as Whoosh handles it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from whoosh.codec import base

from index.codec.segment import Segment, SegmentArrays
from index.codec.settings import CodecSettings

if TYPE_CHECKING:
    from index.codec.whoosh_codec import ColumnarCodec


class ColumnarSegment(Segment, base.Segment):  # type: ignore[misc]
    """A `Segment` with what Whoosh's writers and readers ask of one."""

    # The name by which tables of contents know it, also those of before it had a module of its own.
    __module__ = "index.codec.segment"

    def __init__(self, indexname: str, settings: CodecSettings, segid: str | None = None) -> None:
        super().__init__(indexname, settings, segid or self._random_id())

    @classmethod
    def of_open(cls, arrays: SegmentArrays) -> ColumnarSegment:
        """The same segment for Whoosh, on the same open files."""
        segment = cls.__new__(cls)
        segment.__dict__.update(arrays.segment.__getstate__(), _opened=weakref.ref(arrays))
        return segment

    def codec(self, **_: object) -> ColumnarCodec:
        from index.codec.whoosh_codec import ColumnarCodec

        return ColumnarCodec(self.settings)

    def should_assemble(self) -> bool:
        # Whoosh may not copy the files into a compound file: they are mapped one by one.
        return False
