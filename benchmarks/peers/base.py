"""What every engine in the benchmark can do, so that all are asked alike.

All index the same three texts with the same weights, keep the whole record as
stored JSON, count the same facets, and answer with the total, the facet counts
and the ten best. A peer hands back each hit's stored record as text and is
spared the work of reading it; Casefinder, as its interface has it, hands back
records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from benchmarks.questions import Question
from corpus.model import CaseStudy
from corpus.value import Value, made

WEIGHTS: Final[Mapping[str, float]] = {"title": 3.0, "summary": 2.0, "body": 1.0}
"""The texts that peers index and how much a match in each counts: one plain choice, the same for all."""

FACETS: Final = ("theme", "funding", "council", "region", "council_type", "year")
"""The facets that peers index."""

TOP: Final = 10
"""Hits that are asked for."""

FACET_VALUES: Final = 10
"""Values of a facet that an application shows, and that are asked for while the clock runs."""


class PeerMissing(Exception):
    """The peer's library is not installed; the message says how to install it."""


class Answer(Value):
    """`facets` maps a facet to (value to count); `total` is None where it was not asked for."""

    total: int | None
    ids: tuple[str, ...]
    facets: Mapping[str, Mapping[str, int]] = made(dict)


class Peer(Protocol):
    """One engine. Built and opened in folders of its own; used by one thread."""

    name: ClassVar[str]
    multi_select: ClassVar[bool]
    """Whether counts always ignore the facet's own filter, also for "filtered" questions."""

    @staticmethod
    def version() -> str:
        """The engine's name and version, for the report. Raises `PeerMissing`."""
        ...

    @staticmethod
    def build(records: Iterable[CaseStudy], folder: Path) -> None:
        """Index the records into the folder, which exists and is empty."""
        ...

    def __init__(self, folder: Path) -> None:
        """Open the index for searching."""
        ...

    def prepare(self, question: Question) -> Any:
        """What `search` is given: the question in the engine's query language, and its filters."""
        ...

    def search(self, prepared: Any, values: int | None = FACET_VALUES) -> Answer:
        """Answer a prepared question, counting `values` values a facet (None: all of them)."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


def spelled(question: Question, either: str = " ", both: str = " AND ") -> str:
    """The question's words as most engines write them, with their marks for "any of" and "all of"."""
    match question.kind:
        case "phrase":
            return f'"{" ".join(question.words)}"'
        case "and":
            return both.join(question.words)
        case "prefix":
            return f"{question.words[0]}*"
        case _:
            return either.join(question.words)
