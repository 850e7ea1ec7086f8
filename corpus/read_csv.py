"""Comma-separated values: a header of field names, then one case study a row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.lines import LONGEST_LINE, read_lines
from corpus.model import FIELDS, LIST_FIELDS
from corpus.problems import Problem, Problems, display
from corpus.raw import RawRecord
from corpus.tables import listed
from corpus.text import nearest


def read_csv(path: Path, problems: Problems) -> Iterator[RawRecord]:
    """The rows of a `.csv` file. Lists are separated by "|"; an empty cell means nothing is recorded.

    Raises nothing: a wrong header, a row of another length and whatever the
    csv module refuses become problems.
    """
    file = display(path)
    bad_lines: set[int] = set()

    def texts() -> Iterator[str]:
        for line in read_lines(path, problems):
            if not line.good:
                bad_lines.add(line.number)
            yield line.text

    # The module's default of 131,072 characters a cell is less than a long body.
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(texts(), strict=True)
    header: list[str] | None = None
    while True:
        first_line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            problems.add(Problem(file, first_line, "", "the row", "valid CSV", hint=str(error)))
            continue
        if row is None:
            break
        if not row or not bad_lines.isdisjoint(range(first_line, reader.line_num + 1)):
            header = header or []
        elif header is None:
            header = _header(file, row, problems)
        elif header and len(row) != len(header):
            value = f"the row of {len(row)} cells"
            problems.add(Problem(file, first_line, "", value, f"as long as the header, which has {len(header)}"))
        elif header:
            yield RawRecord(file, first_line, _values(header, row))
    if header is None:
        problems.add(Problem(file, 1, "", None, f"a header of field names: {', '.join(FIELDS)}"))


def _header(file: str, row: list[str], problems: Problems) -> list[str]:
    """The names of the columns; empty after a problem, because no row can be read then."""
    names = [cell.strip() for cell in row]
    before = problems.total
    for index, name in enumerate(names):
        if name not in FIELDS:
            close = nearest(name, FIELDS, limit=1)
            hint = "" if close else f"known: {', '.join(FIELDS)}"
            problems.add(Problem(file, 1, name, name, "the name of a field", close, hint))
        elif name in names[:index]:
            problems.add(Problem(file, 1, name, name, "a new column", hint="the header names it twice"))
    return names if problems.total == before else []


def _values(header: list[str], row: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        text = cell.strip()
        if not text:
            continue
        if name in LIST_FIELDS:
            values[name] = listed(text)
        elif name == "year" and text.isascii() and text.isdigit() and len(text) <= 4:
            values[name] = int(text)
        else:
            values[name] = cell if name == "body" else text
    return values
