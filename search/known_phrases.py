"""Finding known phrases among the words of a query.

The phrases are those of curators' lists (synonyms, names of places). Words are compared
without case, accents, apostrophes and the plural's s. A query without any of the phrases
pays one dictionary look-up a word.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, Generic, TypeVar

from corpus.value import Value
from index.analysis import fold
from index.remember import remembered
from index.words import stop_words
from search.read_words import WordClause

T = TypeVar("T")

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile(r"['’]")

CAPITALS: Final = "="
"""Put before an acronym that means something else in small letters ("=SEND"): it must be typed in capitals."""

_MEMORY: Final = 20_000


class Found(Value, Generic[T]):
    """A known phrase in a query: the clauses `start` to `end` (exclusive) are it; `meanings` is what it stands for."""

    start: int
    end: int
    typed: str
    meanings: tuple[T, ...]


class KnownPhrase(Value, Generic[T]):
    """`words` are those that clauses hold; `written` are all of them, stop words included, where there are any."""

    words: tuple[str, ...]
    written: tuple[str, ...]
    capitals: bool
    meanings: tuple[T, ...]


Grouped = Mapping[str, Sequence[KnownPhrase[T]]]
"""Known phrases by the first of their words, the longest first."""


def grouped(entries: Iterable[tuple[str, T | None]]) -> Grouped[T]:
    """The phrases of (phrase, meaning) pairs; several meanings of one phrase add up.

    A phrase without a meaning (None) hides the shorter phrases in it: "North Somerset" is not "Somerset".
    """
    phrases: dict[tuple[tuple[str, ...], tuple[str, ...], bool], list[T]] = {}
    stop = stop_words()
    for phrase, meaning in entries:
        capitals = phrase.startswith(CAPITALS)
        bare = phrase.removeprefix(CAPITALS)
        folded = _folded_words(bare)
        key = tuple(singular(word) for word in folded if word not in stop)
        if not key:
            continue
        meanings = phrases.setdefault((key, tuple(map(singular, folded)), capitals), [])
        if meaning is not None and meaning not in meanings:
            meanings.append(meaning)
    by_first: dict[str, list[KnownPhrase[T]]] = {}
    for (key, written, capitals), meanings in phrases.items():
        by_first.setdefault(key[0], []).append(KnownPhrase(key, written, capitals, tuple(meanings)))
    for candidates in by_first.values():
        candidates.sort(key=lambda phrase: (-len(phrase.words), -len(phrase.written)))
    return by_first


class PhraseTable(Generic[T]):
    """Phrases and what they mean. Safe to share between threads."""

    def __init__(self, phrases: Grouped[T]) -> None:
        self._by_first = phrases
        self._memory: dict[str, tuple[tuple[str, ...], Sequence[KnownPhrase[T]]]] = {}

    @classmethod
    def of(cls, entries: Iterable[tuple[str, T | None]]) -> PhraseTable[T]:
        """The table of (phrase, meaning) pairs, as `grouped` takes them."""
        return cls(grouped(entries))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the phrases, as `words_of` gives it."""
        return frozenset(word for group in self._by_first.values() for phrase in group for word in phrase.words)

    def find(self, clauses: Sequence[WordClause], text: str) -> list[Found[T]]:
        """The longest known phrases, left to right, none overlapping another; `text` is what became the clauses."""
        found: list[Found[T]] = []
        until = 0
        for at, clause in enumerate(clauses):
            words, candidates = self._known(clause.surface)
            if candidates and at >= until:
                one = self._longest(words, candidates, clauses, at, text)
                if one is not None:
                    until = one.end
                    if one.meanings:
                        found.append(one)
        return found

    def _known(self, surface: str) -> tuple[tuple[str, ...], Sequence[KnownPhrase[T]]]:
        """The words of a clause and the phrases that begin with the first of them."""
        known = self._memory.get(surface)
        if known is None:
            words = words_of(surface)
            found = words, self._by_first.get(words[0], ()) if words else ()
            return remembered(self._memory, surface, found, _MEMORY)
        return known

    def _longest(
        self,
        words: tuple[str, ...],
        candidates: Sequence[KnownPhrase[T]],
        clauses: Sequence[WordClause],
        at: int,
        text: str,
    ) -> Found[T] | None:
        """The first, that is the longest, of the candidates that stands at a place; `words` are those of its clause."""
        ends = {len(words): at + 1}
        for phrase in candidates:
            size = len(phrase.words)
            while len(words) < size and at + len(ends) < len(clauses):
                words += self._known(clauses[at + len(ends)].surface)[0]
                ends[len(words)] = at + len(ends) + 1
            if words[:size] != phrase.words or size not in ends:
                continue
            if len(phrase.written) > 1 and not _holds(words_of(text), phrase.written):
                continue
            typed = _stretch(text, [clause.surface for clause in clauses[at : ends[size]]], phrase.written)
            if not phrase.capitals or typed.isupper():
                return Found(at, ends[size], typed, phrase.meanings)
        return None


def _holds(words: Sequence[str], run: Sequence[str]) -> bool:
    return any(tuple(words[at : at + len(run)]) == tuple(run) for at in range(len(words) - len(run) + 1))


def _stretch(text: str, surfaces: Sequence[str], written: Sequence[str]) -> str:
    """The part of the text in which the phrase stands, as typed."""
    found = re.search(r"\b" + r"\W+".join(rf"{re.escape(word)}\w*" for word in written), text, re.IGNORECASE)
    return found[0] if found else " ".join(surfaces)


def words_of(text: str, without: Container[str] = ()) -> tuple[str, ...]:
    """The words of a text as they are compared: folded, without apostrophes, in the singular."""
    return tuple(singular(word) for word in _folded_words(text) if word not in without)


def _folded_words(text: str) -> list[str]:
    return _WORD.findall(_APOSTROPHE.sub("", fold(text)))


def singular(word: str) -> str:
    """A folded word without the plural's s; rough, because both sides are cut alike."""
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1]
