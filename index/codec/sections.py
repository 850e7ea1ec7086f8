"""The file container: named arrays in one memory-mapped file that notices damage.

A file is a header, the arrays ("sections") one after another, a table of
checksums for each of them, a directory and a footer; docs/index-format.md has
every byte. Opening reads the header, the directory and the footer only, so it
costs microseconds whatever the size. Each block of 64 KiB is checked the first
time it is touched in this process: no flipped bit can change an answer.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexDamaged, IndexIncompatible

FORMAT_VERSION: Final = 2
"""Raised whenever a reader of the older version would misread a file."""

BLOCK: Final = 65_536
"""Bytes under one checksum: 11 µs to check (zlib's crc32 makes 5.8 GB/s), 4 bytes a block to store."""

ALIGNMENT: Final = 64
"""Sections start on cache lines."""

HEADER_MAGIC: Final = b"CASEFSEG"
FOOTER_MAGIC: Final = b"GESFESAC"
HEADER: Final = struct.Struct("<8sII44xI")
ENTRY: Final = struct.Struct("<32s4sIQQQ")
FOOTER: Final = struct.Struct("<QQIIII8s")

DTYPES: Final = {code.encode(): np.dtype("<" + code) for code in ("u1", "u2", "u4", "u8", "i4", "i8", "f4", "f8")}

MEND: Final = 'Run "casefinder index build" to build the index again.'

Array = NDArray[Any]

if sys.byteorder != "little":  # pragma: no cover - every machine that numpy wheels exist for is little-endian
    raise ImportError("Casefinder's index files are little-endian and this machine is not.")


class SegmentFileMissing(IndexDamaged, FileNotFoundError):
    """A file of a segment does not exist.

    Also a `FileNotFoundError`, because Whoosh reads the table of contents
    again when a writer removed a segment just before it was opened.
    """


def damaged(path: Path, what: str) -> IndexDamaged:
    """The error for a file whose bytes cannot be trusted."""
    return IndexDamaged(f"{path.name} in {path.parent} is damaged: {what}. {MEND}")


class Section:
    """One array of a file; every part is checked before it is handed out.

    `count` items of `dtype`. The arrays are read-only views of the file's
    memory map: they cost no copy and stay valid for as long as they are held.
    """

    __slots__ = ("_array", "_bytes", "_checked", "_crcs", "_path", "_shift", "count", "dtype", "name")

    def __init__(self, path: Path, name: str, array: Array, raw: NDArray[np.uint8], crcs: NDArray[np.uint32]) -> None:
        self.name = name
        self.dtype = array.dtype
        self.count = len(array)
        self._path = path
        self._array = array
        self._bytes = raw
        self._crcs = crcs
        # Item number >> shift is the block in which the item lies: all sizes are powers of two.
        self._shift = (BLOCK // array.dtype.itemsize).bit_length() - 1
        self._checked = bytearray(len(crcs))

    def __len__(self) -> int:
        return self.count

    def slice(self, lo: int, hi: int) -> Array:
        """Items lo to hi (exclusive), 0 <= lo <= hi <= count. Raises `IndexDamaged`."""
        if hi > lo and self._checked.find(0, lo >> self._shift, ((hi - 1) >> self._shift) + 1) >= 0:
            self._check(lo, hi)
        return self._array[lo:hi]

    def all(self) -> Array:
        """The whole array. Raises `IndexDamaged`."""
        return self.slice(0, self.count)

    def at(self, index: int) -> int:
        """One item of an integer section. Raises `IndexDamaged`."""
        return int(self.slice(index, index + 1)[0])

    def pair(self, index: int) -> tuple[int, int]:
        """An item of an integer section and the next: where something starts and ends. Raises `IndexDamaged`."""
        if self._checked.find(0, index >> self._shift, ((index + 1) >> self._shift) + 1) >= 0:
            self._check(index, index + 2)
        item = self._array.item
        return item(index), item(index + 1)

    def bytes(self, lo: int, hi: int) -> bytes:
        """Bytes lo to hi (exclusive) of a section of bytes. Raises `IndexDamaged`."""
        if hi > lo and self._checked.find(0, lo >> self._shift, ((hi - 1) >> self._shift) + 1) >= 0:
            self._check(lo, hi)
        return self._array.data[lo:hi].tobytes()

    def parts(self) -> tuple[Array, bytearray, int]:
        """(array, which of its blocks were checked, item number >> this is its block): for compiled loops.

        Nothing is checked: who takes an item looks first whether its block was.
        """
        return self._array, self._checked, self._shift

    def verify(self) -> None:
        """Check every block again, also those that were checked before."""
        self._checked = bytearray(len(self._crcs))
        self.all()

    def _check(self, lo: int, hi: int) -> None:
        if lo < 0 or hi > self.count:
            raise damaged(self._path, f"section {self.name!r} is asked for items {lo} to {hi} of {self.count}")
        checked = self._checked
        for block in range(lo >> self._shift, ((hi - 1) >> self._shift) + 1):
            if not checked[block]:
                data = self._bytes[block * BLOCK : (block + 1) * BLOCK]
                if zlib.crc32(data.data) != self._crcs[block]:
                    raise damaged(self._path, f"block {block} of section {self.name!r} fails its checksum")
                checked[block] = 1


class SectionFile:
    """An open file of sections."""

    def __init__(self, path: Path, data: mmap.mmap, sections: dict[str, Section], end: int) -> None:
        self.path = path
        self.sections = sections
        self._data = data
        self._end = end
        self._meta: dict[str, Any] | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> SectionFile:
        """Open and check header, footer, size and directory.

        Raises `SegmentFileMissing` (an `IndexDamaged`) when there is no such
        file, `IndexIncompatible` when it is of another format version,
        `IndexDamaged` when it is not whole.
        """
        path = Path(path)
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size < HEADER.size + FOOTER.size:
                    raise damaged(path, f"it has {size} bytes only")
                data = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        except FileNotFoundError as error:
            raise SegmentFileMissing(f"{path.name} is missing in {path.parent}. {MEND}") from error
        except OSError as error:
            raise IndexDamaged(f"{path.name} in {path.parent} cannot be read: {error.strerror}.") from error
        return cls(path, data, *_directory(path, data, size))

    def __contains__(self, name: str) -> bool:
        return name in self.sections

    def __getitem__(self, name: str) -> Section:
        """The section of this name; raises `IndexDamaged` when the file has none."""
        section = self.sections.get(name)
        if section is None:
            raise damaged(self.path, f"section {name!r} is missing")
        return section

    def meta(self) -> dict[str, Any]:
        """The section "meta" read as a JSON object, once: all who open a part of the file look at it."""
        if self._meta is None:
            self._meta = self._read_meta()
        return self._meta

    def _read_meta(self) -> dict[str, Any]:
        try:
            value = json.loads(self["meta"].all().tobytes())
        except ValueError as error:
            raise damaged(self.path, "section 'meta' is not JSON") from error
        if not isinstance(value, dict):
            raise damaged(self.path, "section 'meta' is not an object")
        return value

    def let_go(self) -> None:
        """Give back the memory of what was read; what is asked for again is read again, but not checked again."""
        let_go(self._data)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self._data)

    def verify(self) -> None:
        """Check every byte of the file; raises `IndexDamaged` at the first that is wrong."""
        for section in self.sections.values():
            section.verify()
        for lo, hi in self._gaps():
            if any(self._data[lo:hi]):
                raise damaged(self.path, f"bytes {lo} to {hi} are not zero")

    def _gaps(self) -> Iterator[tuple[int, int]]:
        """The stretches between sections, which hold zeros."""
        start = np.frombuffer(self._data, dtype=np.uint8).ctypes.data
        used = [(0, HEADER.size), (self._end, self.size)]
        for section in self.sections.values():
            for part in (section._bytes, section._crcs):
                if len(part):
                    lo = part.ctypes.data - start
                    used.append((lo, lo + part.nbytes))
        used.sort()
        for (_, hi), (lo, _) in pairwise(used):
            if lo > hi:
                yield hi, lo


def let_go(mapped: Any) -> None:
    """Let the system take back the pages of a memory map that were read, where it can be told so."""
    data = getattr(mapped, "_mmap", mapped)
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)


