"""Measuring the ordinary engine on a judged collection.

A collection in BEIR layout is indexed by the ordinary builder and asked through the
ordinary engine, so the figures are those of the product, not of a laboratory.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Final

from corpus.model import CaseStudy
from search import quality
from search.beir import Collection, as_records, read_collection
from search.engine import Engine, open_engine
from search.quality import Comparison
from search.request import SearchRequest

DEPTH: Final = 100
"""Hits asked for each query: as deep as Recall@100 looks. MAP and MRR see no deeper either."""

FIRST_PAGE: Final = 10
"""A relevant document below this place counts as missed by the first page."""

Progress = Callable[[str, int, int | None], None]
"""Called with (what is being done, steps done, steps in all or None where that is not known)."""


def _build(records: Iterable[CaseStudy], path: Path, progress: Callable[[int, int | None], None]) -> None:
    from index.build import build_index
    from index.learned import LARGEST_EVALUATED

    build_index(records, path, progress, learn_up_to=LARGEST_EVALUATED)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One way to index and to ask, under a name that reports show.

    `build(records, index folder, progress)` makes the index, `open` the engine
    over it, and `request` holds fields of `SearchRequest` that differ from the
    ordinary ones (`{"literal": True}`).
    """

    name: str = "default"
    build: Callable[[Iterable[CaseStudy], Path, Callable[[int, int | None], None]], object] = _build
    open: Callable[[str | PathLike[str]], Engine] = open_engine
    request: Mapping[str, object] = field(default_factory=dict)


DEFAULT: Final = Configuration()


@dataclass(frozen=True, slots=True)
class Missed:
    """A relevant document that the first page lacks; `rank` is its place within `DEPTH`, None if it is not there."""

    id: str
    title: str
    grade: int
    rank: int | None


