"""Questions: drawn from the seed alone, and all of them about something that is there."""

from __future__ import annotations

import benchmark_oracle as oracle
import pytest

from benchmarks.generate import Generator
from benchmarks.questions import KINDS, LONG_PHRASE, Kind, Question, questions, values_of
from corpus.model import CaseStudy


def test_same_seed_same_questions(
    generator: Generator, records: list[CaseStudy], asked: dict[Kind, tuple[Question, ...]]
) -> None:
    """Asking again gives the same; asking for fewer gives the first of them."""
    fewer = questions(records, generator.name_words, 5, 7)
    assert fewer == {kind: some[:5] for kind, some in asked.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_question_has_an_answer(
    kind: Kind, records: list[CaseStudy], asked: dict[Kind, tuple[Question, ...]]
) -> None:
    """Every question matches a record; a phrase matches two, or it would be no phrase."""
    for question in asked[kind]:
        assert question.kind == kind
        assert oracle.total(records, question) >= (2 if kind == "phrase" else 1)


def test_shapes_of_questions(asked: dict[Kind, tuple[Question, ...]]) -> None:
    """Words are two to four, phrases two or three, filters one or two, and only where they belong."""
    assert {len(question.words) for question in asked["or"]} <= {2, 3, 4}
    assert {len(question.words) for question in asked["phrase"]} <= ({2, 3} if LONG_PHRASE else {2})
    for kind, some in asked.items():
        for question in some:
            assert bool(question.filters) == (kind in ("filtered", "widen"))
            assert len(question.filters) <= 2


def test_no_prefix_of_a_real_name(generator: Generator, asked: dict[Kind, tuple[Question, ...]]) -> None:
    """No prefix finds a council, funder or theme by its name, which only some engines search."""
    for question in asked["prefix"]:
        assert not any(word.startswith(question.words[0]) for word in generator.name_words)


def test_values_of_a_record() -> None:
    """Every facet's values as strings; nothing recorded is an empty tuple; an unknown facet is an error."""
    record = CaseStudy("a", "A", councils=("B",), themes=("x", "y"), year=2019)
    assert values_of(record, "theme") == ("x", "y")
    assert values_of(record, "council") == ("B",)
    assert values_of(record, "year") == ("2019",)
    assert values_of(record, "region") == values_of(record, "funding") == ()
    with pytest.raises(ValueError, match="There is no facet 'colour'"):
        values_of(record, "colour")