def _directory(path: Path, data: mmap.mmap, size: int) -> tuple[dict[str, Section], int]:
    magic, version, zero, crc = HEADER.unpack_from(data, 0)
    if magic != HEADER_MAGIC or zlib.crc32(data[: HEADER.size - 4]) != crc or zero:
        raise damaged(path, "its header is not that of an index file")
    if version != FORMAT_VERSION:
        raise IndexIncompatible(
            f"{path.name} in {path.parent} is of index format {version}, this program reads {FORMAT_VERSION}. {MEND}"
        )
    foot = size - FOOTER.size
    written, start, entries, directory_crc, zero, crc, magic = FOOTER.unpack_from(data, foot)
    if magic != FOOTER_MAGIC or zlib.crc32(data[foot : foot + FOOTER.size - 12]) != crc or zero:
        raise damaged(path, "it does not end as it should; it may be cut short")
    if written != size or start + entries * ENTRY.size != foot:
        raise damaged(path, f"it has {size} bytes of {written}")
    directory = data[start:foot]
    if zlib.crc32(directory) != directory_crc:
        raise damaged(path, "its directory fails its checksum")
    sections = {}
    for name, code, blocks, count, offset, crcs in ENTRY.iter_unpack(directory):
        dtype = DTYPES.get(code.rstrip(b"\0"))
        text = name.rstrip(b"\0").decode("ascii", "replace")
        if (
            dtype is None
            or offset % ALIGNMENT
            or crcs % ALIGNMENT
            or offset + count * dtype.itemsize > start
            or crcs + blocks * 4 > start
            or blocks != -(-count * dtype.itemsize // BLOCK)
        ):
            raise damaged(path, f"the directory's entry for {text!r} is absurd")
        sections[text] = Section(
            path,
            text,
            _view(data, dtype, count, offset),
            _view(data, DTYPES[b"u1"], count * dtype.itemsize, offset),
            _view(data, DTYPES[b"u4"], blocks, crcs),
        )
    return sections, start


def _view(data: mmap.mmap, dtype: np.dtype[Any], count: int, offset: int) -> Array:
    if count == 0:
        return np.empty(0, dtype)
    return np.frombuffer(data, dtype=dtype, count=count, offset=offset)
