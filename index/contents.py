"""Which segments a generation has, read from Whoosh's table of contents without Whoosh.

Whoosh's own way in (`Generation.whoosh_index`) imports a third of Whoosh and unpickles the schema; a question needs
neither. The table holds, behind three sizes of numbers and a version, the pickled schema as a string, two numbers, and
the pickled list of segments.
"""

from __future__ import annotations

import pickle
import re
import struct
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final

from corpus.errors import IndexDamaged
from index.codec.segment import Segment, SegmentArrays
from index.generations import Generation
from index.manifest import REBUILD

_NAME: Final = re.compile(r"_MAIN_(\d+)\.toc")
_ORDER_MARK: Final = -12345
_VERSION: Final = -111
_INT: Final = struct.Struct("!i")

_CLASSES: Final[dict[tuple[str, str], type]] = {
    ("index.codec.segment", "ColumnarSegment"): Segment,
    ("builtins", "set"): set,
}
"""What a table of contents may name; `ColumnarSegment` is the same with Whoosh's methods."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = _CLASSES.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return found


def open_segments(generation: Generation) -> list[SegmentArrays]:
    """The arrays of each segment, in the order of their document numbers. Raises `IndexDamaged`."""
    tables = [found for name in generation.manifest.files if (found := _NAME.fullmatch(name))]
    if not tables:
        raise IndexDamaged(f"{generation.folder} has no table of contents. {REBUILD}")
    # As Whoosh does: an update may leave the table of before beside the new one.
    path = generation.folder / max(tables, key=lambda found: int(found[1]))[0]
    return [segment.arrays(generation.folder) for segment in _segments(path)]


def _segments(path: Path) -> list[Segment]:
    # The manifest's digest of this file was compared already: what follows fails only for a file of another program.
    try:
        return _listed(BytesIO(path.read_bytes()))
    except (ValueError, EOFError, IndexError, struct.error, pickle.UnpicklingError) as error:
        raise IndexDamaged(f"{path} is no table of contents of a Casefinder index ({error}). {REBUILD}") from error


def _listed(file: IO[bytes]) -> list[Segment]:
    for _ in range(3):
        _varint(file)
    mark, version = _int(file), _int(file)
    if (mark, version) != (_ORDER_MARK, _VERSION):
        raise ValueError(f"it is of version {version}")
    for _ in range(3):
        _varint(file)
    file.seek(_varint(file), 1)
    _int(file)
    _int(file)
    found: list[Segment] = _Unpickler(file).load()
    return found


def _int(file: IO[bytes]) -> int:
    value: int = _INT.unpack(file.read(_INT.size))[0]
    return value


def _varint(file: IO[bytes]) -> int:
    """Seven bits a byte, the lowest first; the eighth tells that more follow."""
    value = shift = 0
    while True:
        byte = file.read(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
        shift += 7
