"""Datasette, the publisher of SQLite tables: its table page with full-text search and facets."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks.peers.base import PeerMissing
from benchmarks.questions import Question, values_of
from corpus.model import CaseStudy

try:
    from datasette.app import Datasette
except ImportError as error:
    raise PeerMissing("Datasette is not installed (pip install 'datasette<1').") from error

DATABASE: Final = "cases.db"
LISTS: Final = ("theme", "funding", "council")
PLAIN: Final = ("region", "council_type", "year")

_LIMIT_MS: Final = 60_000
"""Datasette gives up counting a facet after 200 ms; here it may finish, as all others must."""


def build(records: Iterable[CaseStudy], folder: Path) -> None:
    """One table with JSON lists for facets of several values, and an FTS5 index of its texts."""
    connection = sqlite3.connect(folder / DATABASE)
    columns = ", ".join(f"{name} TEXT" for name in ("title", "summary", "body", *LISTS, *PLAIN))
    connection.execute(f"CREATE TABLE cases (id TEXT PRIMARY KEY, {columns})")
    rows = (
        (
            record.id,
            record.title,
            record.summary,
            record.body,
            *(json.dumps(values_of(record, name)) for name in LISTS),
            *(next(iter(values_of(record, name)), None) for name in PLAIN),
        )
        for record in records
    )
    with connection:
        connection.executemany(f"INSERT INTO cases VALUES ({', '.join('?' * (4 + len(LISTS) + len(PLAIN)))})", rows)
        # Datasette finds the index of a table by these very quotes.
        connection.execute('CREATE VIRTUAL TABLE cases_fts USING fts5(title, summary, body, content="cases")')
        connection.execute("INSERT INTO cases_fts(cases_fts) VALUES ('rebuild')")
        connection.execute("INSERT INTO cases_fts(cases_fts) VALUES ('optimize')")
        for name in PLAIN:
            connection.execute(f"CREATE INDEX cases_{name} ON cases ({name})")
    connection.close()


class DatasettePages:
    """Asks Datasette's application inside this process, as its own test client does."""

    def __init__(self, folder: Path) -> None:
        """Open the database."""
        settings = {
            "facet_time_limit_ms": _LIMIT_MS,
            "sql_time_limit_ms": _LIMIT_MS,
            "num_sql_threads": 1,
            "suggest_facets": False,
            "default_facet_size": 10,
        }
        self._loop = asyncio.new_event_loop()
        self._datasette: Any = Datasette([str(folder / DATABASE)], settings=settings)
        self._loop.run_until_complete(self._datasette.invoke_startup())

    @staticmethod
    def version() -> str:
        """Name and version."""
        return f"Datasette {version('datasette')}"

    def address(self, question: Question) -> str:
        """The table page's address for a question."""
        # Words are quoted: an apostrophe outside quotation marks is a fault of syntax to FTS5.
        phrases = [" ".join(question.words)] if question.kind == "phrase" else question.words
        words = " OR ".join(f'"{phrase}"' for phrase in phrases)
        pairs = [("_search", words), ("_searchmode", "raw"), ("_size", "10")]
        pairs += [("_facet_array", name) for name in LISTS] + [("_facet", name) for name in PLAIN]
        for name, chosen in question.filters.items():
            # Datasette has no "any of" for lists, so only filters of one value can be asked.
            pairs.append((f"{name}__arraycontains" if name in LISTS else name, chosen[0]))
        return f"/cases/cases?{urlencode(pairs)}"

    def get(self, address: str) -> bytes:
        """The page."""
        answered = self._loop.run_until_complete(self._datasette.client.get(address))
        if answered.status_code != 200:
            raise RuntimeError(f"Datasette answered {answered.status_code} to {address}.")
        return bytes(answered.content)

    def total(self, question: Question) -> int:
        """The number of matches that the page tells."""
        address = self.address(question).replace("/cases/cases?", "/cases/cases.json?", 1)
        return int(json.loads(self.get(address))["filtered_table_rows_count"])

    def close(self) -> None:
        """Close the database."""
        for database in self._datasette.databases.values():
            database.close()
        self._loop.close()
