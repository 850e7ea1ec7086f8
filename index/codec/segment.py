"""A segment as Whoosh's table of contents keeps it, and its files opened as arrays.

Whoosh's own side of a segment is in `index.codec.whoosh_segment`: reading needs none of Whoosh.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from index.codec.columns import Column, open_columns
from index.codec.facets import FacetColumn
from index.codec.files import documents_path, field_path
from index.codec.form_postings import FormPostings
from index.codec.postings import FieldPostings
from index.codec.sections import Section, SectionFile, damaged
from index.codec.settings import CodecSettings
from index.codec.stored import StoredDocuments, StoredParts
from index.remember import remembered

if TYPE_CHECKING:
    pass


REMEMBERED: Final = 20_000
"""Ids that are kept at hand: the documents that answers name are few beside all."""


def __getattr__(name: str) -> Any:
    # Tables of contents know Whoosh's side of a segment by this module.
    if name != "ColumnarSegment":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from index.codec.whoosh_segment import ColumnarSegment

    return ColumnarSegment


class Segment:
    """One segment: its name, what it holds, and which documents are deleted.

    Whoosh pickles it into the table of contents; it holds plain values only.
    `fields`: names of the fields that have postings files. `averages`: the
    mean lengths that the derived field was computed with. `changes` grows with
    every deletion or return of a document.
    """

    def __init__(self, indexname: str, settings: CodecSettings, segid: str) -> None:
        self.indexname = indexname
        self.segid = segid
        self.compound = False
        self.fields: tuple[str, ...] = ()
        self.averages: dict[str, float] = {}
        self._settings = settings.to_dict()
        self._doc_count = 0
        self._deleted: set[int] = set()
        self.changes = 0
        self._opened: weakref.ref[SegmentArrays] | None = None

    @classmethod
    def of(
        cls,
        name: str,
        settings: CodecSettings,
        fields: Sequence[str] = (),
        averages: Mapping[str, float] | None = None,
        doc_count: int = 0,
    ) -> Self:
        """The segment with this whole name, "<index name>_<id>"."""
        indexname, _, segid = name.rpartition("_")
        segment = cls(indexname, settings, segid)
        segment.fill(fields, averages or {}, doc_count)
        return segment

    def fill(self, fields: Sequence[str], averages: Mapping[str, float], doc_count: int) -> None:
        """Note what was written."""
        self.fields = tuple(fields)
        self.averages = dict(averages)
        self._doc_count = doc_count

    def segment_id(self) -> str:
        """The whole name, with which the names of its files begin."""
        return f"{self.indexname}_{self.segid}"

    @property
    def settings(self) -> CodecSettings:
        """The settings that the segment was written with."""
        return CodecSettings.from_dict(self._settings)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}

    def arrays(self, folder: Path) -> SegmentArrays:
        """The opened files; the same object for everyone who holds this segment at one time."""
        arrays = self._opened() if self._opened is not None else None
        if arrays is None or arrays.folder != folder:
            arrays = SegmentArrays(folder, self)
            self._opened = weakref.ref(arrays)
        return arrays

    def forget(self, arrays: SegmentArrays) -> None:
        """Open the files anew when they are next asked for, if these are the arrays that are shared now."""
        if self._opened is not None and self._opened() is arrays:
            self._opened = None

    def set_doc_count(self, doccount: int) -> None:
        self._doc_count = doccount

    def doc_count_all(self) -> int:
        return self._doc_count

    def doc_count(self) -> int:
        return self._doc_count - len(self._deleted)

    def has_deletions(self) -> bool:
        return bool(self._deleted)

    def deleted_count(self) -> int:
        return len(self._deleted)

    def deleted_docs(self) -> Iterable[int]:
        return iter(sorted(self._deleted))

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        if not 0 <= docnum < self._doc_count:
            raise IndexError(f"no document {docnum} in a segment of {self._doc_count}")
        self.changes += 1
        if delete:
            self._deleted.add(docnum)
        else:
            self._deleted.discard(docnum)

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self._deleted


class SegmentArrays:
    """The files of one open segment as arrays. Safe to share between threads.

    Opening checks that every file is there, whole and of this format.
    Raises `IndexDamaged` or `IndexIncompatible`.
    """

    def __init__(self, folder: Path, segment: Segment) -> None:
        self.folder = folder
        self.name: str = segment.segment_id()
        self.segment = segment
        self.doc_count_all: int = segment.doc_count_all()
        self.field_names = segment.fields
        self._file = SectionFile.open(documents_path(folder, self.name))
        meta = self._file.meta()
        if meta.get("kind") != "documents" or meta.get("documents") != self.doc_count_all:
            raise damaged(self._file.path, f"it does not hold the {self.doc_count_all} documents of its segment")
        self._stored = StoredDocuments(self._file, self.doc_count_all)
        self._columns = open_columns(self._file, meta, self.doc_count_all)
        self._fields = self._open_fields(segment.fields)
        self._ids = self._fields.get(segment.settings.id_field)
        self._names: dict[int, str] = {}
        self._ranks: NDArray[np.int32] | None = None
        self._live: tuple[int, NDArray[np.bool_] | None] = (-1, None)

    def _open_fields(self, names: Sequence[str]) -> dict[str, FieldPostings]:
        files = {name: SectionFile.open(field_path(self.folder, self.name, name)) for name in names}
        stems_of = {name: str(file.meta().get("stems", "")) for name, file in files.items()}
        fields: dict[str, FieldPostings] = {}
        # Words come after the stems that carry their postings.
        for name in sorted(names, key=lambda name: bool(stems_of[name])):
            file, stems = files[name], stems_of[name]
            if stems and stems not in fields:
                raise damaged(file.path, f"the field {stems!r}, which it is part of, is missing")
            fields[name] = FormPostings(file, name, fields[stems]) if stems else FieldPostings(file, name)
            if fields[name].doc_count != self.doc_count_all:
                raise damaged(file.path, f"it does not fit a segment of {self.doc_count_all} documents")
        return {name: fields[name] for name in names}

    @property
    def settings(self) -> CodecSettings:
        """The settings that the segment was written with."""
        return self.segment.settings

    @property
    def averages(self) -> Mapping[str, float]:
        """The mean lengths that the derived field was computed with."""
        return self.segment.averages

    def field(self, name: str) -> FieldPostings | None:
        """The postings of a field; None when no document has it."""
        return self._fields.get(name)

    def facet(self, name: str) -> FacetColumn | None:
        """The facet column of a field; None when it has none."""
        field = self._fields.get(name)
        return field.facet if field is not None else None

    def column(self, name: str) -> Column | None:
        """The column of a sortable field; None when no document has a value."""
        return self._columns.get(name)

    def columns(self) -> Mapping[str, Column]:
        """All columns by name."""
        return self._columns

    # Documents

    def id_of(self, doc: int) -> str:
        """The id of a document; "" when it has none."""
        known = self._names.get(doc)
        return remembered(self._names, doc, self._id_of(doc), REMEMBERED) if known is None else known

    def _id_of(self, doc: int) -> str:
        if self._ids is None:
            return ""
        ordinal = int(self.id_ranks()[doc])
        return self._ids.term(ordinal).decode() if ordinal < self._ids.term_count else ""

    def doc_of(self, id: str) -> int:
        """The document with this id that is not deleted, or -1."""
        if self._ids is None:
            return -1
        ordinal = self._ids.find(id.encode())
        if ordinal < 0:
            return -1
        live = [doc for doc in self._ids.docs(ordinal).tolist() if not self.segment.is_deleted(doc)]
        return live[-1] if live else -1

    def id_ranks(self) -> NDArray[np.int32]:
        """The rank of each document's id in byte order, so that ties by id are settled on arrays."""
        if self._ranks is None:
            ranks = self._ids.ranks() if self._ids is not None else None
            self._ranks = np.zeros(self.doc_count_all, np.int32) if ranks is None else ranks
        return self._ranks

    def stored(self, doc: int) -> dict[str, Any]:
        """All stored fields of a document."""
        return self._stored.record(doc)

    def stored_bytes(self, doc: int) -> bytes:
        """The same as a JSON object."""
        return self._stored.record_bytes(doc)

    def stored_heads(self) -> tuple[Section, Section]:
        """(the stored heads one after another, where each starts), for loops that read many at once."""
        return self._stored.head_sections()

    def stored_head(self, doc: int) -> dict[str, Any]:
        """The stored fields of a document without the long ones, which costs a third of the time."""
        return self._stored.head(doc)

    def stored_packed(self, doc: int) -> dict[str, Any]:
        """The long stored fields of a document alone."""
        return self._stored.packed(doc)

    def stored_parts(self, doc: int) -> StoredParts:
        """The stored fields as they lie in the file, for copying into another segment."""
        return self._stored.parts(doc)

    def live(self) -> NDArray[np.bool_] | None:
        """Per document: it is not deleted. None when none is."""
        changes = self.segment.changes
        if self._live[0] != changes:
            mask = None
            if self.segment.has_deletions():
                mask = np.ones(self.doc_count_all, np.bool_)
                mask[list(self.segment.deleted_docs())] = False
                mask.flags.writeable = False
            self._live = (changes, mask)
        return self._live[1]

    # Files

    def files(self) -> Iterator[SectionFile]:
        """Every file of the segment."""
        yield self._file
        for field in self._fields.values():
            yield field.file

    def verify(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Read and check every byte. `progress` is told bytes done and in all. Raises `IndexDamaged`."""
        total = sum(file.size for file in self.files())
        self._file.verify()
        done = self._file.size
        for field in self._fields.values():
            if progress is not None:
                progress(done, total)
            field.verify()
            done += field.file.size
        if progress is not None:
            progress(done, total)

    def close(self) -> None:
        """Share these arrays with nobody from now on; the files are let go with the last array that is held."""
        self.segment.forget(self)
