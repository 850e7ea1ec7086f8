"""Measuring the ordinary engine on a small judged collection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from corpus import CaseStudy
from index.build import build_index
from search.evaluation import Configuration, as_words, compared, evaluate
from search.quality import MEASURES

TEXTS = {
    "Falls 1": ("Preventing falls", "Home checks stop older people falling."),
    "Damp/2": ("Damp homes", "Landlords repair damp and mould."),
    "Parks 3": ("Paying for parks", "Lottery money pays for parks and green spaces."),
    "Bins 4": ("Food waste", "Weekly collection of food waste."),
}


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Four documents, three judged queries; one judged document is not in the collection."""
    folder = tmp_path / "four"
    (folder / "qrels").mkdir(parents=True)
    rows = ({"_id": id, "title": title, "text": text} for id, (title, text) in TEXTS.items())
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    queries = {"1": "falls at home", "2": 'mould ("damp")', "3": "zebra"}
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": id, "text": text}) + "\n" for id, text in queries.items()), encoding="utf-8"
    )
    judged = "query-id\tcorpus-id\tscore\n1\tFalls 1\t2\n1\tlost\t1\n2\tDamp/2\t1\n3\tBins 4\t1\n"
    (folder / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    return folder


def test_an_evaluation_measures_the_ordinary_engine(collection: Path) -> None:
    """Figures per query and in the mean, under the collection's own ids."""
    found = evaluate(collection)
    assert (found.collection, found.documents, len(found.per_query)) == ("four", 4, 3)
    first, second, third = found.per_query
    assert first.ranking[0] == "Falls 1"
    assert second.ranking[0] == "Damp/2"
    assert second.figures["ndcg@10"] == 1.0
    assert third.ranking == ()
    assert third.total == 0
    assert found.figures["mrr"] == pytest.approx(2 / 3)


def test_missed_documents_are_named(collection: Path) -> None:
    """A relevant document that is not on the first page is listed with title, grade and place."""
    first, second, third = evaluate(collection).per_query
    assert [(miss.id, miss.title, miss.grade, miss.rank) for miss in first.missed] == [("lost", "", 1, None)]
    assert second.missed == ()
    assert [(miss.id, miss.title) for miss in third.missed] == [("Bins 4", "Food waste")]


def test_failing_queries_come_worst_first(collection: Path) -> None:
    """Queries under the bar are listed, the worst first."""
    assert [query.id for query in evaluate(collection).failing(below=0.9)] == ["3", "1"]


def test_the_json_shape_for_programs(collection: Path) -> None:
    """The keys that programs read are there and survive JSON."""
    plain = json.loads(json.dumps(evaluate(collection).to_dict(per_query=True)))
    assert plain["collection"] == "four"
    assert plain["queries"] == 3
    assert {*MEASURES, "took_s"} <= plain.keys()
    assert [query["query"] for query in plain["per_query"]] == ["1", "2", "3"]
    assert plain["per_query"][2]["missed"] == [{"id": "Bins 4", "title": "Food waste", "grade": 1, "rank": None}]


def test_two_configurations_are_compared_query_by_query(collection: Path) -> None:
    """A comparison holds both evaluations and a test a measure; the same configuration differs in nothing."""
    found = evaluate(collection, compare_with=Configuration(name="literal", request={"literal": True}))
    assert found.against is not None
    assert found.against.configuration == "literal"
    assert [each.measure for each in found.comparisons] == list(MEASURES)
    same = compared(found, found)
    assert all(each.difference == 0 and each.p_value == 1 for each in same.comparisons)
    assert found.to_dict()["comparison"]["ndcg@10"].keys() == {"difference", "p", "better", "worse", "equal"}


def test_a_configuration_may_build_in_its_own_way(collection: Path) -> None:
    """The builder of a configuration gets the records and makes the index."""

    def only_titles(records: Iterable[CaseStudy], path: Path, progress: Callable[[int, int | None], None]) -> None:
        build_index((CaseStudy(id=record.id, title=record.title) for record in records), path, progress)

    found = evaluate(collection, Configuration(name="titles", build=only_titles))
    assert found.per_query[1].ranking == ("Damp/2",)
    assert found.per_query[0].ranking[0] == "Falls 1"


def test_progress_is_told_for_both_stages(collection: Path) -> None:
    """A caller hears of every query asked."""
    heard: list[tuple[str, int, int | None]] = []
    evaluate(collection, progress=lambda stage, done, total: heard.append((stage, done, total)))
    assert [entry for entry in heard if entry[0] == "asking"] == [("asking", n, 3) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        ('the "exact" one (or not)', "the exact one or not"),
        ("vitamin C -deficiency", "vitamin C deficiency"),
        ("COVID-19 AND care NOT homes", "COVID-19 and care not homes"),
        ("title: a study*", "title a study"),
    ],
)
def test_prose_is_not_read_as_query_language(text: str, expected: str) -> None:
    """Signs of our query language in a collection's queries are punctuation."""
    assert as_words(text).split() == expected.split()
