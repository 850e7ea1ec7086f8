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
from search.by_meaning import ENOUGH, LEAST_SAID, wanted
from search.options import RANKINGS
from search.whoosh_engine import WhooshEngine

FALLS = [
    CaseStudy(id=f"fall-{at:02}", title="Falls", body="cafe " * at, themes=(("housing", "planning")[at % 2],))
    for at in range(25)
]
DAMP = [CaseStudy(id=f"damp-{at}", title="Damp", body="damp homes" + " homes" * at) for at in range(4)]
QUESTION = SearchRequest("homes", limit=100)

LEARNED_QUESTION = SearchRequest("knife", limit=100)
"""To the shipped corpus: few case studies hold the word, many are on its subject."""


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


@pytest.fixture
def learned(starter_engine: WhooshEngine) -> WhooshEngine:
    """An index without a model: only what the collection itself teaches finds more."""
    return starter_engine


@pytest.fixture(scope="module")
def alike(index: Path) -> set[str]:
    """The ids of the unmatched records that are like the question, by the model itself."""
    question, *vectors = open_model(index.parent / "model").encode(["homes", *map(text_of, FALLS[1:])])
    cosines = {each.id: float(vector @ question) for each, vector in zip(FALLS[1:], vectors, strict=True)}
    assert all(abs(cosine - LEAST_SAID) > 0.01 for cosine in cosines.values())
    return {id for id in cosines if cosines[id] >= LEAST_SAID}


def test_the_most_alike_follow_the_matches(engine: WhooshEngine, alike: set[str]) -> None:
    """After the last match come the records that are like the question; a removed one is not among them."""
    answer = engine.search(QUESTION)
    beyond = [hit for hit in answer.hits if hit.by_meaning]
    assert answer.total == len(DAMP)
    assert [hit.by_meaning for hit in answer.hits] == [False] * len(DAMP) + [True] * len(beyond)
    assert answer.by_meaning == len(beyond)
    assert alike <= {hit.id for hit in beyond} <= {record.id for record in FALLS[1:]}
    assert [hit.score for hit in beyond] == sorted((hit.score for hit in beyond), reverse=True)
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))
    assert [note.code for note in answer.notes] == ["meaning"]


def test_the_collection_itself_teaches_what_is_alike(learned: WhooshEngine) -> None:
    """Without a model, records on the matches' subject follow them: most are on young people or on safety."""
    answer = learned.search(LEARNED_QUESTION)
    beyond = [hit for hit in answer.hits if hit.by_meaning]
    assert len(beyond) == answer.by_meaning == len(answer.hits) - answer.total > 0
    assert not any("knife" in f"{hit.record.title} {hit.record.body}".lower() for hit in beyond)
    subject = {"children-and-young-people", "community-safety"}
    assert sum(bool(subject & set(hit.record.themes)) for hit in beyond) > len(beyond) / 2


@pytest.mark.parametrize("name", ["engine", "learned"])
def test_nothing_is_counted(name: str, request: pytest.FixtureRequest) -> None:
    """Total and facets are what they are by words alone."""
    engine: WhooshEngine = request.getfixturevalue(name)
    question = QUESTION if name == "engine" else LEARNED_QUESTION
    plain = open_engine(engine.path, RANKINGS["lexical"])
    try:
        wanted = plain.search(question)
    finally:
        plain.close()
    answer = engine.search(question)
    assert answer.by_meaning
    assert (answer.total, answer.facets) == (wanted.total, wanted.facets)
    assert not any(hit.by_meaning for hit in wanted.hits)


