"""What a question looks for, as a tree: leaves that find documents, and nodes that join them.

The nodes have the names, attributes and meanings of Whoosh's (`whoosh.query`), so that whoever knows those can read
them, and `search.by_whoosh.as_whoosh` makes the one from the other; the evaluator takes both. They are here because
importing Whoosh's takes 50 ms, of which a question needs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final


class Query:
    """Any node. `boost` multiplies its scores; `label` is what explanations call it, "" for what was typed."""

    boost: float
    label: str = ""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # boost and label may be set

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


class Null(Query):
    """Matches nothing; see `NullQuery`."""

    boost = 1.0

    def __repr__(self) -> str:
        return "NullQuery"


NullQuery: Final = Null()


class Term(Query):
    """Documents whose field holds a word."""

    def __init__(self, fieldname: str, text: str, boost: float = 1.0) -> None:
        self.fieldname, self.text, self.boost = fieldname, text, boost


class Prefix(Query):
    """Documents whose field holds a word that begins so."""

    def __init__(self, fieldname: str, text: str, boost: float = 1.0) -> None:
        self.fieldname, self.text, self.boost = fieldname, text, boost


class Wildcard(Query):
    """Documents whose field holds a word of this shape: "*" stands for any letters, "?" for one."""

    def __init__(self, fieldname: str, text: str, boost: float = 1.0) -> None:
        self.fieldname, self.text, self.boost = fieldname, text, boost


class Phrase(Query):
    """Documents whose field holds the words one after another."""

    slop: Final = 1

    def __init__(self, fieldname: str, words: Sequence[str], boost: float = 1.0) -> None:
        self.fieldname, self.words, self.boost = fieldname, list(words), boost


class TermRange(Query):
    """Documents whose field holds a word from `start` to `end`, both included; None is open."""

    startexcl: Final = False
    endexcl: Final = False

    def __init__(self, fieldname: str, start: str | None, end: str | None, boost: float = 1.0) -> None:
        self.fieldname, self.start, self.end, self.boost = fieldname, start, end, boost


class Every(Query):
    """Every document, or every document that has the field."""

    def __init__(self, fieldname: str | None = None, boost: float = 1.0) -> None:
        self.fieldname, self.boost = fieldname, boost


class Compound(Query):
    """Several parts."""

    def __init__(self, subqueries: Sequence[Query], boost: float = 1.0) -> None:
        self.subqueries, self.boost = list(subqueries), boost


class And(Compound):
    """All parts match; their scores are added."""


class Or(Compound):
    """Any part matches; the scores of those that do are added."""

    scale: Final = None
    minmatch: Final = 0


class DisjunctionMax(Compound):
    """Any part matches; the best score counts."""

    tiebreak: Final = 0.0


class Binary(Query):
    """Two parts with different tasks."""

    boost = 1.0

    def __init__(self, a: Query, b: Query) -> None:
        self.a, self.b = a, b


class AndNot(Binary):
    """`a` matches and `b` does not."""


class AndMaybe(Binary):
    """`a` matches; `b` adds to the score where it does too."""


class Require(Binary):
    """Both match; `a` alone scores."""


def label_of(query: Any) -> str:
    """What an explanation calls this part of a query tree; "" for what was typed."""
    return getattr(query, "label", "")
