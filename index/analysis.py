"""From text to terms.

A text is cut into raw words (letters and digits, with the hyphens,
apostrophes and decimal points inside them). Each distinct raw word is analysed
once and remembered:

    raw word        exact forms (unstemmed)      stems
    "Councils'"     councils                     council
    "co-production" co · production, coproduction   co · product, coproduct
    "20mph"         20 · mph, 20mph              20 · mph, 20mph
    "O’Brien"       obrien                       obrien
    "organization"  organization                 organis
    "the"           the                          (none)

Forms separated by "·" stand at successive positions; the closed form stands
where the first part stands. Two neighbours that are known to be one word
("co production", "20 mph") also give the closed form. Stop words give no stem
but keep their position, so that stemmed phrases know their gaps.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from corpus.patterns import lazily
from index import words

BREAK: Final = "\x1f"
"""Put between the parts of a text whose ends must not meet in a phrase."""

BREAK_GAP: Final = 100
"""Positions that a `BREAK` takes: wider than any window that proximity looks at."""

MAX_WORD: Final = 64
"""Characters of a raw word that are indexed; longer runs are encoded data, not words."""

# Accents may stand behind their letters (macOS and PDF files decompose them): they are part of the word.
_LETTERS = r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*"

# Soft hyphen and no-break hyphen appear in text pasted from PDF files. A full stop or comma joins digits only.
RAW_WORD: Final = re.compile(rf"{_LETTERS}(?:(?:['’‐‑\u00ad&-]|(?<=\d)[.,](?=\d)){_LETTERS})*|{BREAK}")

_SPLIT = re.compile(r"[‐‑&-]")
_APOSTROPHE = lazily(r"['’]")
_NUMBER_UNIT = re.compile(r"(\d+(?:\.\d+)*)([a-z]+)")
_NUMBER = lazily(r"\d+(?:\.\d+)*")


class Word(NamedTuple):
    """What a raw word becomes. `stems` runs beside `parts`; "" means a stop word."""

    parts: tuple[str, ...]
    stems: tuple[str, ...]
    closed: str = ""
    closed_stem: str = ""
    advance: int = 1


class Token(NamedTuple):
    """One term of a text: `exact` unstemmed, `stem` ("" for a stop word), and where it stands.

    `start` and `end` are character offsets of the raw word (all terms of one
    raw word share them; a closed form of two words spans both).
    """

    exact: str
    stem: str
    position: int
    start: int
    end: int


PLAIN_WORDS: Final = bytes(code if chr(code).isascii() and chr(code).isalnum() else 32 for code in range(256))
"""A table for `bytes.translate` that leaves the letters and digits of ASCII: all else becomes a space."""


def fold(text: str) -> str:
    """Case, accents and width folded: what two spellings of the same letters have in common."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


class Analyser:
    """Turns text into terms, remembering every raw word that it has seen.

    `known_stem` may answer the stem of a word without the stemmer (an index
    knows the stems of its own words); it returns None for a word it does not
    know. The cache is dropped when it holds `cache_size` words, so memory stays bounded on
    any input; results do not depend on it.
    """

    def __init__(self, known_stem: Callable[[str], str | None] | None = None, cache_size: int = 1_000_000) -> None:
        self._known_stem = known_stem
        self._cache: dict[str, Word] = {}
        self._cache_size = cache_size
        self._stop_words = words.stop_words()
        self._compounds = words.compounds()
        self._units = words.units()
        self._openers = {first for first, _ in self._compounds}

    def word(self, raw: str) -> Word:
        """The analysis of one raw word, as `RAW_WORD` cuts it."""
        known = self._cache.get(raw)
        if known is None:
            if len(self._cache) >= self._cache_size:
                self._cache.clear()
            known = self._cache[raw] = self._analyse(raw)
        return known

    def stem(self, exact: str) -> str:
        """The stem of an exact form; "" for a stop word."""
        if exact in self._stop_words:
            return ""
        if self._known_stem is not None:
            known = self._known_stem(exact)
            if known is not None:
                return known
        return words.stem(exact)

    def is_opener(self, word: Word) -> bool:
        """Whether the word may form a closed word with its right neighbour."""
        last = word.parts[-1] if word.parts else ""
        return bool(last) and not word.closed and self.opens(last)

    def opens(self, exact: str) -> bool:
        """The same for a word that is a single exact form."""
        return exact in self._openers or exact[0].isdigit()

    def closed_pair(self, left: Word, right: Word) -> str:
        """The closed form of two neighbours that are one word ("co" "production"), else ""."""
        if left.closed or right.closed or len(left.parts) != 1 or len(right.parts) != 1:
            return ""
        first, second = left.parts[0], right.parts[0]
        if first[0].isdigit():
            unit = self._units.get(second)
            return first + unit if unit and _NUMBER.fullmatch(first) else ""
        return self._compounds.get((first, second), "")

    def tokens(self, text: str) -> Iterator[Token]:
        """Every term of the text; the positions of any one term ascend."""
        position = 0
        before: Word | None = None
        before_position = before_start = before_end = 0
        for found in RAW_WORD.finditer(text):
            word = self.word(found[0])
            start, end = found.span()
            # Only what stands beside its neighbour on one line can be one word with it.
            if before is not None and word.parts and text[before_end:start].strip(" \u00a0") == "":
                closed = self.closed_pair(before, word)
                if closed:
                    yield Token(closed, self.stem(closed), before_position, before_start, end)
            if word.closed:
                yield Token(word.closed, word.closed_stem, position, start, end)
            for shift, (part, part_stem) in enumerate(zip(word.parts, word.stems, strict=True)):
                yield Token(part, part_stem, position + shift, start, end)
            before = word if word.parts and self.is_opener(word) else None
            before_position, before_start, before_end = position, start, end
            position += word.advance

    def exact_terms(self, text: str) -> list[str]:
        """The unstemmed terms of the text, stop words included."""
        return [token.exact for token in self.tokens(text)]

    def stems(self, text: str) -> list[str]:
        """The stemmed terms of the text, stop words left out."""
        return [token.stem for token in self.tokens(text) if token.stem]

    def _analyse(self, raw: str) -> Word:
        if raw == BREAK:
            return Word((), (), advance=BREAK_GAP)
        folded = fold(raw.replace("\u00ad", ""))[:MAX_WORD]
        parts = [_unquoted(part) for part in _SPLIT.split(folded)]
        parts = [part for part in parts if part]
        if not parts:
            return Word((), (), advance=1)
        if len(parts) == 1:
            return self._single(parts[0])
        stems = tuple(self.stem(part) for part in parts)
        closed = "".join(parts) if any(char.isalpha() for char in folded) else ""
        return Word(tuple(parts), stems, closed, self.stem(closed) if closed else "", len(parts))

    def _single(self, exact: str) -> Word:
        measured = _NUMBER_UNIT.fullmatch(exact)
        if measured and measured[2] in self._units:
            unit = self._units[measured[2]]
            closed = measured[1] + unit
            return Word((measured[1], unit), (self.stem(measured[1]), self.stem(unit)), closed, self.stem(closed), 2)
        return Word((exact,), (self.stem(exact),))


def _unquoted(part: str) -> str:
    """A part without its apostrophes and digit-group commas ("council's" → "councils", "1,200" → "1200")."""
    if part.isalnum():
        return part
    return _APOSTROPHE.sub("", part).replace(",", "")
