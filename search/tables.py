"""The lists that curators of searches edit: CSV files in `data/`, with comments."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
"""The folder of the lists."""

_ALTERNATIVES = "|"


def table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file by column name; lines that start with "#" are for the reader."""
    text = (DATA / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if line.strip() and not line.startswith("#")))


def lines(name: str) -> list[str]:
    """The lines of a text file without comments and empty ones."""
    text = (DATA / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def alternatives(cell: str) -> tuple[str, ...]:
    """The parts of a cell that holds several, separated by "|"."""
    return tuple(part for part in (piece.strip() for piece in cell.split(_ALTERNATIVES)) if part)
