"""The benchmark of steps watches what the engine really does, and lets go of it."""

from __future__ import annotations

from benchmarks.steps import STEPS, table, watched
from search import SearchRequest
from search.whoosh_engine import WhooshEngine


def test_every_step_of_an_answer_is_seen(starter_engine: WhooshEngine) -> None:
    """Each named step happens in one question, and afterwards everything is as it was."""
    before = [getattr(place, name) for place, name, _ in STEPS]
    times: dict[str, list[float]] = {}
    with watched(times):
        starter_engine.search(SearchRequest("housing for young people", facets=("theme", "council")))
    assert [getattr(place, name) for place, name, _ in STEPS] == before
    assert all(times.values())
    assert len(times["  all facets"]) == 1
    assert len(list(table(times, 1))) == 2 + len(STEPS)
