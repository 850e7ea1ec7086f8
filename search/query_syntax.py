"""The query language, as a tree of what was written; it knows nothing of fields' contents.

    words              any of them, best match first
    "exact phrase"     must stand so
    +must  -not        a clause that must, or may not, match
    a AND b, a OR b, NOT c, ( … )
    prefix*            words that begin so
    title:word  council:brent  theme:housing  funding:"towns fund"  year:2015..2020

AND binds closer than OR, OR closer than words side by side. Whatever cannot be
read raises `Malformed`; the caller then reads the text as plain words.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from corpus.patterns import lazily
from corpus.value import Value

FIELDS: Final = (
    "title",
    "summary",
    "keywords",
    "body",
    "council",
    "theme",
    "funding",
    "region",
    "type",
    "year",
)
"""The names that may stand before a colon."""

MAX_DEPTH: Final = 20
"""Parentheses inside parentheses; nobody writes more, and recursion must end."""

Sign = Literal["", "+", "-"]


class Malformed(Exception):
    """The text breaks the query language; the message says how, in words for the reader."""


class Words(Value):
    """Plain words as written, side by side."""

    text: str


class Phrase(Value):
    """What stood in quotation marks."""

    text: str


class Prefix(Value):
    """A word that ends in, or holds, a star."""

    pattern: str


class Fielded(Value):
    """A value looked for in one field only; `exact` if it was quoted."""

    field: str
    text: str
    exact: bool


class Both(Value):
    """All parts must match (AND)."""

    parts: tuple[Node, ...]


class Either(Value):
    """Any part may match (OR)."""

    parts: tuple[Node, ...]


class Negated(Value):
    """The part may not match (NOT)."""

    part: Node


class Sequence(Value):
    """Clauses side by side, each with its sign."""

    clauses: tuple[tuple[Sign, Node], ...]


Node = Words | Phrase | Prefix | Fielded | Both | Either | Negated | Sequence

_OPERATORS = re.compile(r"""["“”„*()]|(?:^|\s)[+-]\S|\b(?:AND|OR|NOT)\b|\b[a-z_]+:\S""")
_SMART_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"'})
_TOKEN = lazily(
    r"""\s*(?:
        (?P<paren>[()])
      | (?P<operator>AND|OR|NOT)(?=[\s()]|$)
      | (?P<sign>[+-])(?=[^\s+\-)])
      | (?P<field>[a-z_]+):(?=[^\s:/])
      | (?P<quoted>"[^"]*")
      | (?P<open>")
      | (?P<word>[^\s()"]+)
      | (?P<end>$)
    )""",
    re.VERBOSE,
)
_STAR = lazily(r"[^\W_][\w'’-]*\*[\w'’*-]*")


def is_plain(text: str) -> bool:
    """Whether the text holds no sign of the query language (most queries do not)."""
    return _OPERATORS.search(text) is None


def read(text: str) -> Sequence:
    """The tree of a text; raises `Malformed`."""
    reader = _Reader(text.translate(_SMART_QUOTES))
    sequence = reader.sequence(depth=0)
    if reader.kind == "paren":
        raise Malformed("a closing bracket has no opening one")
    return sequence


class _Reader:
    """Recursive descent over the tokens; `kind` and `value` are the token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.kind = self.value = ""
        self._advance()

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found is None or found.lastgroup is None:
            raise Malformed("a sign stands where none can stand")
        if found.lastgroup == "open":
            raise Malformed("a quotation mark is not closed")
        self._at = found.end()
        self.kind, self.value = found.lastgroup, found[found.lastgroup]

    def sequence(self, depth: int) -> Sequence:
        if depth > MAX_DEPTH:
            raise Malformed("brackets are nested too deeply")
        clauses: list[tuple[Sign, Node]] = []
        while self.kind != "end" and not (self.kind == "paren" and self.value == ")"):
            clauses.append(self._clause(depth))
        if not clauses and depth:
            raise Malformed("a pair of brackets is empty")
        return Sequence(_together(clauses))

    def _clause(self, depth: int) -> tuple[Sign, Node]:
        if self.kind == "sign":
            sign: Sign = "+" if self.value == "+" else "-"
            self._advance()
            return sign, self._either(depth)
        node = self._either(depth)
        return ("-", node.part) if isinstance(node, Negated) else ("", node)

    def _either(self, depth: int) -> Node:
        parts = [self._both(depth)]
        while self.kind == "operator" and self.value == "OR":
            self._advance()
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, depth: int) -> Node:
        parts = [self._operand(depth)]
        while self.kind == "operator" and self.value in ("AND", "NOT"):
            # "a NOT b" means "a AND NOT b".
            if self.value == "AND":
                self._advance()
            parts.append(self._operand(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _operand(self, depth: int) -> Node:
        kind, value = self.kind, self.value
        if kind == "operator" and value == "NOT":
            self._advance()
            return Negated(self._operand(depth))
        if kind == "sign":
            self._advance()
            operand = self._operand(depth)
            return operand if value == "+" else Negated(operand)
        if kind == "paren" and value == "(":
            self._advance()
            inner = self.sequence(depth + 1)
            if self.kind != "paren":
                raise Malformed("an opening bracket has no closing one")
            self._advance()
            return inner
        if kind == "quoted":
            self._advance()
            return Phrase(value[1:-1])
        if kind == "field":
            return self._fielded(value)
        if kind == "word":
            self._advance()
            return Prefix(value) if _STAR.fullmatch(value) else Words(value)
        raise Malformed(f"{value or 'the end'} stands where a word is expected")

    def _fielded(self, field: str) -> Node:
        self._advance()
        kind, value = self.kind, self.value
        if kind not in ("quoted", "word"):
            raise Malformed(f"nothing stands behind {field}:")
        self._advance()
        text = value[1:-1] if kind == "quoted" else value
        if field not in FIELDS:
            return Words(f"{field} {text}")
        return Fielded(field, text, exact=kind == "quoted")


def _together(clauses: list[tuple[Sign, Node]]) -> tuple[tuple[Sign, Node], ...]:
    """Neighbouring unsigned words as one run, so that "co production" is seen whole."""
    joined: list[tuple[Sign, Node]] = []
    for sign, node in clauses:
        if sign == "" and isinstance(node, Words) and joined:
            before_sign, before = joined[-1]
            if before_sign == "" and isinstance(before, Words):
                joined[-1] = "", Words(f"{before.text} {node.text}")
                continue
        joined.append((sign, node))
    return tuple(joined)
