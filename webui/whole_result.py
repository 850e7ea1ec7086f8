"""A whole result, record by record, whatever its length."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.model import CaseStudy
from search import Engine
from search.request import MAX_LIMIT
from webui.state import SearchState

STEP = MAX_LIMIT
"""Records that are fetched at a time: memory stays flat while a file is sent."""


def records_of(engine: Engine, state: SearchState, start: int = 0) -> Iterator[CaseStudy]:
    """Every record that the search finds, in its order, from one generation; the first `start` are passed over."""
    while True:
        request = state.to_request(offset=start, limit=STEP, facets=(), snippets=False)
        answer = engine.search(request)
        # What was found by meaning only is on the page, but it is no match.
        yield from (hit.record for hit in answer.hits if not hit.by_meaning)
        start += STEP
        if start >= answer.total:
            return
