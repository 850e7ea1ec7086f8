"""Queries in other shapes: cut to two words, and with all right answers but one taken out."""

from __future__ import annotations

import pytest

from benchmarks.query_shapes import cut, without
from search import SearchRequest
from search.whoosh_engine import WhooshEngine


@pytest.mark.parametrize(
    ("worth", "left"),
    [(lambda _: 0.0, "old folk"), (len, "stopping falling"), (lambda word: word == "folk", "old folk")],
)
def test_two_words_are_left_as_they_stood(worth: object, left: str) -> None:
    """The two worth most, in the order of the query; equal ones are taken from the front; stop words never."""
    assert cut("the old folk: stopping them from falling", worth) == left  # type: ignore[arg-type]


def test_a_query_without_words_is_left_alone() -> None:
    """Nothing is left of it otherwise."""
    assert cut("20 of the 5", len) == "20 of the 5"


def test_what_is_taken_out_neither_matches_nor_lends(starter_engine: WhooshEngine) -> None:
    """Inside the block the document is not found and no neighbour's; after it, everything is as before."""
    learned = starter_engine._rerankers[0].learned
    assert learned is not None
    question = SearchRequest("parks", limit=100, snippets=False)
    before = [(hit.id, hit.score) for hit in starter_engine.search(question).hits]
    gone = starter_engine.segments[0].doc_of(before[0][0])
    assert (learned.neighbours == gone).any()
    with without(starter_engine, [gone]):
        assert before[0][0] not in {hit.id for hit in starter_engine.search(question).hits}
        assert not learned.shares[learned.neighbours == gone].any()
    assert [(hit.id, hit.score) for hit in starter_engine.search(question).hits] == before