@dataclass(frozen=True, slots=True)
class QueryEvaluation:
    """One query's figures. `total` is the number of matches; `ranking` the ids of the first `DEPTH`."""

    id: str
    text: str
    figures: Mapping[str, float]
    total: int
    ranking: tuple[str, ...]
    missed: tuple[Missed, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "query": self.id,
            "text": self.text,
            **self.figures,
            "total": self.total,
            "missed": [
                {"id": miss.id, "title": miss.title, "grade": miss.grade, "rank": miss.rank} for miss in self.missed
            ],
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one configuration on one collection.

    `figures` are means over the queries by the names of `quality.MEASURES`;
    `comparisons` holds one `Comparison` a measure where another configuration
    was measured too (`against`), this one's values minus the other's.
    Times are wall-clock seconds; `search_s` covers the questions only.
    """

    collection: str
    configuration: str
    documents: int
    figures: Mapping[str, float]
    per_query: tuple[QueryEvaluation, ...]
    index_s: float
    search_s: float
    took_s: float
    against: Evaluation | None = None
    comparisons: tuple[Comparison, ...] = ()

    def to_dict(self, per_query: bool = False) -> dict[str, Any]:
        """Plain values for JSON: means, counts and times; the comparison where there is one; queries if asked."""
        plain: dict[str, Any] = {
            "collection": self.collection,
            "configuration": self.configuration,
            "documents": self.documents,
            "queries": len(self.per_query),
            **self.figures,
            "index_s": round(self.index_s, 3),
            "search_s": round(self.search_s, 3),
            "took_s": round(self.took_s, 3),
        }
        if self.against is not None:
            plain["against"] = self.against.to_dict()
            plain["comparison"] = {
                each.measure: {
                    "difference": each.difference,
                    "p": each.p_value,
                    "better": each.better,
                    "worse": each.worse,
                    "equal": each.equal,
                }
                for each in self.comparisons
            }
        if per_query:
            plain["per_query"] = [query.to_dict() for query in self.per_query]
        return plain

    def failing(self, below: float = 0.5) -> tuple[QueryEvaluation, ...]:
        """The queries whose nDCG@10 is under `below`, worst first."""
        poor = [query for query in self.per_query if query.figures["ndcg@10"] < below]
        return tuple(sorted(poor, key=lambda query: (query.figures["ndcg@10"], query.id)))


def evaluate(
    folder: str | PathLike[str],
    configuration: Configuration = DEFAULT,
    compare_with: Configuration | None = None,
    split: str | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Index the collection in `folder`, ask all its judged queries, and measure the answers.

    `split` names the judgements (see `read_collection`). With `compare_with` the
    other configuration is measured as well, and a paired randomisation test
    tells whether the difference could be chance. The index lives in a temporary folder.

    Raises `BadInput` for a folder that is no collection.
    """
    started = time.perf_counter()
    collection = read_collection(folder, split)
    first = _measure(collection, configuration, progress, started)
    if compare_with is None:
        return first
    second = _measure(collection, compare_with, progress, time.perf_counter())
    return compared(first, second)


def compared(first: Evaluation, second: Evaluation) -> Evaluation:
    """`first` with its comparison against `second`. Raises `ValueError` unless both asked the same queries."""
    comparisons = tuple(
        quality.compare(
            name,
            {query.id: query.figures[name] for query in first.per_query},
            {query.id: query.figures[name] for query in second.per_query},
        )
        for name in quality.MEASURES
    )
    return Evaluation(
        collection=first.collection,
        configuration=first.configuration,
        documents=first.documents,
        figures=first.figures,
        per_query=first.per_query,
        index_s=first.index_s,
        search_s=first.search_s,
        took_s=first.took_s + second.took_s,
        against=second,
        comparisons=comparisons,
    )


def ask(
    engine: Engine,
    queries: Mapping[str, str],
    judgements: Mapping[str, Mapping[str, int]],
    known_as: Mapping[str, str] | None = None,
    request: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> tuple[QueryEvaluation, ...]:
    """Ask an open engine every query and measure each answer.

    `known_as` maps the engine's record ids to the ids of the judgements
    (without it they are the same). A relevant document that the engine does
    not hold counts as missed, with an empty title.
    """
    own_ids = {theirs: own for own, theirs in known_as.items()} if known_as is not None else None
    done: list[QueryEvaluation] = []
    for id, text in queries.items():
        found = engine.search(
            SearchRequest(text=as_words(text), limit=DEPTH, facets=(), snippets=False).but(**(request or {}))
        )
        ids = (hit.id for hit in found.hits)
        ranking = tuple(known_as[own] for own in ids) if known_as is not None else tuple(ids)
        judged = judgements[id]
        done.append(
            QueryEvaluation(
                id=id,
                text=text,
                figures=quality.measure(ranking, judged),
                total=found.total,
                ranking=ranking,
                missed=_missed(engine, ranking, judged, own_ids),
            )
        )
        if progress:
            progress("asking", len(done), len(queries))
    return tuple(done)


_OPERATORS = re.compile(r"[\"“”„*():]|(?<!\S)[+-]+")
_JOINERS = re.compile(r"\b(?:AND|OR|NOT)\b")


def as_words(text: str) -> str:
    """A query of a collection without the signs of our query language.

    Such queries are prose written for no engine: a bracket or a leading dash
    in them is punctuation, not a wish to exclude.
    """
    return _JOINERS.sub(lambda found: found[0].lower(), _OPERATORS.sub(" ", text))


def _measure(
    collection: Collection, configuration: Configuration, progress: Progress | None, started: float
) -> Evaluation:
    known_as: dict[str, str] = {}

    def indexed(done: int, total: int | None) -> None:
        if progress:
            progress("indexing", done, total)

    with tempfile.TemporaryDirectory(prefix="casefinder-evaluate-") as folder:
        index = Path(folder) / "index"
        records = as_records(collection.documents(), known_as.__setitem__)
        before = time.perf_counter()
        configuration.build(records, index, indexed)
        built = time.perf_counter()
        engine = configuration.open(index)
        try:
            asked_from = time.perf_counter()
            per_query = ask(
                engine, collection.queries, collection.judgements, known_as, configuration.request, progress
            )
            asked = time.perf_counter()
        finally:
            engine.close()
    return Evaluation(
        collection=collection.name,
        configuration=configuration.name,
        documents=len(known_as),
        figures=quality.mean({query.id: query.figures for query in per_query}),
        per_query=per_query,
        index_s=built - before,
        search_s=asked - asked_from,
        took_s=time.perf_counter() - started,
    )


def _missed(
    engine: Engine, ranking: Sequence[str], judged: Mapping[str, int], own_ids: Mapping[str, str] | None
) -> tuple[Missed, ...]:
    """The relevant documents that the first page lacks, the most relevant first."""
    places = {id: place for place, id in enumerate(ranking, start=1)}
    found: list[Missed] = []
    for id, grade in sorted(judged.items(), key=lambda item: (-item[1], item[0])):
        rank = places.get(id)
        if grade < quality.RELEVANT_FROM or (rank is not None and rank <= FIRST_PAGE):
            continue
        record = engine.get(own_ids.get(id, "") if own_ids is not None else id)
        found.append(Missed(id, record.title if record else "", grade, rank))
    return tuple(found)
