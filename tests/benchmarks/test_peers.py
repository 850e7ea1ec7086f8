"""Every engine of the benchmark tells the plain truth, or its times mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import benchmark_oracle as oracle
import pytest

from benchmarks.peers import NAMES, peer
from benchmarks.peers.base import TOP, Peer
from benchmarks.questions import KINDS, Kind, Question
from corpus.model import CaseStudy
from search.stored_record import StoredRecords


@pytest.fixture(scope="module", params=NAMES)
def engine(
    request: pytest.FixtureRequest, records: list[CaseStudy], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peer]:
    """Each engine in turn, over the shared collection."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    engine_type = peer(request.param)
    engine_type.build(iter(records), folder)
    opened = engine_type(folder)
    yield opened
    opened.close()


@pytest.mark.parametrize("kind", KINDS)
def test_totals_and_counts_are_true(
    engine: Peer, kind: Kind, records: list[CaseStudy], asked: dict[Kind, tuple[Question, ...]]
) -> None:
    """Total and every facet count equal what looking at every record gives, and hits are matches."""
    by_id = {record.id: record for record in records}
    for question in asked[kind]:
        answer = engine.search(engine.prepare(question), None)
        expected = oracle.total(records, question)
        assert answer.total in ((expected, None) if kind == "top" else (expected,))
        assert len(answer.ids) == min(TOP, expected)
        assert all(oracle.holds(by_id[id], question) and oracle.passes(by_id[id], question) for id in answer.ids)
        if kind != "top":
            widen = kind == "widen" or engine.multi_select
            found = {facet: {v: n for v, n in counts.items() if n} for facet, counts in answer.facets.items()}
            assert found == oracle.counts(records, question, widen)


def test_largest_values_only(engine: Peer, asked: dict[Kind, tuple[Question, ...]]) -> None:
    """Asked for three values a facet, an engine gives the three largest counts."""
    question = asked["or"][0]
    every = engine.search(engine.prepare(question), None)
    some = engine.search(engine.prepare(question), 3)
    for facet, counts in some.facets.items():
        assert sorted(counts.values()) == sorted(sorted(every.facets[facet].values())[-3:])


def test_our_own_records_are_read_too(
    records: list[CaseStudy],
    asked: dict[Kind, tuple[Question, ...]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Peers fetch the stored record of each hit; Casefinder, which may read one when it is looked at, is made to."""
    engine_type = peer("casefinder")
    engine_type.build(iter(records), tmp_path)
    engine, made = engine_type(tmp_path), []
    several = StoredRecords.records
    monkeypatch.setattr(StoredRecords, "records", lambda self, docs: made.extend(several(self, docs)) or made)
    answer = engine.search(engine.prepare(asked["or"][0]))
    # Not getattr, which would read what was not read.
    read = [object.__getattribute__(record, "title") for record in made if record.id in answer.ids]
    assert len(read) == len(answer.ids) > 0
    engine.close()


def test_engines_say_what_they_are(engine: Peer) -> None:
    """The report can name every engine with its version."""
    assert engine.version()
