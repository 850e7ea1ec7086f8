"""Lines of a text file, one at a time, whatever state the file is in."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from corpus.problems import Problem, Problems, display

LONGEST_LINE: Final = 32 * 2**20
"""Bytes of a line. No case study comes near; a file without line ends must not fill the memory."""

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its end. `good` is False after a problem, `text` then holds what could be read."""

    number: int
    text: str
    good: bool


def read_lines(path: Path, problems: Problems) -> Iterator[Line]:
    """The lines of a UTF-8 file, plain or gzip by its name, in constant memory.

    A byte-order mark is passed over. Bytes that are not UTF-8, an endless
    line, a damaged archive and an unreadable file become problems, not exceptions.
    """
    number = 0
    try:
        with _open(path) as file:
            while data := file.readline(LONGEST_LINE):
                number += 1
                if number == 1:
                    data = data.removeprefix(_BOM)
                if len(data) == LONGEST_LINE:
                    problems.add(Problem(display(path), number, "", "the line", f"shorter than {LONGEST_LINE:,} bytes"))
                    _skip_line(file)
                    yield Line(number, "", good=False)
                else:
                    yield _decoded(path, number, data, problems)
    except (OSError, EOFError, zlib.error) as error:
        # BadGzipFile is an OSError without an errno.
        reason = getattr(error, "strerror", None) or str(error)
        problems.add(Problem(display(path), number, "", "the file", "readable", hint=reason))


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def _skip_line(file: IO[bytes]) -> None:
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _decoded(path: Path, number: int, data: bytes, problems: Problems) -> Line:
    try:
        return Line(number, data.decode("utf-8"), good=True)
    except UnicodeDecodeError as error:
        hint = f"byte 0x{data[error.start]:02x} at column {error.start + 1}; save the file as UTF-8"
        problems.add(Problem(display(path), number, "", "the text", "UTF-8", hint=hint))
        return Line(number, data.decode("utf-8", "replace"), good=False)
