"""Questions in full sentences lose the words that only ask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.questions import LONGEST_QUESTION, without_question_words
from search.request import SearchRequest
from search.tables import lines
from search.whoosh_engine import WhooshEngine


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("what has Wigan done on public health", "Wigan public health"),
        ("What has Wigan done on public health?", "Wigan public health"),
        ("what have Leeds and Bradford done so far about rough sleeping", "Leeds and Bradford rough sleeping"),
        ("what have councils done about empty homes", "empty homes"),
        ("What are councils doing to help care leavers?", "help care leavers"),
        ("what is being done about potholes", "potholes"),
        ("how do councils recruit social workers", "recruit social workers"),
        ("how did Leeds tackle obesity?", "Leeds obesity"),
        ("how can we reduce air pollution", "reduce air pollution"),
        ("how to reduce air pollution", "reduce air pollution"),
        ("what works to prevent falls", "prevent falls"),
        ("which councils have merged", "merged"),
        ("Which council has tried a four day week?", "tried a four day week"),
        ("are there any councils that use AI?", "councils that use AI"),
        ("has any council tried a four day week", "tried a four day week"),
        ("is there any evidence on telecare", "telecare"),
        ("examples of shared services", "shared services"),
        ("examples of how councils have cut costs", "cut costs"),
        ("case studies about libraries, please", "libraries"),
        ("good practice in scrutiny", "scrutiny"),
        ("show me case studies on ASB", "ASB"),
        ("please tell me about Brighton", "Brighton"),
        ("I'm looking for examples of cyber attacks", "cyber attacks"),
        ("I’m looking for cyber attacks", "cyber attacks"),
        ("we want to know how councils fund parks", "councils fund parks"),
        ("evidence on telecare savings", "telecare savings"),
    ],
)
def test_question_words_are_taken_off(question: str, rest: str) -> None:
    """What is asked about stays, names of councils included."""
    assert without_question_words(question) == rest


@pytest.mark.parametrize(
    "text",
    [
        "health inequalities deprived areas", "what", "what is", "how do", "examples of", "show me", "",
        "  ", "?", "evidence base", "example", "showing", "how many homes", "learning disability employment",
        "looking after children", "whatever works", "case study", "tell", "housing first", "find",
    ],
)  # fmt: skip
def test_what_is_no_question_stays(text: str) -> None:
    """Plain words stay as they are, and so does a question about nothing."""
    assert without_question_words(text) is None


def test_a_pasted_paragraph_is_no_question() -> None:
    """Only short texts are read as questions."""
    assert without_question_words("how do councils " + "recruit staff " * LONGEST_QUESTION) is None


openings = st.sampled_from([line.replace("…", "Leeds") for line in lines("questions.txt")])


@given(openings | st.text(max_size=30), st.text(max_size=60))
def test_any_text(start: str, rest: str) -> None:
    """Any text is read without failing, and nothing is made up: every word of what is left was typed."""
    text = f"{start} {rest}"
    left = without_question_words(text)
    if left is not None:
        assert left.strip()
        assert set("".join(left.split())) <= set(text)


def test_the_answer_shows_what_was_searched(starter_engine: WhooshEngine) -> None:
    """A question finds what its content words find, and shows these as the query that was read."""
    asked = starter_engine.search(SearchRequest("what has Wigan done on public health?"))
    words = starter_engine.search(SearchRequest("Wigan public health"))
    assert [hit.id for hit in asked.hits] == [hit.id for hit in words.hits]
    assert asked.read_as == words.read_as == "Wigan OR public OR health"
    assert "Wigan Metropolitan Borough Council" in asked.hits[0].record.councils


def test_literal_keeps_question_words(starter_engine: WhooshEngine) -> None:
    """Who asks for the words exactly as typed gets all of them."""
    read = starter_engine.search(SearchRequest("what has Wigan done", literal=True)).read_as
    assert "done" in read
