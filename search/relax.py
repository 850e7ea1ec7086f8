"""What to ask instead when nothing, or little, holds all that was asked for: the steps down, each with its reason.

    exact phrase      →  all of its words, nearest together first  →  any of them, best match first
    all of the words  →  any of them, best match first
    +must "phrases"   →  the words of the phrases, all of them  →  any of the words

Filters, fields that say which records are meant (council:, year:) and what is excluded stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from index.analysis import fold
from index.words import stop_words
from search import query_syntax as syntax
from search.parse import plain_words, restricts
from search.request import Mode

FEW: Final = 3
"""Fewer matches than this are few: then a note tells how many there would be with some of the words."""


class Step(NamedTuple):
    """One step down: what to read, in which mode, and why, in words."""

    query: str | syntax.Sequence
    mode: Mode
    reason: str


_SOME = "some of them will do, best match first"
_EVERY = "No case study has these words side by side, so all of them anywhere will do, nearest together first."


def steps(text: str, mode: Mode) -> Iterator[Step]:
    """The steps down from a text that found nothing in this mode; none where nothing can be relaxed."""
    if mode == "phrase":
        plain = plain_words(text)
        if len(plain.split()) == 1:
            yield Step(plain, "all", "No case study has exactly this word, so another form or meaning of it will do.")
            return
        yield Step(plain, "all", _EVERY)
        yield Step(plain, "best", f"No case study has all of these words, so {_SOME}.")
    elif syntax.is_plain(text):
        if mode == "all":
            yield Step(text, "best", f"No case study has all of these words, so {_SOME}.")
    else:
        yield from _structured_steps(text, mode)


def _structured_steps(text: str, mode: Mode) -> Iterator[Step]:
    try:
        asked = syntax.read(text)
    except syntax.Malformed:
        if mode == "all":
            yield Step(text, "best", f"No case study has all of these words, so {_SOME}.")
        return
    without_phrases = _Relaxer(phrases_only=True).sequence(asked)
    if without_phrases != asked:
        yield Step(without_phrases, mode, _EVERY)
    loose = _Relaxer(phrases_only=False).sequence(asked)
    if loose != asked or mode == "all":
        yield Step(
            loose, "best", "No case study has all that was asked for, so some of the words will do, best match first."
        )


class _Relaxer:
    """Makes the looser tree of a query.

    With `phrases_only`, phrases become all of their words; else they become plain
    words, and nothing but the fields that restrict and what is excluded must match.
    """

    def __init__(self, phrases_only: bool) -> None:
        self._phrases_only = phrases_only

    def sequence(self, node: syntax.Sequence) -> syntax.Sequence:
        return self._sequence([self._signed(sign, part) for sign, part in node.clauses])

    def _sequence(self, clauses: list[tuple[syntax.Sign, syntax.Node]]) -> syntax.Sequence:
        """The clauses; when something restricts, any one of what is looked for must still match."""
        wanted = [(sign, part) for sign, part in clauses if sign == "" and not restricts(part)]
        others = [each for each in clauses if each not in wanted]
        if self._phrases_only or not wanted or not any(restricts(part) for _, part in others):
            return syntax.Sequence(tuple(clauses))
        return syntax.Sequence((("+", syntax.Sequence(tuple(wanted))), *others))

    def _signed(self, sign: syntax.Sign, node: syntax.Node) -> tuple[syntax.Sign, syntax.Node]:
        if sign == "-":
            return sign, node
        relaxed = self._node(node)
        if self._phrases_only:
            # A phrase must match by itself; its words must be told so.
            return ("+" if isinstance(node, syntax.Phrase) else sign), relaxed
        return ("" if not restricts(node) else sign), relaxed

    def _node(self, node: syntax.Node) -> syntax.Node:
        match node:
            case syntax.Phrase(text):
                return self._words_of(text)
            case syntax.Sequence():
                return self.sequence(node)
            case syntax.Either(parts):
                return syntax.Either(tuple(self._node(part) for part in parts))
            case syntax.Both(parts):
                return self._both(parts)
            case _:
                return node

    def _words_of(self, text: str) -> syntax.Node:
        words = [word for word in text.split() if fold(word) not in stop_words()]
        if self._phrases_only and len(words) > 1:
            return syntax.Both(tuple(syntax.Words(word) for word in words))
        return syntax.Words(" ".join(words) or text)

    def _both(self, parts: tuple[syntax.Node, ...]) -> syntax.Node:
        if self._phrases_only:
            return syntax.Both(tuple(self._node(part) for part in parts))
        clauses: list[tuple[syntax.Sign, syntax.Node]] = []
        for part in parts:
            if isinstance(part, syntax.Negated):
                clauses.append(("-", part.part))
            else:
                clauses.append(("", self._node(part)))
        return self._sequence(clauses)
