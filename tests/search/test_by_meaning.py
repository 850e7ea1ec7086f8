"""Records that no word matches: added after the last match, never counted, only where they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_model import write_model

from corpus import CaseStudy
from index import build_index, update_index
from index.sentence_model import open_model
from index.sentences import text_of
from search import SearchRequest, open_engine
from search.by_meaning import ENOUGH, LIKE, MOST, wanted
from search.options import RANKINGS
from search.whoosh_engine import WhooshEngine

FALLS = [
    CaseStudy(id=f"fall-{at:02}", title="Falls", body="cafe " * at, themes=(("housing", "planning")[at % 2],))
    for at in range(25)
]
DAMP = [CaseStudy(id=f"damp-{at}", title="Damp", body="damp homes" + " homes" * at) for at in range(4)]
QUESTION = SearchRequest("homes", limit=100)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two segments, both with vectors, and one record removed."""
    folder = tmp_path_factory.mktemp("meaning")
    build_index([*FALLS[:20], *DAMP[:3]], folder / "index", model=write_model(folder / "model"))
    update_index([*FALLS[1:], *DAMP], folder / "index", merge=False)
    return folder / "index"


@pytest.fixture(scope="module")
def engine(index: Path) -> Iterator[WhooshEngine]:
    opened = open_engine(index)
    assert isinstance(opened, WhooshEngine)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def expected(index: Path) -> list[str]:
    """The ids of the unmatched records that are most like the question, by the model itself."""
    question, *vectors = open_model(index.parent / "model").encode(["homes", *map(text_of, FALLS[1:])])
    cosines = {each.id: float(vector @ question) for each, vector in zip(FALLS[1:], vectors, strict=True)}
    assert all(abs(cosine - LIKE) > 0.01 for cosine in cosines.values())
    return sorted((id for id in cosines if cosines[id] >= LIKE), key=cosines.__getitem__, reverse=True)


def test_the_most_alike_follow_the_matches(engine: WhooshEngine, expected: list[str]) -> None:
    """After the last match come the records most like the question; a removed one is not among them."""
    answer = engine.search(QUESTION)
    beyond = [hit for hit in answer.hits if hit.by_meaning]
    assert answer.total == len(DAMP)
    assert [hit.by_meaning for hit in answer.hits] == [False] * len(DAMP) + [True] * len(beyond)
    assert len(beyond) == min(MOST, len(expected)) > 0
    # Stored vectors are rounded, so records that are nearly as alike may change places.
    assert {hit.id for hit in beyond} <= set(expected[: MOST + 5])
    assert [hit.score for hit in beyond] == sorted((hit.score for hit in beyond), reverse=True)
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))
    assert [note.code for note in answer.notes] == ["meaning"]


def test_nothing_is_counted(engine: WhooshEngine, index: Path) -> None:
    """Total and facets are what they are without sentence vectors."""
    plain = open_engine(index, RANKINGS["full"])
    try:
        wanted = plain.search(QUESTION)
    finally:
        plain.close()
    answer = engine.search(QUESTION)
    assert (answer.total, answer.facets) == (wanted.total, wanted.facets)
    assert not any(hit.by_meaning for hit in wanted.hits)


@pytest.mark.parametrize("size", [1, 3, 4, 5, 10])
def test_pages_are_cut_from_one_list(engine: WhooshEngine, size: int) -> None:
    """Page after page gives the same records in the same order, and no page is longer than asked."""
    whole = [(hit.id, hit.rank, hit.by_meaning) for hit in engine.search(QUESTION).hits]
    pages = [engine.search(QUESTION.but(offset=at, limit=size)).hits for at in range(0, len(whole) + size, size)]
    assert all(len(page) <= size for page in pages)
    assert [(hit.id, hit.rank, hit.by_meaning) for page in pages for hit in page] == whole


def test_filters_hold(engine: WhooshEngine) -> None:
    """What the filters shut out is not found by meaning either."""
    hits = engine.search(QUESTION.but(filters={"theme": ["planning"]})).hits
    assert hits
    assert all(hit.by_meaning and hit.record.themes == ("planning",) for hit in hits)


@pytest.mark.parametrize(
    "change",
    [
        {"literal": True},
        {"mode": "all"},
        {"mode": "phrase"},
        {"sort": "newest"},
        {"sort": "title"},
        {"text": '"homes"'},
        {"text": "+homes"},
        {"text": "title:homes"},
        {"text": ""},
        {"limit": 4},
    ],
)
def test_who_asks_for_certain_words_means_them(engine: WhooshEngine, change: dict[str, object]) -> None:
    """Other modes and orders, the query language, and pages that matches fill get nothing else."""
    answer = engine.search(QUESTION.but(**change))
    assert not any(hit.by_meaning for hit in answer.hits)
    assert "meaning" not in [note.code for note in answer.notes]


def test_it_is_explained(engine: WhooshEngine) -> None:
    """The explanation has the hit's score; other records that do not match have none, as ever."""
    answer = engine.search(QUESTION)
    beyond = {hit.id: hit for hit in answer.hits if hit.by_meaning}
    for id, hit in beyond.items():
        why = engine.explain(QUESTION, id)
        assert why is not None
        assert (why.name, why.value) == ("meaning (sentence vectors)", hit.score)
    others = [record.id for record in FALLS[1:] if record.id not in beyond]
    assert others
    assert engine.explain(QUESTION, others[0]) is None


def test_many_matches_are_enough() -> None:
    """A question that matches many records is given no others."""
    assert wanted(QUESTION, ENOUGH - 1)
    assert not wanted(QUESTION, ENOUGH)
