"""Casefinder itself, through its public interface only: `build_index`, `open_engine`, `search`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import search.whoosh_engine  # noqa: F401  here, so that importing is no part of the time of opening
from benchmarks.peers.base import FACET_VALUES, TOP, Answer, spelled
from benchmarks.questions import COUNTED, Question
from corpus.model import CaseStudy
from search import SearchRequest, open_engine


class Casefinder:
    """The default build and the default reading of a query; snippets are left out, as peers make none."""

    name: ClassVar[str] = "casefinder"
    multi_select: ClassVar[bool] = True

    @staticmethod
    def version() -> str:
        """Name and version."""
        from importlib.metadata import PackageNotFoundError, version  # at the head it would be timed with the engine

        try:
            return f"Casefinder {version('casefinder')}"
        except PackageNotFoundError:
            return "Casefinder (work tree)"

    @staticmethod
    def build(records: Iterable[CaseStudy], folder: Path) -> None:
        """The ordinary full rebuild."""
        from index import build_index  # searching does without the writer, and a fresh process is timed

        build_index(records, folder)

    def __init__(self, folder: Path) -> None:
        """Open the engine."""
        self._engine = open_engine(folder)

    def prepare(self, question: Question) -> dict[str, Any]:
        """The arguments of a request, as an application would hold them."""
        return {
            "text": spelled(question),
            "filters": question.filters,
            "facets": () if question.kind == "top" else COUNTED,
            "limit": TOP,
            "snippets": False,
        }

    def search(self, prepared: dict[str, Any], values: int | None = FACET_VALUES) -> Answer:
        """From the query string to the results object."""
        results = self._engine.search(SearchRequest(**prepared, facet_limit=values))
        facets = {
            name: {bucket.value: bucket.count for bucket in counts.buckets} for name, counts in results.facets.items()
        }
        # What is found beyond the matches, by meaning, is no answer to the question that all are asked.
        found = [hit for hit in results.hits if not hit.by_meaning]
        # A record is read when a field other than its id is looked at; peers read theirs, so ours are looked at.
        for hit in found:
            hit.record.title  # noqa: B018
        return Answer(results.total, tuple(hit.id for hit in found), facets)

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()
