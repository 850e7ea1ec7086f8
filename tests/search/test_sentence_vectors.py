"""Sentence vectors in ranking: what they add, what they leave alone, and what happens without the model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_model import write_model

from corpus import CaseStudy
from index import build_index, update_index
from index.sentence_model import MODEL_VARIABLE, open_model
from index.sentences import text_of
from search import SearchRequest, open_engine
from search.options import RANKINGS, RankingOptions
from search.rerank import SENTENCE_WEIGHT
from search.whoosh_engine import WhooshEngine

BODIES = ("damp homes", "homes falling", "cafe, homes falling", "homes 12 $ damp falls")
RECORDS = [
    CaseStudy(
        id=f"r{at:02}", title="Homes", body=BODIES[at % 4] + " cafe" * at, themes=(("housing", "planning")[at % 2],)
    )
    for at in range(12)
]
ONLY_SENTENCES = RankingOptions(proximity=False, learned=False)


@pytest.fixture(autouse=True)
def no_model_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


@pytest.fixture
def index(tmp_path: Path, model: Path) -> Path:
    """Two segments, both with vectors."""
    build_index(RECORDS[:9], tmp_path / "index", model=model)
    update_index(RECORDS, tmp_path / "index", merge=False)
    return tmp_path / "index"


@pytest.fixture
def engine(index: Path) -> Iterator[WhooshEngine]:
    opened = WhooshEngine.open(index, ONLY_SENTENCES)
    yield opened
    opened.close()


def scores(index: Path, options: RankingOptions, request: SearchRequest) -> dict[str, float]:
    engine = open_engine(index, options)
    try:
        return {hit.id: hit.score for hit in engine.search(request).hits}
    finally:
        engine.close()


def test_likeness_is_added_to_the_words(index: Path, model: Path) -> None:
    """score = words + weight · best score by words anywhere · cosine, in every segment."""
    request = SearchRequest("damp homes", limit=100)
    words = scores(index, RANKINGS["words"], request)
    found = scores(index, ONLY_SENTENCES, request)
    question, *vectors = open_model(model).encode(["damp homes", *(text_of(each) for each in RECORDS)])
    for each, vector in zip(RECORDS, vectors, strict=True):
        added = SENTENCE_WEIGHT * max(words.values()) * max(0.0, float(vector @ question))
        assert found[each.id] == pytest.approx(words[each.id] + added, abs=0.03 * max(words.values()))


def test_what_matches_stays_what_the_words_say(index: Path) -> None:
    """Totals and facets are those of the words and filters."""
    request = SearchRequest("falling", filters={"theme": ["housing"]}, limit=100)
    engines = [open_engine(index, options) for options in (RANKINGS["words"], ONLY_SENTENCES)]
    try:
        plain, meant = (engine.search(request) for engine in engines)
    finally:
        for engine in engines:
            engine.close()
    assert (plain.total, plain.facets) == (meant.total, meant.facets)
    assert {hit.id for hit in plain.hits} == {hit.id for hit in meant.hits if not hit.by_meaning}


def test_the_part_is_explained(engine: WhooshEngine) -> None:
    """The tree names the part and sums to the score of the hit."""
    request = SearchRequest("damp homes", filters={"theme": ["housing"]}, limit=100)
    for hit in engine.search(request).hits:
        why = engine.explain(request, hit.id)
        assert why is not None
        assert why.value == pytest.approx(hit.score, rel=1e-5)
        assert "meaning (sentence vectors)" in [part.name for part in why.details]


def test_other_orders_need_no_model(index: Path, model: Path) -> None:
    """By date or title nothing is scored by meaning, and questions without words ask the model nothing."""
    shutil.rmtree(model)
    engine = open_engine(index)
    try:
        answers = [engine.search(SearchRequest("", limit=5)), engine.search(SearchRequest("homes", sort="newest"))]
        assert [note.code for answer in answers for note in answer.notes] == []
    finally:
        engine.close()


def test_without_the_model_the_words_rank_and_a_note_says_so(index: Path, model: Path) -> None:
    """The model's folder is gone: the ranking is the ordinary one, and the answer says what is missing."""
    shutil.rmtree(model)
    engine = open_engine(index)
    try:
        answer = engine.search(SearchRequest("damp homes", limit=100))
    finally:
        engine.close()
    assert [note.code for note in answer.notes] == ["model"]
    assert str(model) in answer.notes[0].text
    assert {hit.id: hit.score for hit in answer.hits} == scores(
        index, RANKINGS["full"], SearchRequest("damp homes", limit=100)
    )


def test_the_environment_names_a_model_that_moved(index: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CASEFINDER_MODEL goes before the place where the model was; a model with other weights is refused."""
    request = SearchRequest("damp homes", limit=100)
    before = scores(index, ONLY_SENTENCES, request)
    moved = model.rename(model.with_name("moved"))
    monkeypatch.setenv(MODEL_VARIABLE, str(moved))
    assert scores(index, ONLY_SENTENCES, request) == before
    monkeypatch.setenv(MODEL_VARIABLE, str(write_model(model.with_name("other"), seed=7)))
    engine = open_engine(index)
    try:
        notes = engine.search(request).notes
    finally:
        engine.close()
    assert [note.code for note in notes] == ["model"]
    assert "is not the model that made them" in notes[0].text


def test_signs_of_the_query_language_are_no_prose(engine: WhooshEngine) -> None:
    """A question in the query language is compared by the words that rank, not by its signs."""
    plain = {hit.id: hit.score for hit in engine.search(SearchRequest("damp homes", limit=100)).hits}
    signed = {hit.id: hit.score for hit in engine.search(SearchRequest("damp OR homes", limit=100)).hits}
    assert signed == plain
