"""Asking: requests, engines and their answers.

    from search import open_engine, SearchRequest

Importing this package imports neither Whoosh nor nltk; opening an engine does.
"""

from search.engine import Engine, open_engine
from search.request import FACETS, NO_VALUE, SearchRequest
from search.results import Bucket, Explanation, FacetCounts, Hit, Note, SearchResults, Suggestion

__all__ = [
    "FACETS",
    "NO_VALUE",
    "Bucket",
    "Engine",
    "Explanation",
    "FacetCounts",
    "Hit",
    "Note",
    "SearchRequest",
    "SearchResults",
    "Suggestion",
    "open_engine",
]