@pytest.mark.parametrize("name", ["engine", "learned"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 10])
def test_pages_are_cut_from_one_list(name: str, size: int, request: pytest.FixtureRequest) -> None:
    """Page after page gives the same records in the same order, and no page is longer than asked."""
    engine: WhooshEngine = request.getfixturevalue(name)
    question = QUESTION if name == "engine" else LEARNED_QUESTION
    whole = [(hit.id, hit.rank, hit.by_meaning) for hit in engine.search(question).hits]
    answers = [engine.search(question.but(offset=at, limit=size)) for at in range(0, len(whole) + size, size)]
    assert all(len(answer.hits) <= size for answer in answers)
    assert [(hit.id, hit.rank, hit.by_meaning) for answer in answers for hit in answer.hits] == whole
    # Who turns the pages sees that more follow as soon as the last match is in sight, also where a page ends with it.
    for at, answer in enumerate(answers):
        reached = (at + 1) * size >= answer.total
        assert answer.total + answer.by_meaning == (len(whole) if reached else answer.total)


def test_filters_hold(engine: WhooshEngine) -> None:
    """What the filters shut out is not found by meaning either."""
    hits = engine.search(QUESTION.but(filters={"theme": ["planning"]})).hits
    assert hits
    assert all(hit.by_meaning and hit.record.themes == ("planning",) for hit in hits)


def test_filters_hold_for_what_was_learned(learned: WhooshEngine) -> None:
    """The same without a model."""
    everyone = learned.search(LEARNED_QUESTION)
    theme = next(hit.record.themes[0] for hit in everyone.hits if hit.by_meaning)
    answer = learned.search(LEARNED_QUESTION.but(filters={"theme": [theme]}))
    assert answer.by_meaning
    assert all(theme in hit.record.themes for hit in answer.hits)


@pytest.mark.parametrize("name", ["engine", "learned"])
@pytest.mark.parametrize(
    "change",
    [
        {"literal": True},
        {"mode": "all"},
        {"mode": "phrase"},
        {"sort": "newest"},
        {"sort": "title"},
        {"text": '"{}"'},
        {"text": "+{}"},
        {"text": "title:{}"},
        {"text": ""},
        {"limit": 3},
        {"limit": 0},
    ],
)
def test_who_asks_for_certain_words_means_them(
    name: str, change: dict[str, object], request: pytest.FixtureRequest
) -> None:
    """Other modes and orders, the query language, and pages before the last match get nothing else."""
    engine: WhooshEngine = request.getfixturevalue(name)
    question = QUESTION if name == "engine" else LEARNED_QUESTION
    if "text" in change:
        change = {"text": str(change["text"]).format(question.text)}
    answer = engine.search(question.but(**change))
    assert not answer.by_meaning
    assert not any(hit.by_meaning for hit in answer.hits)
    assert "meaning" not in [note.code for note in answer.notes]


@pytest.mark.parametrize("name", ["engine", "learned"])
def test_it_is_explained(name: str, request: pytest.FixtureRequest, starter_records: tuple[CaseStudy, ...]) -> None:
    """The explanation sums to the hit's score; other records that do not match have none, as ever."""
    engine: WhooshEngine = request.getfixturevalue(name)
    question = QUESTION if name == "engine" else LEARNED_QUESTION
    answer = engine.search(question)
    beyond = {hit.id: hit for hit in answer.hits if hit.by_meaning}
    for id, hit in beyond.items():
        # A page's size and place change nothing.
        why = engine.explain(question.but(limit=1), id)
        assert why is not None
        assert (why.name, why.value) == ("meaning", hit.score)
        assert why.value == pytest.approx(sum(part.value for part in why.details), rel=1e-5)
    held = {hit.id for hit in answer.hits}
    others = [each.id for each in (FALLS[1:] if name == "engine" else starter_records[:40]) if each.id not in held]
    assert others or name == "engine"
    assert all(engine.explain(question, id) is None for id in others)


def test_many_matches_are_enough() -> None:
    """A question that matches many records is given no others."""
    assert wanted(QUESTION, ENOUGH - 1)
    assert not wanted(QUESTION, ENOUGH)


@pytest.mark.parametrize("text", ["Brighton", "wigan council", "Cumbria"])
def test_who_names_a_council_means_it(text: str) -> None:
    """A council's name and nothing else is no subject."""
    assert not wanted(SearchRequest(text), 3)
    assert wanted(SearchRequest(f"{text} parks"), 3)
