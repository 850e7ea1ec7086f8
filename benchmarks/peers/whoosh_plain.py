"""Whoosh as it comes: its own codec, parser, collectors and `groupedby`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from whoosh import index
from whoosh.analysis import RegexTokenizer
from whoosh.fields import ID, KEYWORD, STORED, TEXT, Schema
from whoosh.qparser import MultifieldParser, OrGroup
from whoosh.query import And, Or, Query, Term
from whoosh.sorting import Count, FieldFacet

from benchmarks.jsonl import json_line
from benchmarks.peers.base import FACET_VALUES, FACETS, TOP, WEIGHTS, Answer, spelled
from benchmarks.questions import COUNTED, Question, values_of
from corpus.model import CaseStudy

SEPARATOR = "|"
"""Between the values of a facet; council names have commas and spaces in them."""


class _Asked(NamedTuple):
    text: str
    filter: Query | None
    widened: dict[str, Query | None]
    counted: tuple[str, ...]


class PlainWhoosh:
    """Three weighted text fields without stemming, keyword fields for facets, the writer's and searcher's defaults."""

    name: ClassVar[str] = "whoosh"
    multi_select: ClassVar[bool] = False

    @staticmethod
    def version() -> str:
        """Name and version."""
        from importlib.metadata import version  # at the head it would be timed with the engine

        return f"whoosh3 {version('whoosh3')}"

    @staticmethod
    def build(records: Iterable[CaseStudy], folder: Path) -> None:
        """The plain writer, one process."""
        words = RegexTokenizer(r"\S+")
        fields: dict[str, Any] = {name: TEXT(analyzer=words) for name in WEIGHTS}
        fields |= {name: KEYWORD(analyzer=RegexTokenizer(r"[^|]+")) for name in FACETS}
        schema = Schema(id=ID(stored=True), record=STORED, **fields)
        writer = index.create_in(str(folder), schema).writer()
        for record in records:
            facets = {name: SEPARATOR.join(values) for name in FACETS if (values := values_of(record, name))}
            texts = {name: getattr(record, name) for name in WEIGHTS}
            writer.add_document(id=record.id, record=json_line(record), **texts, **facets)
        writer.commit()

    def __init__(self, folder: Path) -> None:
        """Open the index."""
        self._searcher = index.open_dir(str(folder)).searcher()
        self._parser = MultifieldParser(list(WEIGHTS), self._searcher.schema, fieldboosts=dict(WEIGHTS), group=OrGroup)

    def prepare(self, question: Question) -> _Asked:
        """The query string and the filters as queries."""
        clauses = {name: Or([Term(name, value) for value in chosen]) for name, chosen in question.filters.items()}
        counted = () if question.kind == "top" else COUNTED
        own = [name for name in counted if name in clauses] if question.kind == "widen" else []
        widened = {name: _all([clause for other, clause in clauses.items() if other != name]) for name in own}
        return _Asked(spelled(question), _all(list(clauses.values())), widened, counted)

    def search(self, prepared: _Asked, values: int | None = FACET_VALUES) -> Answer:
        """Parse, search grouped by the facets, read the hits' stored fields."""
        query = self._parser.parse(prepared.text)
        names = [name for name in prepared.counted if name not in prepared.widened]
        results = self._grouped(query, prepared.filter, names)
        ids = []
        for hit in islice(results, TOP):  # a grouped search hands back every match, whatever the limit
            stored = hit.fields()
            ids.append(stored["id"])
        if not prepared.counted:
            return Answer(None, tuple(ids))
        facets = {name: _largest(results.groups(name), values) for name in names}
        for name, others in prepared.widened.items():
            facets[name] = _largest(self._grouped(query, others, [name]).groups(name), values)
        return Answer(len(results), tuple(ids), facets)

    def close(self) -> None:
        """Close the searcher."""
        self._searcher.close()

    def _grouped(self, query: Query, filters: Query | None, names: list[str]) -> Any:
        groups = {name: FieldFacet(name, allow_overlap=True, maptype=Count) for name in names}
        return self._searcher.search(query, limit=TOP, filter=filters, groupedby=groups or None)


def _all(clauses: list[Query]) -> Query | None:
    return And(clauses) if clauses else None


def _largest(groups: dict[str | None, int], values: int | None) -> dict[str, int]:
    """The largest groups; Whoosh's None stands for records without a value."""
    named = [(value, count) for value, count in groups.items() if value is not None]
    named.sort(key=lambda pair: (-pair[1], pair[0]))
    return dict(named[:values])
