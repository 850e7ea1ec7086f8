"""The judged queries on the starter corpus: ranking may get better, never silently worse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from benchmarks.ranking_gate import HELD_OUT, SETS, means_of, measure
from corpus import read_corpus, starter_corpus
from index import build_index
from search import open_engine
from search.beir import read_judged_queries
from search.evaluation import QueryEvaluation

Measured = Mapping[str, tuple[QueryEvaluation, ...]]

TOLERANCE = 0.005
"""Half a point: other hardware and library versions may swap documents of nearly equal score."""

USEFUL = 2
"""The grade from which a case study answers the question."""

HARD = ("q69", "q71", "q73", "q75", "q77", "q79")
"""The queries that name a council, an old or popular name of a place, an acronym, or speak as people do."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    """Every judged query of every set, asked of a fresh index of the starter corpus."""
    index = tmp_path_factory.mktemp("gate")
    build_index(read_corpus(starter_corpus()), index)
    engine = open_engine(index)
    yield measure(engine)
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


@pytest.mark.parametrize("figure", ["ndcg@10", "recall@100", "map"])
@pytest.mark.parametrize("name", SETS)
def test_the_mean_does_not_fall(measured: Measured, name: str, figure: str) -> None:
    """The mean over each set stays at its floor; a failure names what was lost, unless the set is held out."""
    floor = json.loads((SETS[name] / "floor.json").read_text(encoding="utf-8"))
    found = means_of(measured[name])[figure]
    lost = "" if name == HELD_OUT else report(measured[name], floor["ndcg@10"])
    assert found >= floor["means"][figure] - TOLERANCE, (
        f"{name}: {figure} is {found:.4f}, its floor {floor['means'][figure]:.4f}\n{lost}"
    )


@pytest.mark.parametrize("id", HARD)
def test_hard_questions_have_a_useful_answer_on_the_first_page(measured: Measured, id: str) -> None:
    """Councils, places, acronyms and plain language are understood: ten hits hold one of grade 2 or more."""
    _, judgements = read_judged_queries(SETS["first"])
    (query,) = (each for each in measured["first"] if each.id == id)
    assert [found for found in query.ranking[:10] if judgements[id].get(found, 0) >= USEFUL], query.text


@pytest.mark.parametrize("name", SETS)
def test_all_judged_case_studies_are_in_the_corpus(name: str) -> None:
    """A judgement of a record that no longer exists would lower every figure for no reason."""
    known = {record.id for record in read_corpus(starter_corpus())}
    _, judgements = read_judged_queries(SETS[name])
    assert {id for judged in judgements.values() for id in judged} <= known


def test_the_sets_share_no_question() -> None:
    """What is held out may not be what was tuned on: no text or id stands in two sets."""
    queries = [read_judged_queries(folder)[0] for folder in SETS.values()]
    ids = [id for each in queries for id in each]
    texts = [text.lower() for each in queries for text in each.values()]
    assert len(set(ids)) == len(ids)
    assert len(set(texts)) == len(texts)
