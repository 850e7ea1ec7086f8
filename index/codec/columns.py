"""Sort keys and other single values: one per document, for fields marked `sortable`.

Numbers are arrays. Byte strings are a table of the distinct values in byte
order and an ordinal per document, so that comparing ordinals compares values.
Strings of one width (hashes) lie side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec.sections import SectionFile, damaged
from index.codec.settings import ColumnSpec
from index.codec.terms import TermTable, TermTableWriter

if TYPE_CHECKING:
    from index.codec.section_writer import SectionFileWriter

_DTYPES: Final = dict.fromkeys("bhil", "i4") | dict.fromkeys("BHILQ", "u8") | {"q": "i8", "f": "f4", "d": "f8"}

Array = NDArray[Any]


class Column:
    """One column of one segment. `spec` tells its kind; see the properties for what each kind has."""

    def __init__(self, file: SectionFile, name: str, key: str, spec: ColumnSpec, doc_count: int) -> None:
        self.name = name
        self.spec = spec
        self.doc_count = doc_count
        self._data = file[f"{key}.data"]
        self._table = TermTable(file, f"{key}.") if spec.kind == "bytes" else None
        expected = doc_count * spec.width if spec.kind == "fixed" else doc_count
        if self._data.count != expected:
            raise damaged(file.path, f"column {name!r} has another number of values than there are documents")

    @property
    def numbers(self) -> Array:
        """Kinds "numbers" and "bits": the value of each document."""
        return self._data.all()

    @property
    def ordinals(self) -> Array:
        """Kind "bytes": the rank (unsigned) of each document's value among the distinct ones."""
        return self._data.all()

    @property
    def rows(self) -> NDArray[np.uint8]:
        """Kind "fixed": the bytes of each document's value, shape (documents, width)."""
        return self._data.all().reshape(self.doc_count, self.spec.width)

    @property
    def distinct(self) -> list[bytes]:
        """Kind "bytes": the distinct values, ascending."""
        return self._table.terms(0, self._table.count) if self._table else []

    def key(self, doc: int) -> int | float:
        """What to compare documents by: the number, or the ordinal of the bytes."""
        value: int | float = self._data.slice(doc, doc + 1)[0].item()
        return value

    def value(self, doc: int) -> Any:
        """The value of one document: a number, a bool or bytes."""
        match self.spec.kind:
            case "bytes":
                assert self._table is not None
                return self._table.term(self._data.at(doc))
            case "fixed":
                return self._data.slice(doc * self.spec.width, (doc + 1) * self.spec.width).tobytes()
            case "bits":
                return bool(self._data.at(doc))
            case _:
                return self.key(doc)


def open_columns(file: SectionFile, meta: Mapping[str, Any], doc_count: int) -> dict[str, Column]:
    """The columns of a segment by the names of their fields."""
    columns = {}
    for name, entry in meta["columns"].items():
        kind, default = entry["kind"], entry["default"]
        if kind in ("bytes", "fixed"):
            default = bytes.fromhex(default)
        spec = ColumnSpec(kind, entry["typecode"], entry["width"], default)
        columns[name] = Column(file, name, entry["key"], spec, doc_count)
    return columns


def write_columns(
    file: SectionFileWriter, columns: Mapping[str, tuple[ColumnSpec, Sequence[Any] | Array]]
) -> dict[str, dict[str, object]]:
    """Append the sections of every column; the entry "columns" of the file's "meta".

    Each column has a value for every document.
    """
    entries: dict[str, dict[str, object]] = {}
    for number, (name, (spec, values)) in enumerate(sorted(columns.items())):
        key = f"c{number}"
        default = spec.default.hex() if isinstance(spec.default, bytes) else spec.default
        entries[name] = {
            "key": key,
            "kind": spec.kind,
            "typecode": spec.typecode,
            "width": spec.width,
            "default": default,
        }
        if spec.kind == "bytes":
            distinct = sorted(set(values))
            ordinal = {value: number for number, value in enumerate(distinct)}
            table = TermTableWriter(file, f"{key}.")
            table.append(distinct)
            data = np.fromiter(map(ordinal.__getitem__, values), np.uint64, len(values))
            file.append(f"{key}.data", data, narrow=True)
        elif spec.kind == "fixed":
            file.append(f"{key}.data", np.frombuffer(b"".join(values), np.uint8))
        else:
            dtype = np.dtype("u1" if spec.kind == "bits" else _DTYPES[spec.typecode])
            file.append(f"{key}.data", np.asarray(values, dtype), narrow=dtype.kind == "u")
    return entries
