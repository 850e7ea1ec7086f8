"""From what was typed to what is meant: corrections, the order of the steps, and what is never touched."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import Analyser
from index.lexicon import Lexicon
from search.ordinary_words import is_ordinary
from search.request import MODES, Mode, SearchRequest
from search.results import SearchResults
from search.spelling import Speller
from search.understand import UNDONE
from search.whoosh_engine import WhooshEngine

PIECES: Final = (
    "ASB", "kids", "old folk", "Lake District", "Cumbria", "chidrens", "mentel", "helth", "libraries", "parks", "zebra",
    "what has", "done on", "how do councils", "?", '"', "+", "-", "AND", "OR", "NOT", "(", ")", "*", "title:",
    "council:", "year:2015..2020", '"anti-social behaviour"', "the", "of", "é", "\x00", "🦊",
)  # fmt: skip
"""Pieces of questions that every step of understanding looks at."""

texts = st.lists(st.sampled_from(PIECES), max_size=7).map(" ".join) | st.text(max_size=30)


def ask(engine: WhooshEngine, text: str, **options: object) -> SearchResults:
    return engine.search(SearchRequest(text, limit=100, snippets=False).but(**options))


# Corrections


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("chidrens mentel helth", "childrens mental health"),
        ("helth inequalites", "health inequalities"),
        ("Regenaration of town centres", "Regeneration of town centres"),
        ("+libaries -helth", "+libraries -health"),
        ('"public health" accomodation', '"public health" accommodation'),
        ("what has Wigan done on public helth", "what has Wigan done on public health"),
    ],
)
def test_sure_misspellings_are_corrected(starter_engine: WhooshEngine, typed: str, corrected: str) -> None:
    """Results are those of the corrected query; the note says so and leads back to what was typed."""
    results = ask(starter_engine, typed)
    note = results.notes[0]
    assert (note.code, note.text, note.query) == ("corrected", f"Showing results for “{corrected}”.", typed)
    right = ask(starter_engine, corrected)
    assert [hit.id for hit in results.hits] == [hit.id for hit in right.hits]
    assert results.total == right.total > 0
    assert results.read_as == right.read_as
    assert results.suggestion is None


@pytest.mark.parametrize(
    "typed",
    ['"mentel helth" parks', "council:wigann parks", "title:helth parks", "helth* parks", '(parks OR "helth")'],
)
def test_what_was_marked_is_never_corrected(starter_engine: WhooshEngine, typed: str) -> None:
    """Quoted phrases, values of fields and beginnings of words stay as they were typed."""
    assert [note for note in ask(starter_engine, typed).notes if note.code == "corrected"] == []


@pytest.mark.parametrize(
    "typed",
    ["lung cancer", "boys", "taxis", "maternal health", "flight paths", "stop parking", "potholes", "OAPs", "CAMHS",
     "motorists", "Jaywick", "Eryri"],
)  # fmt: skip
def test_right_words_are_never_corrected(starter_engine: WhooshEngine, typed: str) -> None:
    """Ordinary English, curators' words and names of places are right, whether or not a case study has them."""
    results = ask(starter_engine, typed)
    assert [note for note in results.notes if note.code == "corrected"] == []
    assert results.suggestion is None


def test_a_phrase_is_only_offered_another_spelling(starter_engine: WhooshEngine) -> None:
    """An exact phrase that finds something is never changed."""
    results = ask(starter_engine, "public health", mode="phrase")
    assert (results.notes, results.suggestion) == ((), None)


def test_a_phrase_that_finds_nothing_is_corrected_in_its_steps_down(starter_engine: WhooshEngine) -> None:
    """A misspelt phrase gives what its words, rightly spelt, give; both notes say so."""
    results = ask(starter_engine, "chidrens mentel helth", mode="phrase")
    assert [note.code for note in results.notes] == ["corrected", "relaxed"]
    assert results.total > 0
    assert results.suggestion is None


def test_an_unsure_correction_is_only_offered() -> None:
    """A short word at one consonant's distance may be anything: it is searched for as typed."""
    analyser = Analyser()
    lexicon = Lexicon.of((word.encode(), 50, analyser.stem(word).encode()) for word in ("parks", "health"))
    (found,) = Speller(lexicon, analyser).corrections("pards")
    assert (found.text, found.sure) == ("parks", False)


