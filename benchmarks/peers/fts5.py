"""SQLite's full-text index, with the facet columns in numpy arrays beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.jsonl import json_line
from benchmarks.peers.base import FACET_VALUES, FACETS, TOP, WEIGHTS, Answer, spelled
from benchmarks.questions import COUNTED, Question, values_of
from corpus.model import CaseStudy

DATABASE: Final = "records.db"
COLUMNS: Final = "facets.npz"
CACHE_KIB: Final = 4_000_000
"""SQLite may keep this much of the database in memory: the benchmark measures warm engines."""

ALL = "SELECT rowid, bm25(texts, {weights}) FROM texts WHERE texts MATCH ?"
BEST = "SELECT rowid FROM texts WHERE texts MATCH ? AND rank MATCH 'bm25({weights})' ORDER BY rank LIMIT ?"


class _Asked(NamedTuple):
    text: str
    widened: dict[str, str]
    counted: tuple[str, ...]


class Fts5:
    """Matches and scores come from FTS5; counts from a bincount over the matches' ordinals.

    Facet values are indexed as one-word tokens in a fourth column of weight 0,
    so that filters are part of the match: much faster than filtering rows.
    """

    name: ClassVar[str] = "fts5"
    multi_select: ClassVar[bool] = False

    @staticmethod
    def version() -> str:
        """Name and version."""
        return f"SQLite {sqlite3.sqlite_version} FTS5"

    @staticmethod
    def build(records: Iterable[CaseStudy], folder: Path) -> None:
        """One transaction, then the merge of all segments into one."""
        connection = sqlite3.connect(folder / DATABASE)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, id TEXT, record TEXT)")
        connection.execute(
            "CREATE VIRTUAL TABLE texts USING fts5(title, summary, body, facets, content='', tokenize='ascii')"
        )
        columns = {name: _Column() for name in FACETS}
        with connection:
            for number, record in enumerate(records):
                tokens = [
                    _token(name, ordinal)
                    for name, column in columns.items()
                    for ordinal in column.add(values_of(record, name))
                ]
                connection.execute("INSERT INTO records VALUES (?, ?, ?)", (number, record.id, json_line(record)))
                connection.execute(
                    "INSERT INTO texts(rowid, title, summary, body, facets) VALUES (?, ?, ?, ?, ?)",
                    (number, record.title, record.summary, record.body, " ".join(tokens)),
                )
            connection.execute("INSERT INTO texts(texts) VALUES ('optimize')")
        connection.close()
        arrays: dict[str, Any] = {}
        for name, column in columns.items():
            arrays[f"{name}.values"] = np.array(list(column.ordinals))
            arrays[f"{name}.rows"] = column.padded()
        np.savez(folder / COLUMNS, **arrays)

    def __init__(self, folder: Path) -> None:
        """Open the database and load the columns."""
        self._connection = sqlite3.connect(folder / DATABASE)
        self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        weights = ", ".join(str(weight) for weight in (*WEIGHTS.values(), 0.0))
        self._all, self._best = ALL.format(weights=weights), BEST.format(weights=weights)
        with np.load(folder / COLUMNS) as arrays:
            self._values = {name: arrays[f"{name}.values"].tolist() for name in FACETS}
            self._rows = {name: arrays[f"{name}.rows"] for name in FACETS}
        self._ordinals = {name: {value: at for at, value in enumerate(self._values[name])} for name in FACETS}

    def prepare(self, question: Question) -> _Asked:
        """The match expressions: with all filters, and for widening counts without a facet's own."""
        words = spelled(question, either=" OR ")
        clauses = {name: self._clause(name, chosen) for name, chosen in question.filters.items()}
        counted = () if question.kind == "top" else COUNTED
        own = [name for name in counted if name in clauses] if question.kind == "widen" else []
        widened = {
            name: _matching(words, [clause for other, clause in clauses.items() if other != name]) for name in own
        }
        return _Asked(_matching(words, list(clauses.values())), widened, counted)

    def search(self, prepared: _Asked, values: int | None = FACET_VALUES) -> Answer:
        """Fetch every match with its score, choose the best, count."""
        if not prepared.counted:
            rows = [row for (row,) in self._connection.execute(self._best, (prepared.text, TOP))]
            return Answer(None, self._fetched(rows))
        matches = self._matches(prepared.text)
        numbers, scores = matches[:, 0].astype(np.int64), matches[:, 1]
        # bm25() is negative, better matches lower.
        best = np.argpartition(scores, TOP - 1)[:TOP] if len(scores) > TOP else np.arange(len(scores))
        best = best[np.lexsort((numbers[best], scores[best]))]
        facets = {}
        for name in prepared.counted:
            within = numbers
            if name in prepared.widened:
                within = self._matches(prepared.widened[name])[:, 0].astype(np.int64)
            facets[name] = self._counts(name, within, values)
        return Answer(len(numbers), self._fetched(numbers[best].tolist()), facets)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def _matches(self, text: str) -> npt.NDArray[np.float64]:
        """[match, 2]: row number and score."""
        found = self._connection.execute(self._all, (text,)).fetchall()
        return np.array(found, dtype=np.float64).reshape(-1, 2)

    def _fetched(self, numbers: list[int]) -> tuple[str, ...]:
        ids = []
        for number in numbers:
            identifier, _ = self._connection.execute(
                "SELECT id, record FROM records WHERE number = ?", (number,)
            ).fetchone()
            ids.append(identifier)
        return tuple(ids)

    def _counts(self, name: str, numbers: npt.NDArray[np.int64], values: int | None) -> dict[str, int]:
        # The rows are padded with the ordinal 0, which stands for no value.
        counts = np.bincount(self._rows[name][numbers].ravel(), minlength=len(self._values[name]) + 1)[1:]
        found = np.flatnonzero(counts)
        if values is not None:
            found = found[np.argsort(-counts[found], kind="stable")[:values]]
        return {self._values[name][at]: int(counts[at]) for at in found}

    def _clause(self, name: str, chosen: tuple[str, ...]) -> str:
        tokens = [_token(name, self._ordinals[name].get(value, -1)) for value in chosen]
        return f"facets : ({' OR '.join(tokens)})"


class _Column:
    """Numbers the values of a facet as they come, and remembers each record's."""

    def __init__(self) -> None:
        self.ordinals: dict[str, int] = {}
        self._rows: list[tuple[int, ...]] = []

    def add(self, values: tuple[str, ...]) -> tuple[int, ...]:
        """The ordinals of a record's values."""
        row = tuple(self.ordinals.setdefault(value, len(self.ordinals)) for value in values)
        self._rows.append(row)
        return row

    def padded(self) -> npt.NDArray[np.uint16]:
        """[record, most values]: ordinals + 1, padded with 0."""
        width = max(map(len, self._rows), default=1)
        table = np.zeros((len(self._rows), width), dtype=np.uint16)
        for number, row in enumerate(self._rows):
            table[number, : len(row)] = np.array(row) + 1
        return table


def _token(name: str, ordinal: int) -> str:
    """A word that stands for a facet's value; no invented word has a digit in it."""
    return f"{name.replace('_', '')}{ordinal}" if ordinal >= 0 else "novalue0"


def _matching(words: str, clauses: list[str]) -> str:
    return " AND ".join([*clauses, f"{{title summary body}} : ({words})"])
