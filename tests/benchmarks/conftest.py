"""A small generated collection that all tests of the benchmarks share."""

from __future__ import annotations

import pytest

from benchmarks.generate import Generator
from benchmarks.questions import KINDS, Kind, Question, questions
from corpus.model import CaseStudy

SEED = 7


@pytest.fixture(scope="session")
def generator() -> Generator:
    """The generator of the shared collection."""
    return Generator(SEED)


@pytest.fixture(scope="session")
def records(generator: Generator) -> list[CaseStudy]:
    """400 records."""
    return list(generator.records(400))


@pytest.fixture(scope="session")
def asked(generator: Generator, records: list[CaseStudy]) -> dict[Kind, tuple[Question, ...]]:
    """Twelve questions of every kind about them."""
    found = questions(records, generator.name_words, 12, SEED)
    assert tuple(found) == KINDS
    return found