@pytest.mark.parametrize(
    ("word", "ordinary"), [("lung", True), ("lungs", True), ("Lung", True), ("cant", True), ("helth", False)]
)
def test_ordinary_words(word: str, ordinary: bool) -> None:
    """The list knows words in any case and their plain plurals, and no misspelling."""
    assert is_ordinary(word) is ordinary


@pytest.mark.parametrize(
    "misspelt",
    [
        "accomodation", "recieve", "seperate", "goverment", "enviroment", "occured", "begining", "beleive",
        "definately", "publically", "untill", "wich", "adress", "arguement", "comittee", "collegue", "existance",
        "independant", "neccessary", "occurence", "priviledge", "refered", "relevent", "succesful", "tommorow",
        "truely", "wierd", "writting", "helth", "mentel", "chidren", "obestiy", "libary",
    ],
)  # fmt: skip
def test_common_misspellings_are_not_ordinary(misspelt: str) -> None:
    """No common misspelling stands in the list of ordinary words: it would never be corrected."""
    assert not is_ordinary(misspelt)


# All steps together


def test_the_steps_work_together(starter_engine: WhooshEngine) -> None:
    """A question with a misspelt word, an acronym and a place is corrected first and widened last."""
    results = ask(starter_engine, "what has Cumbria done on ASB and helth")
    assert [note.code for note in results.notes] == ["corrected", "synonym", "place"]
    assert {note.query for note in results.notes} == {"what has Cumbria done on ASB and helth"}
    assert results.read_as.startswith("Cumbria OR council:")


@settings(max_examples=60)
@given(texts, st.sampled_from(MODES))
def test_literal_is_the_plain_reading(starter_engine: WhooshEngine, text: str, mode: Mode) -> None:
    """Exactly as typed means exactly: no step of understanding leaves a trace."""
    results = ask(starter_engine, text, mode=mode, literal=True, limit=5)
    plain = starter_engine.parser.parse(text, mode)
    assert results.read_as == plain.read_as
    assert results.notes == plain.notes
    assert results.suggestion is None
    assert results.total == sum(map(len, starter_engine._matches(plain.query)))


@settings(max_examples=100)
@given(texts, st.sampled_from(MODES))
def test_any_question_is_understood(starter_engine: WhooshEngine, text: str, mode: Mode) -> None:
    """Any text is answered; every note has a code and a sentence, and leads back where something was changed."""
    results = ask(starter_engine, text, mode=mode, limit=3)
    for note in results.notes:
        assert note.code
        assert note.text.endswith(".")
        if note.code in UNDONE:
            assert note.query == text
        else:
            assert note.code in ("malformed", "few", "meaning", "no-words", "unknown-year")
    codes = [note.code for note in results.notes]
    assert len(set(codes) & UNDONE) == len([code for code in codes if code in UNDONE])
    if not results.notes:
        literal = ask(starter_engine, text, mode=mode, literal=True, limit=3)
        assert results.total == literal.total or results.read_as != literal.read_as
    for hit in results.hits:
        explained = starter_engine.explain(SearchRequest(text, mode=mode), hit.id)
        assert explained is not None


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["ASB", "kids", "old folk", "parks", "health", "Lake District", "bins"]), max_size=4))
def test_understanding_only_widens(starter_engine: WhooshEngine, words: list[str]) -> None:
    """With synonyms and places, plain words find at least what they find without."""
    text = " ".join(words)
    for mode in ("best", "all"):
        meant = ask(starter_engine, text, mode=mode, limit=600)
        literal = ask(starter_engine, text, mode=mode, limit=600, literal=True)
        assert {hit.id for hit in literal.hits} <= {hit.id for hit in meant.hits}
        assert meant.total >= literal.total


def test_a_long_query_that_is_relaxed_still_says_that_it_was_cut(starter_engine: WhooshEngine) -> None:
    """Notes on the query itself hold when something looser is asked in its place, and each is said once."""
    text = '"zqx" health +qzx ! ' * 500
    codes = [note.code for note in starter_engine.search(SearchRequest(text)).notes]
    assert "truncated" in codes
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("apprentiships for care leavers", "apprenticeships for care leavers"),
        ("people who cant pay council tax", None),
        ("sleeping in doorways", None),
    ],
)
def test_what_people_type_is_corrected_with_care(
    starter_engine: WhooshEngine, typed: str, searched: str | None
) -> None:
    """A long word with two mistakes is put right; a contraction without its apostrophe, and a plain word, are none."""
    notes = [note.text for note in ask(starter_engine, typed).notes if note.code == "corrected"]
    assert notes == ([] if searched is None else [f"Showing results for “{searched}”."])
