"""Other words for the same thing, with a direction, a weight and a reason.

The list is `data/synonyms.csv`; its head says how it is edited, `docs/synonyms.md` says more.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from corpus.errors import BadInput
from corpus.value import Value
from search.known_phrases import CAPITALS, words_of
from search.tables import alternatives, table

FILE: Final = "synonyms.csv"
DIRECTIONS: Final = ("one-way", "both")


class Synonym(Value):
    """`text` is searched for as well, at `weight` (above 0, at most 1) of what was typed; `reason` says why."""

    text: str
    weight: float
    reason: str


@cache
def synonyms() -> tuple[tuple[str, Synonym], ...]:
    """(phrase as typed, what is searched for as well), in the order of the file.

    Raises `BadInput` that names the row when the file cannot be used.
    """
    return tuple(read_synonyms(table(FILE)))


def read_synonyms(rows: list[dict[str, str]]) -> Iterator[tuple[str, Synonym]]:
    """The pairs of a table with the columns from, to, direction, weight, reason. Raises `BadInput`."""
    for row in rows:
        named, meant = alternatives(row["from"] or ""), alternatives(row["to"] or "")
        if not named or not meant:
            raise BadInput(f"{FILE}: the row {_shown(row)} needs a phrase under from and under to.")
        if row["direction"] not in DIRECTIONS:
            expected = " or ".join(DIRECTIONS)
            raise BadInput(
                f"{FILE}: the row {_shown(row)} has the direction {row['direction']!r} (expected {expected})."
            )
        weight = _weight(row)
        for one in named:
            for other in meant:
                if words_of(one) == words_of(other):
                    continue
                yield one, Synonym(other.removeprefix(CAPITALS), weight, row["reason"])
                if row["direction"] == "both":
                    yield other, Synonym(one.removeprefix(CAPITALS), weight, row["reason"])


def _weight(row: dict[str, str]) -> float:
    try:
        weight = float(row["weight"])
    except (TypeError, ValueError):
        weight = 0.0
    if not 0.0 < weight <= 1.0:
        raise BadInput(f"{FILE}: the row {_shown(row)} has the weight {row['weight']!r} (expected above 0, at most 1).")
    return weight


def _shown(row: dict[str, str]) -> str:
    return f"{row['from']!r} → {row['to']!r}"
