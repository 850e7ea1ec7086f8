"""The judged queries on the starter corpus: ranking may get better, never silently worse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import read_corpus, starter_corpus
from index import build_index
from search import open_engine
from search.beir import read_judged_queries
from search.evaluation import QueryEvaluation, ask
from search.quality import mean

HERE = Path(__file__).parent
TOLERANCE = 0.005
"""Half a point: other hardware and library versions may swap documents of nearly equal score."""

USEFUL = 2
"""The grade from which a case study answers the question."""

HARD = ("q69", "q71", "q73", "q75", "q77", "q79")
"""The queries that name a council, an old or popular name of a place, an acronym, or speak as people do."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[QueryEvaluation, ...]]:
    """Every judged query, asked of a fresh index of the starter corpus."""
    index = tmp_path_factory.mktemp("gate")
    build_index(read_corpus(starter_corpus()), index)
    engine = open_engine(index)
    queries, judgements = read_judged_queries(HERE)
    yield ask(engine, queries, judgements)
    engine.close()


def report(measured: tuple[QueryEvaluation, ...], floor: dict[str, float]) -> str:
    """The queries that fell, and the relevant documents that their first page misses."""
    lines = []
    for query in measured:
        lost = floor.get(query.id, 0.0) - query.figures["ndcg@10"]
        if lost > TOLERANCE:
            lines.append(
                f"{query.id} {query.text!r}: nDCG@10 {query.figures['ndcg@10']:.3f}, {lost:.3f} below its floor"
            )
            lines += [f"    grade {miss.grade}, rank {miss.rank or '> 100'}: {miss.id}" for miss in query.missed[:5]]
    return "\n".join(lines)


@pytest.mark.parametrize("measure", ["ndcg@10", "recall@100", "map"])
def test_the_mean_does_not_fall(measured: tuple[QueryEvaluation, ...], measure: str) -> None:
    """The mean over the judged queries stays at its floor; a failure names what was lost."""
    floor = json.loads((HERE / "floor.json").read_text(encoding="utf-8"))
    found = mean({query.id: query.figures for query in measured})[measure]
    assert found >= floor["means"][measure] - TOLERANCE, (
        f"{measure} is {found:.4f}, its floor {floor['means'][measure]:.4f}\n{report(measured, floor['ndcg@10'])}"
    )


@pytest.mark.parametrize("id", HARD)
def test_hard_questions_have_a_useful_answer_on_the_first_page(measured: tuple[QueryEvaluation, ...], id: str) -> None:
    """Councils, places, acronyms and plain language are understood: ten hits hold one of grade 2 or more."""
    _, judgements = read_judged_queries(HERE)
    (query,) = (each for each in measured if each.id == id)
    assert [found for found in query.ranking[:10] if judgements[id].get(found, 0) >= USEFUL], query.text


def test_all_judged_case_studies_are_in_the_corpus() -> None:
    """A judgement of a record that no longer exists would lower every figure for no reason."""
    known = {record.id for record in read_corpus(starter_corpus())}
    _, judgements = read_judged_queries(HERE)
    assert {id for judged in judgements.values() for id in judged} <= known
