"""The analyser as Whoosh wants it: two small, picklable wrappers that share one cache.

A Whoosh index pickles its schema and with it these objects, so they hold
nothing but their class.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from whoosh.analysis import Analyzer, Token

from index.analysis import Analyser


@cache
def shared_analyser() -> Analyser:
    """The analyser of this process; it needs no index."""
    return Analyser()


class _TermAnalyser(Analyzer):  # type: ignore[misc]
    """Yields one Whoosh token a term, with positions and character offsets where asked."""

    stemmed: bool

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __call__(
        self,
        value: str,
        positions: bool = False,
        chars: bool = False,
        keeporiginal: bool = False,
        start_pos: int = 0,
        start_char: int = 0,
        mode: str = "",
        **kwargs: Any,
    ) -> Iterator[Any]:
        token = Token(positions, chars, mode=mode, **kwargs)
        for found in shared_analyser().tokens(value):
            text = found.stem if self.stemmed else found.exact
            if not text:
                continue
            token.text = text
            token.boost = 1.0
            token.stopped = False
            if keeporiginal:
                token.original = value[found.start : found.end]
            if positions:
                token.pos = start_pos + found.position
            if chars:
                token.startchar = start_char + found.start
                token.endchar = start_char + found.end
            yield token


class StemmedAnalyser(_TermAnalyser):
    """Stems, stop words left out: for ranking."""

    stemmed = True


class ExactAnalyser(_TermAnalyser):
    """Unstemmed terms, stop words kept: for exact phrases, wildcards and spelling."""

    stemmed = False
