"""What a question is about, for the learned parts of ranking."""

from __future__ import annotations

from math import sqrt

import pytest
from strategies import engine_over

from corpus import CaseStudy
from search.light_words import LIGHT
from search.request import SearchRequest
from search.subject import Subject

RECORDS = [
    CaseStudy(id="a", title="Income generation and a trading company", summary="", body="Money was made."),
    CaseStudy(id="b", title="Keeping children and children's homes", summary="", body="Older people."),
    CaseStudy(id="c", title="Scotland", summary="", body="Energy.", region="Scotland"),
]


def subject(text: str, **options: object) -> Subject:
    """The subject of a question asked of the three records."""
    with engine_over([RECORDS]) as engine:
        return engine.understanding.read(SearchRequest(text).but(**options)).parsed.subject


def test_words_count_by_the_root_of_their_times() -> None:
    """A word typed twice weighs √2, as it does in the vectors of records."""
    assert subject("energy homes energy") == (("energi", pytest.approx(sqrt(2))), ("home", 1.0))


def test_light_words_weigh_less() -> None:
    """What counts less by its word says less of the subject as well."""
    assert subject("keeping energy") == (("keep", LIGHT), ("energi", 1.0))


def test_synonyms_belong_to_the_subject() -> None:
    """The stems of a synonym share its weight; one that no record holds is not searched for and says nothing."""
    found = dict(subject("making money"))
    assert (found["make"], found["money"]) == (LIGHT, 1.0)
    assert 0.0 < found["generat"] <= 0.45
    assert found["incom"] >= found["generat"]
    assert "commerci" not in found


def test_places_are_no_subject() -> None:
    """Where something was done says nothing of what it was."""
    assert subject("energy in Scotland") == (("energi", 1.0), ("scotland", 1.0))


def test_as_typed_has_no_other_meaning() -> None:
    """Whoever asks for exactly these words means them, light ones too, and so does who took a synonym back."""
    assert subject("keeping energy", literal=True) == (("keep", 1.0), ("energi", 1.0))
    assert dict(subject("making money", literal=True)).keys() == {"make", "money"}
    assert "trade" not in dict(subject("making money", omit=("trading company",)))
