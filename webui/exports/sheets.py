"""Spreadsheets: every field of the records, and a sheet to screen them with.

Lists are separated by a vertical bar, as the corpus's own CSV reader expects.
The file begins with a byte order mark, without which Excel takes UTF-8 for
something else. A cell that a spreadsheet would run as a formula gets an
apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from corpus.model import FIELDS, LIST_FIELDS, CaseStudy

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
SCREENING: Final = (
    "id",
    "title",
    "councils",
    "year",
    "themes",
    "funding",
    "summary",
    "page",
    "source_url",
    "include",
    "exclude",
    "reason",
    "reviewer",
    "notes",
)


def cell(value: object) -> str:
    """One value as the text of a cell."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def field(record: CaseStudy, name: str) -> str:
    held = getattr(record, name)
    return cell("|".join(held) if name in LIST_FIELDS else held)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    yield "\ufeff"
    for row in chain([head], rows):
        line.seek(0)
        line.truncate()
        writer.writerow(row)
        yield line.getvalue()


def table(records: Iterable[CaseStudy], root: str) -> Iterator[str]:
    """Every field of every record."""
    return _rows(FIELDS, ([field(record, name) for name in FIELDS] for record in records))


def screening(records: Iterable[CaseStudy], root: str) -> Iterator[str]:
    """What a reviewer needs to decide, and empty columns for the decision."""

    def row(record: CaseStudy) -> list[str]:
        known = {"page": f"{root}/case-studies/{record.id}"}
        return [known.get(name) or (field(record, name) if name in FIELDS else "") for name in SCREENING]

    return _rows(SCREENING, map(row, records))
