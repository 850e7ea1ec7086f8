"""The codec that Whoosh is given: `index.writer(codec=ColumnarCodec(settings))`.

Whoosh keeps the writer, the lock, the table of contents, merging and
deletions; reading needs no codec, since each segment names its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from whoosh.codec import base

from index.codec.builder import SegmentBuilder
from index.codec.merge import merge_segments
from index.codec.segment import SegmentArrays
from index.codec.settings import CodecSettings
from index.codec.whoosh_readers import ColumnarPerDocumentReader, ColumnarTermsReader
from index.codec.whoosh_segment import ColumnarSegment
from index.codec.whoosh_writers import ColumnarFieldWriter, ColumnarPerDocumentWriter


class ColumnarCodec(base.Codec):  # type: ignore[misc]
    """Segments of flat arrays in memory-mapped files.

    Whoosh's plain, buffered and asynchronous writers work with it, and its
    writer in several processes with `multisegment=True` (without, that writer
    wants to take unfinished segments apart, which these files cannot be).
    """

    length_stats = False
    """Whoosh need not give a length with every posting: the arrays have them."""

    def __init__(self, settings: CodecSettings | None = None) -> None:
        self.settings = settings or CodecSettings()
        self._builders: dict[str, SegmentBuilder] = {}

    def new_segment(self, storage: Any, indexname: str) -> ColumnarSegment:
        return ColumnarSegment(indexname, self.settings)

    def _builder(self, storage: Any, segment: ColumnarSegment) -> SegmentBuilder:
        """One builder for both writers of a segment."""
        name = segment.segment_id()
        builder = self._builders.pop(name, None)
        if builder is None:
            builder = SegmentBuilder(_folder(storage), name, self.settings, {})
            self._builders[name] = builder
        return builder

    def per_document_writer(self, storage: Any, segment: ColumnarSegment) -> ColumnarPerDocumentWriter:
        return ColumnarPerDocumentWriter(self._builder(storage, segment))

    def field_writer(self, storage: Any, segment: ColumnarSegment) -> ColumnarFieldWriter:
        return ColumnarFieldWriter(self._builder(storage, segment), segment)

    def terms_reader(self, storage: Any, segment: ColumnarSegment) -> ColumnarTermsReader:
        return ColumnarTermsReader(segment.arrays(_folder(storage)))

    def per_document_reader(self, storage: Any, segment: ColumnarSegment) -> ColumnarPerDocumentReader:
        return ColumnarPerDocumentReader(segment, segment.arrays(_folder(storage)))

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        raise NotImplementedError("columnar segments are written by fields, not by posting lists")

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        raise NotImplementedError("columnar segments are read by fields, not by posting lists")


def merge_all(writer: Any, segments: list[Any]) -> list[ColumnarSegment]:
    """A merge policy for Whoosh's `commit(mergetype=merge_all)`: all segments become one, on arrays.

    Deleted documents are left out. Documents that the same writer added stay
    a segment of their own, behind the merged one. Raises `TypeError` when a
    segment is of another codec.
    """
    folder = _folder(writer.storage)
    kept = [_columnar(segment) for segment in segments if segment.doc_count()]
    arrays = [segment.arrays(folder) for segment in kept]
    if len(arrays) < 2 and not any(each.live() is not None for each in arrays):
        return kept
    settings = writer.codec.settings
    builder = SegmentBuilder(folder, ColumnarSegment(writer.indexname, settings).segment_id(), settings, {})
    try:
        merge_segments(arrays, builder)
        return [builder.finish()]
    except BaseException:
        builder.abort()
        raise


def segment_arrays(reader: Any) -> list[SegmentArrays]:
    """The arrays of each segment of a Whoosh reader, in the order of their document numbers.

    Raises `TypeError` when a segment is of another codec.
    """
    found = []
    for leaf, _ in reader.leaf_readers():
        if leaf.doc_count_all() == 0 and leaf.segment() is None:
            continue  # Whoosh's reader of an index without segments
        found.append(_columnar(leaf.segment()).arrays(_folder(leaf.storage())))
    return found


def _columnar(segment: Any) -> ColumnarSegment:
    if not isinstance(segment, ColumnarSegment):
        raise TypeError(f"{segment!r} is not a columnar segment")
    return segment


def _folder(storage: Any) -> Path:
    folder = getattr(storage, "folder", None)
    if folder is None:
        raise TypeError(f"columnar segments need an index in a folder, not {type(storage).__name__}")
    return Path(folder)


def whoosh_reader(arrays: SegmentArrays, schema: Any) -> Any:
    """Whoosh's reader of one segment, on the files that are open already."""
    from whoosh.filedb.filestore import FileStorage
    from whoosh.reading import SegmentReader

    return SegmentReader(FileStorage(str(arrays.folder), readonly=True), schema, ColumnarSegment.of_open(arrays))
