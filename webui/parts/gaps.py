"""The gap map: themes against another facet, every cell an exact count, the empty ones in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from corpus.vocabulary import themes
from search import NO_VALUE, Bucket, Engine
from webui.collection import Glance
from webui.state import SearchState

ACROSS: Final = ("council_type", "region", "year")
MOST_COLUMNS: Final = 24
"""Columns that a page can hold; with more, the most frequent ones (the latest years)."""
SHADES: Final = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One crossing; `shade` is 0 for none up to `SHADES` for the fullest cell."""

    count: int
    shade: int
    link: SearchState


@dataclass(frozen=True, slots=True)
class Row:
    """One theme."""

    label: str
    cells: tuple[Cell, ...]
    total: int
    link: SearchState


@dataclass(frozen=True, slots=True)
class GapMap:
    """The table; `left_out` columns did not fit."""

    across: str
    columns: tuple[tuple[str, SearchState], ...]
    rows: tuple[Row, ...]
    empty: int
    left_out: int


def gap_map(engine: Engine, glance: Glance, state: SearchState, across: str) -> GapMap:
    """Count the search by theme and by `across`.

    One question a column: with the column chosen, the counts of the theme facet
    are that column's cells (a facet's counts ignore its own selection).
    """
    state = state.with_page(1)
    known = {bucket.value: bucket for bucket in glance.stats.values.get(across, ())}
    asked = state.filters.get(across) or (*known, NO_VALUE)
    ordered = sorted(dict.fromkeys(asked), key=lambda value: (value == NO_VALUE, _order(across, value, known)))
    columns = ordered[-MOST_COLUMNS:] if across == "year" else ordered[:MOST_COLUMNS]
    states = {value: state.only_filter(across, value) for value in columns}
    counts: dict[str, dict[str, int]] = {}
    for value, narrowed in states.items():
        request = narrowed.to_request(limit=0, facets=("theme",), snippets=False)
        found = engine.search(request).facets["theme"]
        counts[value] = {bucket.value: bucket.count for bucket in found.buckets}
    whole = engine.search(state.to_request(limit=0, facets=("theme",), snippets=False)).facets["theme"]
    totals = {bucket.value: bucket.count for bucket in whole.buckets}
    most = max((n for column in counts.values() for n in column.values()), default=0)
    rows = []
    for theme in _themes(state, glance):
        cells = tuple(
            Cell(
                n := counts[value].get(theme[0], 0),
                -(-n * SHADES // most) if most else 0,
                states[value].only_filter("theme", theme[0]),
            )
            for value in columns
        )
        rows.append(Row(theme[1], cells, totals.get(theme[0], 0), state.only_filter("theme", theme[0])))
    heads = tuple((_head(value, known), states[value]) for value in columns)
    empty = sum(not cell.count for row in rows for cell in row.cells)
    return GapMap(across, heads, tuple(rows), empty, len(ordered) - len(columns))


def _head(value: str, known: Mapping[str, Bucket]) -> str:
    if value == NO_VALUE:
        return "Not recorded"
    return known[value].label if value in known else value


def _order(across: str, value: str, known: Mapping[str, Bucket]) -> tuple[int, str]:
    if across == "year":
        return (0, value.zfill(4))
    return (-known[value].count if value in known else 0, value)


def _themes(state: SearchState, glance: Glance) -> list[tuple[str, str]]:
    """The rows: the themes asked for, else every theme that is known or used."""
    labels = {slug: theme.label for slug, theme in themes().items()}
    labels |= {value: bucket.label for value, bucket in glance.values.get("theme", {}).items()}
    wanted = state.filters.get("theme") or tuple(labels)
    return sorted(
        ((value, labels.get(value, value)) for value in wanted if value != NO_VALUE),
        key=lambda pair: pair[1].casefold(),
    )
