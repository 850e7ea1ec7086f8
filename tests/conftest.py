"""What tests of several folders share: the starter corpus, its index and its engine, each made once a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, settings

from corpus import CaseStudy, read_corpus, starter_corpus

if TYPE_CHECKING:
    from search.whoosh_engine import WhooshEngine

# HYPOTHESIS_PROFILE=long looks at a hundred times as many examples (`make test-long`).
settings.register_profile("short", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("short"), max_examples=10_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


@pytest.fixture(scope="session")
def starter_records() -> tuple[CaseStudy, ...]:
    """Every record of the shipped corpus."""
    return tuple(read_corpus(starter_corpus()))


@pytest.fixture(scope="session")
def starter_index(starter_records: tuple[CaseStudy, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index folder of the shipped corpus. Nobody may change it: copy it first."""
    from index import build_index

    path = tmp_path_factory.mktemp("starter") / "index"
    build_index(starter_records, path)
    return path


@pytest.fixture(scope="session")
def starter_engine(starter_index: Path) -> Iterator[WhooshEngine]:
    """The engine over the shipped corpus."""
    from search import open_engine

    opened = cast("WhooshEngine", open_engine(starter_index))
    yield opened
    opened.close()
