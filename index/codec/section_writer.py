"""Writing a file of sections, in any interleaving and with bounded memory.

Each section gathers in memory up to `SPOOL` bytes, then in a temporary file
beside the target; `finish` puts them together under their checksums. One
section, the largest, can go straight into the target instead. The target's
name appears only when all of it is on the disk.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import StorageFailed
from index.codec.sections import (
    ALIGNMENT,
    BLOCK,
    DTYPES,
    ENTRY,
    FOOTER,
    FOOTER_MAGIC,
    FORMAT_VERSION,
    HEADER,
    HEADER_MAGIC,
)

SPOOL: Final = 1 << 20
"""Bytes of a section that are kept in memory: a segment has about 150 sections, most of them small."""

CHUNK: Final = 16 * BLOCK
"""Bytes that are narrowed, checked and written at a time."""

TEMPORARY: Final = ".part"

_UNSIGNED: Final = ((0xFF, "u1"), (0xFFFF, "u2"), (0xFFFF_FFFF, "u4"))


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the disk's refusals (full, read-only, gone) into `StorageFailed`."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(f"Cannot write {path.name} in {path.parent}: {error.strerror or error}.") from error


def sync_folder(folder: Path) -> None:
    """Make the names of new files in a folder durable. Raises `StorageFailed`."""
    with storage_errors(folder):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class _Checksums:
    """The checksum of each block of a section whose bytes stream by."""

    def __init__(self) -> None:
        self._crcs: list[int] = []
        self._rest = b""

    def feed(self, data: bytes) -> None:
        # A chunk may end inside a block: what is left over goes in front of the next.
        data = self._rest + data if self._rest else data
        whole = len(data) - len(data) % BLOCK
        view = memoryview(data)
        self._crcs += [zlib.crc32(view[at : at + BLOCK]) for at in range(0, whole, BLOCK)]
        self._rest = data[whole:]

    def finish(self) -> list[int]:
        if self._rest:
            self._crcs.append(zlib.crc32(self._rest))
            self._rest = b""
        return self._crcs


class _Spool:
    """One section while it grows."""

    def __init__(self, path: Path, dtype: np.dtype[Any], narrow: bool) -> None:
        self.path = path
        self.dtype = dtype
        self.narrow = narrow
        self.count = 0
        self.largest = 0
        self._parts: list[bytes] = []
        self._held = 0
        self._file: IO[bytes] | None = None
        # How a narrowed section is kept until its type is known: bytes of each type, one after another.
        self._kept: list[list[Any]] = []  # [type, bytes]

    def append(self, values: NDArray[Any]) -> None:
        if not len(values):
            return
        dtype = self.dtype
        if self.narrow:
            self.largest = max(self.largest, int(values.max()))
            dtype = self.final_dtype()
        data = np.ascontiguousarray(values, dtype=dtype).tobytes()
        if not self._kept or self._kept[-1][0] != dtype:
            self._kept.append([dtype, 0])
        self._kept[-1][1] += len(data)
        self.count += len(values)
        self._parts.append(data)
        self._held += len(data)
        if self._held > SPOOL:
            self.flush()

    def flush(self) -> None:
        if self._file is None:
            self._file = self.path.open("w+b")
        self._file.writelines(self._parts)
        self._parts.clear()
        self._held = 0

    def write_to(self, file: IO[bytes]) -> tuple[int, list[int]]:
        """Write the section at the end of a file; its offset and checksums."""
        offset = _align(file)
        checksums = _Checksums()
        final = self.final_dtype()
        for dtype, data in self._gathered():
            if final != dtype:
                data = np.frombuffer(data, dtype).astype(final).tobytes()
            file.write(data)
            checksums.feed(data)
        return offset, checksums.finish()

    def _gathered(self) -> Iterator[tuple[np.dtype[Any], bytes]]:
        if self._file is not None:
            self.flush()
            self._file.seek(0)
        source = self._file or io.BytesIO(b"".join(self._parts))
        for dtype, size in self._kept:
            for at in range(0, size, CHUNK):
                yield dtype, source.read(min(CHUNK, size - at))

    def final_dtype(self) -> np.dtype[Any]:
        if not self.narrow:
            return self.dtype
        for limit, code in _UNSIGNED:
            if self.largest <= limit:
                return np.dtype("<" + code)
        return np.dtype("<u8")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self.path.unlink(missing_ok=True)
        self._parts.clear()


class _DirectSpool(_Spool):
    """The section that grows in the target file itself, right behind the header."""

    def __init__(self, path: Path, dtype: np.dtype[Any]) -> None:
        super().__init__(path, dtype, narrow=False)
        self._checksums = _Checksums()

    def target(self) -> IO[bytes]:
        """The target file, open at the end of the section."""
        if self._file is None:
            self._file = self.path.open("wb")
            self._file.write(_header())
        return self._file

    def flush(self) -> None:
        file = self.target()
        for data in self._parts:
            file.write(data)
            self._checksums.feed(data)
        self._parts.clear()
        self._held = 0

    def write_to(self, file: IO[bytes]) -> tuple[int, list[int]]:
        self.flush()
        return HEADER.size, self._checksums.finish()


class SectionFileWriter:
    """Gathers named arrays and writes them as one file.

    `direct` names the section that is written into the target as it grows; it
    must be created or appended to before `finish`, and it is never narrowed.
    """

    def __init__(self, path: Path, direct: str | None = None) -> None:
        self.path = path
        self.direct = direct
        self._spools: dict[str, _Spool] = {}

    def append(self, name: str, values: NDArray[Any], *, narrow: bool = False) -> None:
        """Add to the end of a section, which the first call creates with the array's dtype.

        `narrow`: the values are non-negative integers; store them in the
        smallest unsigned type that holds the largest. Raises `StorageFailed`.
        """
        spool = self._spools.get(name)
        if spool is None:
            spool = self.create(name, values.dtype, narrow=narrow)
        with storage_errors(self.path):
            spool.append(values)

    def create(self, name: str, dtype: Any, *, narrow: bool = False) -> _Spool:
        """Make an empty section, so that it exists even if nothing is appended."""
        dtype = np.dtype(dtype).newbyteorder("<")
        if dtype.str[1:].encode() not in DTYPES:
            raise TypeError(f"section {name!r} cannot hold {dtype}")
        if name == self.direct:
            spool: _Spool = _DirectSpool(self._part(), dtype)
        else:
            spool = _Spool(self._part(f".{name}"), dtype, narrow)
        self._spools[name] = spool
        return spool

    def _part(self, name: str = "") -> Path:
        return self.path.with_name(f"{self.path.name}{name}{TEMPORARY}")

    def add_json(self, name: str, value: object) -> None:
        """A section with the canonical JSON text of a value."""
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self.append(name, np.frombuffer(text.encode(), np.uint8))

    def drop(self, name: str) -> None:
        """Forget a section, if it exists."""
        spool = self._spools.pop(name, None)
        if spool is not None:
            spool.close()

    def rename(self, old: str, new: str) -> None:
        """Give a section another name."""
        self._spools[new] = self._spools.pop(old)

    def largest(self, name: str) -> int:
        """The largest value appended to a narrowed section."""
        return self._spools[name].largest

    def count(self, name: str) -> int:
        """Items appended to a section so far; 0 for one that does not exist."""
        spool = self._spools.get(name)
        return spool.count if spool else 0

    def finish(self) -> None:
        """Write the file, durably, under its final name. Raises `StorageFailed`; then nothing is left behind."""
        part = self._part()
        try:
            with storage_errors(self.path):
                spool = self._spools.get(self.direct or "")
                with spool.target() if isinstance(spool, _DirectSpool) else part.open("wb") as file:
                    self._write(file)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)
            self.abort()

    def abort(self) -> None:
        """Drop everything that was gathered."""
        for spool in self._spools.values():
            spool.close()
        self._spools.clear()

    def _write(self, file: IO[bytes]) -> None:
        # The direct section comes first: the file is open behind its header, and what it holds of it.
        if self.direct not in self._spools:
            file.write(_header())
        ordered = sorted(self._spools.items(), key=lambda item: item[0] != self.direct)
        tables = [(name, spool, *spool.write_to(file)) for name, spool in ordered]
        entries = []
        for name, spool, offset, crcs in tables:
            at = _align(file)
            file.write(np.array(crcs, "<u4").tobytes())
            code = spool.final_dtype().str[1:].encode()
            entries.append(ENTRY.pack(name.encode("ascii"), code, len(crcs), spool.count, offset, at))
        start = _align(file)
        directory = b"".join(entries)
        file.write(directory)
        size = start + len(directory) + FOOTER.size
        foot = FOOTER.pack(size, start, len(entries), zlib.crc32(directory), 0, 0, FOOTER_MAGIC)
        crc = zlib.crc32(foot[: FOOTER.size - 12]).to_bytes(4, "little")
        file.write(foot[: FOOTER.size - 12] + crc + FOOTER_MAGIC)


def _header() -> bytes:
    header = HEADER.pack(HEADER_MAGIC, FORMAT_VERSION, 0, 0)
    return header[:-4] + zlib.crc32(header[:-4]).to_bytes(4, "little")


def _align(file: IO[bytes]) -> int:
    at = file.tell()
    pad = -at % ALIGNMENT
    file.write(bytes(pad))
    return at + pad
