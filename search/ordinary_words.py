"""English words that are right whatever the corpus holds, so that they are never corrected."""

from __future__ import annotations

from functools import cache
from typing import Final

from corpus.patterns import lazily
from index.analysis import fold
from search.known_phrases import singular
from search.tables import lines

FILE: Final = "ordinary_words.txt"

_WORD = lazily(r"[^\W\d_]+")


def is_ordinary(text: str) -> bool:
    """Whether every word of a stretch of text is ordinary English."""
    listed = _ordinary_words()
    return all(word in listed or singular(word) in listed for word in _WORD.findall(fold(text)))


@cache
def _ordinary_words() -> frozenset[str]:
    return frozenset(lines(FILE))
