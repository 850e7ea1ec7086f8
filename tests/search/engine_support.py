"""Asking an engine in tests."""

from __future__ import annotations

from search.request import SearchRequest
from search.whoosh_engine import WhooshEngine


def ids(engine: WhooshEngine, text: str, **options: object) -> list[str]:
    """The ids that a query finds, in order, exactly as typed."""
    request = SearchRequest(text, limit=1000, snippets=False, literal=True, facets=())
    return [hit.id for hit in engine.search(request.but(**options)).hits]
