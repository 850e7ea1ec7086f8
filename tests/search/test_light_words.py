"""Words of a question that say less than its others."""

from __future__ import annotations

import pytest
from strategies import engine_over

from corpus import CaseStudy
from index.words import stop_words
from search.light_words import FILE, LIGHT, weights
from search.request import SearchRequest
from search.results import Explanation
from search.synonyms import synonyms
from search.tables import lines
from search.whoosh_engine import WhooshEngine


def found(engine: WhooshEngine, text: str, **options: object) -> list[str]:
    answer = engine.search(SearchRequest(text, facets=(), snippets=False).but(**options))
    return [hit.id for hit in answer.hits]


def all_parts(explanation: Explanation) -> list[str]:
    """Every line of an explanation."""
    below = [line for part in explanation.details for line in all_parts(part)]
    return [f"{explanation.name} ({explanation.description})", *below]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["keeping", "kids", "safe"], [LIGHT, 1.0, 1.0]),
        (["Improving", "homes"], [LIGHT, 1.0]),
        (["early", "help"], [1.0, 1.0]),
        (["getting", "going"], [1.0, 1.0]),
        (["keeping"], [1.0]),
        ([], []),
    ],
)
def test_light_words_count_less_beside_others(words: list[str], expected: list[float]) -> None:
    """Verbs of the list count less, whatever their case, unless there is nothing else."""
    assert weights(words) == expected


def test_the_list_is_in_order_and_of_use() -> None:
    """Each word stands once, in small letters, and is not one that no query is searched for anyway."""
    listed = lines(FILE)
    assert listed == sorted(set(listed))
    assert all(word == word.lower() and word.isalpha() for word in listed)
    assert not stop_words() & set(listed)


def test_no_light_word_alone_has_other_meanings() -> None:
    """What a curator gave a meaning of its own is a subject."""
    assert not {phrase for phrase, _ in synonyms()} & set(lines(FILE))


RECORDS = [
    CaseStudy(id="bees", title="Keeping bees", summary="", body="What was done."),
    CaseStudy(id="children-1", title="Safe children", summary="", body="What was done."),
    CaseStudy(id="children-2", title="Happy children", summary="", body="What was done."),
    *(CaseStudy(id=f"other-{at}", title="Other things", summary="", body="What was done.") for at in range(7)),
]
"""One record about keeping, two about children: the verb is the rarer word."""


def test_the_subject_leads_not_the_verb() -> None:
    """A record about the subject stands before one that shares only the rarer verb; the verb still matches."""
    with engine_over([RECORDS]) as engine:
        assert found(engine, "keeping children")[0] == "children-1"
        assert found(engine, "keeping children", literal=True)[0] == "bees"
        assert "bees" in found(engine, "keeping children", limit=20)
        assert found(engine, "keeping")[0] == "bees"


def test_an_explanation_says_what_a_light_word_counts() -> None:
    """Why a record scores less by such a word can be read; as typed (`literal`) it counts in full."""
    with engine_over([RECORDS]) as engine:
        told = engine.explain(SearchRequest("keeping children"), "bees")
        typed = engine.explain(SearchRequest("keeping children", literal=True), "bees")
        assert told is not None
        assert typed is not None
        assert any("word “keep”" in line and "counted 0.60 times" in line for line in all_parts(told))
        assert not any("counted" in line for line in all_parts(typed))
