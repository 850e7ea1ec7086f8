"""The data files that ship inside this package."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
"""The folder of the vocabularies and the gazetteer."""


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one CSV file of `DATA`, each a mapping from column to text."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def listed(cell: str) -> tuple[str, ...]:
    """The values of a cell that holds several, separated by "|"."""
    return tuple(part for part in (piece.strip() for piece in cell.split("|")) if part)
