"""tantivy, the Rust engine, through its Python package: terms aggregations over fast fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from benchmarks.jsonl import json_line
from benchmarks.peers.base import FACET_VALUES, FACETS, TOP, WEIGHTS, Answer, PeerMissing, spelled
from benchmarks.questions import COUNTED, Question, values_of
from corpus.model import CaseStudy

try:
    import tantivy
    from tantivy import Occur, Query
except ImportError as error:
    raise PeerMissing("tantivy is not installed (pip install tantivy).") from error

HEAP: Final = 1_000_000_000
"""Bytes that the writer may fill before it cuts a segment: few segments make searching fastest."""

ALL_VALUES: Final = 1_000
"""More than any facet has. Also what every segment hands up, so that the merged counts are exact."""


class _Asked:
    """A question as tantivy wants it: a query string, a prefix, filters, and which facets to count."""

    __slots__ = ("counted", "filters", "kind", "text", "widen")

    def __init__(self, question: Question) -> None:
        self.kind = question.kind
        self.text = question.words[0] if question.kind == "prefix" else spelled(question)
        self.filters = question.filters
        self.counted = () if question.kind == "top" else COUNTED
        self.widen = question.kind == "widen"


class Tantivy:
    """One thread writes and one reads; segments are left as the writer's merge policy leaves them."""

    name: ClassVar[str] = "tantivy"
    multi_select: ClassVar[bool] = False

    @staticmethod
    def version() -> str:
        """Name and version."""
        return str(tantivy.__version__).partition(",")[0]

    @staticmethod
    def build(records: Iterable[CaseStudy], folder: Path) -> None:
        """Index with one indexing thread."""
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        for name in WEIGHTS:
            schema.add_text_field(name)
        for name in FACETS:
            schema.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
        schema.add_bytes_field("record", stored=True)
        writer = tantivy.Index(schema.build(), str(folder)).writer(HEAP, 1)
        for record in records:
            writer.add_document(
                tantivy.Document(
                    id=record.id,
                    title=record.title,
                    summary=record.summary,
                    body=record.body,
                    record=json_line(record).encode(),
                    **{name: list(values_of(record, name)) for name in FACETS},
                )
            )
        writer.commit()
        writer.wait_merging_threads()

    def __init__(self, folder: Path) -> None:
        """Open the index."""
        self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._fields = list(WEIGHTS)
        self._boosts = dict(WEIGHTS)
        # The query language has no prefix of a single word. A fuzzy prefix with no error allowed is one, and the
        # quickest: a regular expression takes 20 times as long, and a phrase prefix finds 50 of the words only.
        self._as_prefixes = dict.fromkeys(WEIGHTS, (True, 0, True))

    def prepare(self, question: Question) -> _Asked:
        """The query string with its filters."""
        return _Asked(question)

    def search(self, prepared: _Asked, values: int | None = FACET_VALUES) -> Answer:
        """Parse, search with a count, fetch the hits' records, aggregate."""
        text = self._parsed(prepared)
        query = self._filtered(text, prepared.filters)
        found = self._searcher.search(query, TOP, count=bool(prepared.counted))
        ids = []
        for _, address in found.hits:
            stored = self._searcher.doc(address)
            stored.get_first("record")
            ids.append(stored.get_first("id"))
        if not prepared.counted:
            return Answer(None, tuple(ids))
        alone = [name for name in prepared.counted if prepared.widen and name in prepared.filters]
        facets = self._counts(query, [name for name in prepared.counted if name not in alone], values)
        for name in alone:
            others = {other: chosen for other, chosen in prepared.filters.items() if other != name}
            facets |= self._counts(self._filtered(text, others), [name], values)
        return Answer(found.count, tuple(ids), facets)

    def close(self) -> None:
        """Nothing to let go of."""

    def _parsed(self, asked: _Asked) -> Query:
        if asked.kind != "prefix":
            return self._index.parse_query(asked.text, self._fields, self._boosts)
        return self._index.parse_query(asked.text, self._fields, self._boosts, fuzzy_fields=self._as_prefixes)

    def _filtered(self, query: Query, filters: Mapping[str, tuple[str, ...]]) -> Query:
        if not filters:
            return query
        clauses = [(Occur.Must, query)]
        for name, chosen in filters.items():
            passes = (
                Query.term_query(self._schema, name, chosen[0], "basic")
                if len(chosen) == 1
                else Query.term_set_query(self._schema, name, chosen)
            )
            clauses.append((Occur.Must, Query.const_score_query(passes, 0.0)))
        return Query.boolean_query(clauses)

    def _counts(self, query: Query, names: list[str], values: int | None) -> dict[str, dict[str, int]]:
        if not names:
            return {}
        wanted: dict[str, Any] = {
            name: {"terms": {"field": name, "size": values or ALL_VALUES, "segment_size": ALL_VALUES}} for name in names
        }
        answered = self._searcher.aggregate(query, wanted)
        return {name: {bucket["key"]: bucket["doc_count"] for bucket in answered[name]["buckets"]} for name in names}
