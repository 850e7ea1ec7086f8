"""Plain words as clauses."""

from __future__ import annotations

import pytest

from index.analysis import Analyser
from search.query_tree import And, DisjunctionMax, Or, Term
from search.read_words import MAX_CLAUSES, WordClause, WordReader, all_of, any_of

INDEXED = {"keyworker": "keywork", "greenspace": "greenspac"}
READER = WordReader(Analyser(), INDEXED.get)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", []),
        ("the of and", []),
        ("health", [WordClause("health", ("health",))]),
        ("the health of councils", [WordClause("health", ("health",)), WordClause("councils", ("council",))]),
        ("health Health healthS", [WordClause("health", ("health",), times=3)]),
        ("co-production", [WordClause("co-production", ("co", "product"), "coproduct", certain=True)]),
        ("co production", [WordClause("co production", ("co", "product"), "coproduct", certain=True)]),
        ("20mph", [WordClause("20mph", ("20", "mph"), "20mph", certain=True)]),
        ("20 mph", [WordClause("20 mph", ("20", "mph"), "20mph", certain=True)]),
        ("low-income", [WordClause("low-income", ("low", "incom"), "lowincom")]),
        ("green space", [WordClause("green space", ("green", "space"), "greenspac")]),
        ("green belt", [WordClause("green", ("green",)), WordClause("belt", ("belt",))]),
        ("what-if", [WordClause("what-if", (), "whatif")]),
    ],
)
def test_words_become_clauses(text: str, clauses: list[WordClause]) -> None:
    """Each distinct word once, in order; parts and closed spellings together; stop words left out."""
    assert READER.clauses(text) == clauses


def test_clauses_are_bounded() -> None:
    """However long the text, so many words are looked up and no more."""
    assert len(READER.clauses(" ".join(f"word{number}" for number in range(1_000)))) == MAX_CLAUSES


def test_exact_words_keep_stop_words_in_step_with_positions() -> None:
    """What a phrase looks for is what successive positions hold."""
    assert READER.exact_words("State of the Art") == ("state", "of", "the", "art")
    assert READER.exact_words("co-production 20mph") == ("co", "production", "20", "mph")
    assert READER.exact_words("…") == ()


def test_clauses_become_queries() -> None:
    """One word is a term; a compound the better of its spellings, in which a known one's parts count less."""
    plain, sure, unsure = (READER.clauses(text)[0] for text in ("health health", "co-production", "low-income"))
    assert plain.query() == Term("text", "health", boost=2.0)
    parts = Or([Term("title", "co", boost=0.7), Term("title", "product", boost=0.7)])
    assert sure.query("title") == DisjunctionMax([Term("title", "coproduct"), parts])
    assert sure.query("title", every_part=True) == Term("title", "coproduct")
    closed = Term("text", "lowincom")
    parts = [Term("text", "low"), Term("text", "incom")]
    assert unsure.query() == DisjunctionMax([closed, Or(parts)])
    assert unsure.query(every_part=True) == DisjunctionMax([closed, And(parts)])
    assert set(sure.terms) == {"co", "product", "coproduct"}
    assert set(unsure.terms) == {"low", "incom", "lowincom"}


def test_a_single_clause_needs_no_wrapping() -> None:
    """Or and And of one query are that query."""
    one, two = Term("text", "a"), Term("text", "b")
    assert any_of([one]) is one
    assert all_of([one]) is one
    assert any_of([one, two]) == Or([one, two])
    assert all_of([one, two]) == And([one, two])
