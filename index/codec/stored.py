"""Stored documents: JSON, in two parts.

The head holds the stored fields that a page of results shows, as plain JSON;
the packed part holds the long ones (`CodecSettings.packed`), compressed by
zlib, each document by itself. Measured on the 550 case studies of the starter
corpus (1,860 bytes each): zlib alone halves them (0.50) and costs 9 µs a
document to undo; blocks of 4 documents reach 0.41 but cost 28 µs, and a preset
dictionary of 4 KiB reaches 0.45 for 11 µs, which is not worth its own section.
Parsing the JSON costs 6 µs a document, most of it for the body: ten heads are
read in about 30 µs, ten whole records in about 150.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.codec.sections import Section, SectionFile, damaged

if TYPE_CHECKING:
    from index.codec.section_writer import SectionFileWriter

LEVEL: Final = 6
"""zlib's level: 1 saves 15 µs a document when writing and costs 3 % more bytes."""

BATCH: Final = 1_024
"""Documents that are appended to the file's sections at a time."""

StoredParts = tuple[bytes, bytes]
"""The head as JSON and the packed part as compressed JSON (empty if there is nothing to pack)."""


class Joined(NamedTuple):
    """One part of many documents: the bytes (uint8), one document's after another's, and how many each has."""

    data: NDArray[np.uint8]
    sizes: NDArray[np.uint32]


def encode_stored(fields: Mapping[str, Any], packed: Sequence[str]) -> StoredParts:
    """Turn the stored fields of a document into what is written.

    Raises `TypeError` when a value is none that JSON gives back unchanged.
    """
    head: dict[str, Any] = {}
    long: dict[str, Any] = {}
    for name in sorted(fields):
        value = fields[name]
        if not _plain(value):
            raise TypeError(f"stored field {name!r} holds a {type(value).__name__}, which JSON cannot give back")
        (long if name in packed else head)[name] = value
    return _json(head), pack(_json(long)) if long else b""


def pack(text: bytes) -> bytes:
    """The packed part of a document whose JSON this is."""
    return zlib.compress(text, LEVEL)


def _plain(value: object) -> bool:
    """Whether JSON gives the value back as it is."""
    match value:
        case None | bool() | int() | float() | str():
            return type(value) in (type(None), bool, int, float, str)
        case list():
            return all(map(_plain, value))
        case dict():
            return all(type(key) is str and _plain(item) for key, item in value.items())
        case _:
            return False


def _json(value: object) -> bytes:
    return json_bytes(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def json_bytes(text: str) -> bytes:
    """A JSON text in UTF-8; lone surrogates, which a str may hold, survive as escapes."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(json.loads(text), separators=(",", ":")).encode()


class StoredDocuments:
    """Reads the stored documents of one segment."""

    def __init__(self, file: SectionFile, doc_count: int) -> None:
        self._file = file
        self._heads = file["stored.heads"]
        self._head_starts = file["stored.head_starts"]
        self._packed = file["stored.packed"]
        self._packed_starts = file["stored.packed_starts"]
        if self._head_starts.count != doc_count + 1 or self._packed_starts.count != doc_count + 1:
            raise damaged(file.path, "the sizes of its stored documents disagree")

    def head_sections(self) -> tuple[Section, Section]:
        """(the heads one after another, where each starts), for loops that read many at once."""
        return self._heads, self._head_starts

    def head_bytes(self, doc: int) -> bytes:
        """The JSON object of a document's stored fields without the packed ones."""
        return self._heads.bytes(*self._head_starts.pair(doc))

    def parts(self, doc: int) -> StoredParts:
        """Both parts as they are stored."""
        return self.head_bytes(doc), self._packed.bytes(*self._packed_starts.pair(doc))

    def record_bytes(self, doc: int) -> bytes:
        """The JSON object of all stored fields of a document."""
        head, packed = self.parts(doc)
        if not packed:
            return head
        long = self._unpack(packed)
        return long if head == b"{}" else head[:-1] + b"," + long[1:]

    def head(self, doc: int) -> dict[str, Any]:
        """The stored fields of a document without the packed ones."""
        value: dict[str, Any] = json.loads(self.head_bytes(doc))
        return value

    def packed(self, doc: int) -> dict[str, Any]:
        """The packed stored fields of a document alone."""
        packed = self._packed.bytes(*self._packed_starts.pair(doc))
        value: dict[str, Any] = json.loads(self._unpack(packed)) if packed else {}
        return value

    def record(self, doc: int) -> dict[str, Any]:
        """All stored fields of a document."""
        value: dict[str, Any] = json.loads(self.record_bytes(doc))
        return value

    def _unpack(self, packed: bytes) -> bytes:
        try:
            return zlib.decompress(packed)
        except zlib.error as error:
            raise damaged(self._file.path, "a stored document cannot be decompressed") from error


class StoredWriter:
    """Appends stored documents, in the order of their numbers."""

    def __init__(self, file: SectionFileWriter) -> None:
        self._file = file
        self._ends = {"heads": 0, "packed": 0}
        self.count = 0
        for part in self._ends:
            file.create(f"stored.{part}", np.uint8)
        for name in ("stored.head_starts", "stored.packed_starts"):
            file.append(name, np.zeros(1, np.uint64), narrow=True)

    def extend(self, documents: Iterable[StoredParts]) -> None:
        """Append documents; any number of them, in bounded memory."""
        documents = iter(documents)
        while some := list(islice(documents, BATCH)):
            self.extend_joined(_joined([head for head, _ in some]), _joined([packed for _, packed in some]))

    def extend_joined(self, heads: Joined, packed: Joined) -> None:
        """Append documents whose parts lie side by side already."""
        self._append("heads", "stored.head_starts", heads)
        self._append("packed", "stored.packed_starts", packed)
        self.count += len(heads.sizes)

    def _append(self, part: str, starts: str, joined: Joined) -> None:
        ends = np.cumsum(joined.sizes, dtype=np.int64) + self._ends[part]
        self._file.append(f"stored.{part}", joined.data)
        self._file.append(starts, ends.astype(np.uint64), narrow=True)
        self._ends[part] += len(joined.data)


def _joined(items: Sequence[bytes]) -> Joined:
    return Joined(np.frombuffer(b"".join(items), np.uint8), np.fromiter(map(len, items), np.uint32, len(items)))
