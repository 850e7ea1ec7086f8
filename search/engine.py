"""The engine as everyone sees it, and the one way to open it."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Protocol, Self

from corpus.errors import BadInput
from corpus.model import CaseStudy
from search.options import RankingOptions
from search.request import SearchRequest
from search.results import EngineStats, Explanation, SearchResults, SimilarHit, Suggestion


class Engine(Protocol):
    """Answers questions over one collection. Safe to share between threads."""

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer one question; never fails for the sake of the query's text."""
        ...

    def get(self, id: str) -> CaseStudy | None:
        """The record with this id, or None."""
        ...

    def similar(self, id: str, limit: int = 5) -> tuple[SimilarHit, ...]:
        """Case studies like this one, best first; empty for an unknown id."""
        ...

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Completions of what has been typed so far."""
        ...

    def explain(self, request: SearchRequest, id: str) -> Explanation | None:
        """Why this record scores as it does for this request; None if it does not match."""
        ...

    def stats(self) -> EngineStats:
        """The collection at a glance."""
        ...

    def refresh(self) -> Self:
        """This engine, or a new one when the index has a newer generation."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


def open_engine(address: str | PathLike[str], ranking: RankingOptions | None = None) -> Engine:
    """Open the engine behind an address.

    `address` is the path of an index folder; `ranking` leaves out steps of
    ranking (default: all that the index can give). Raises `IndexMissing`,
    `IndexIncompatible` or `IndexDamaged` when it cannot answer, and `BadInput`
    for an address of a kind that is not known.
    """
    text = fspath(address)
    scheme, separator, _ = text.partition("://")
    if separator:
        raise BadInput(f"Cannot open {text!r}: no engine is called {scheme!r} (expected the path of an index folder).")
    from search.whoosh_engine import WhooshEngine

    return WhooshEngine.open(text, ranking or RankingOptions())
