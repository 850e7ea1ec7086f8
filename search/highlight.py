"""Which stretches of a text match a query.

A text is cut with the analyser's own regular expression, and each distinct raw
word is looked up once per query; nothing is stemmed while a page waits when
the index's lexicon says which words share a stem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final, NamedTuple

from corpus.patterns import lazily
from index.analysis import RAW_WORD, Analyser, Word
from index.words import compounds
from search.matched_forms import MatchedForms
from search.results import Marked

MAX_CHARACTERS: Final = 100_000
"""Characters of one text that are looked at: six times the longest case study
   known, and a bound on what one damaged record can cost (about 10 ms)."""

MOST_FORMS: Final = 400
"""Forms up to which a text is first searched for where something may match; with more, every word is looked at."""

_APART: Final = 1_000
"""Positions between stretches that are looked at: no phrase reaches from one to the next."""

# What an analyser may fold or split so that a form is not to be seen in the text as it stands.
_UNPLAIN: Final = r"(?<=[^\W_])['&-](?=[^\W_])|\d|[^\x00-\x7f]"
_CHUNK = lazily(r"\S*")
# From inside a chunk to the end of the next one that holds a word: neighbours can be one word, or one phrase.
_TO_NEIGHBOUR = lazily(r"\S*[\W_]*\S*\s*")

_UNIT_PAIR = lazily(r"(\d[\d.]*)[a-z]+")
_JOINING_GAP = re.compile(r"[ \t\u00a0]?[-‐‑]?[ \t\u00a0]?")


class Match(NamedTuple):
    """One matched stretch: character offsets, and the key of what matched (as in `MatchedForms.weights`)."""

    start: int
    end: int
    key: str


class _Raw(NamedTuple):
    """What a raw word means to a query."""

    key: str
    advance: int
    phrase_parts: tuple[tuple[int, str], ...]
    opener: bool


_PLAIN: Final = _Raw("", 1, (), False)


class Highlighter:
    """Finds the matches of one query in many texts.

    `forms` gives every unstemmed word of the index with a stem (`Lexicon.forms`);
    without it the stems of the text's words are made, which is slower. Not to be shared between threads.
    """

    def __init__(
        self,
        matched: MatchedForms,
        analyser: Analyser | None = None,
        forms: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        self.matched = matched
        self._analyser = analyser or _default_analyser()
        self._key_of: dict[str, str] = {}
        if forms is not None:
            for stem in sorted(matched.stems):
                self._key_of.update(dict.fromkeys(forms(stem), stem))
        self._stems = matched.stems if forms is None else frozenset()
        self._key_of.update((word, word) for word in matched.words)
        self._prefixes = tuple(prefix for prefix in matched.prefixes if prefix)
        # A phrase of one word is that word.
        self._key_of.update((phrase[0], phrase[0]) for phrase in matched.phrases if len(phrase) == 1)
        phrases = [phrase for phrase in dict.fromkeys(matched.phrases) if len(phrase) > 1]
        self._phrase_words = {word for phrase in phrases for word in phrase}
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        for phrase in phrases:
            self._phrases.setdefault(phrase[0], []).append(phrase)
        self._openers = self._openers_of_pairs()
        self._raws: dict[str, _Raw] = {}
        self._candidate = self._candidates()
        self._unweighted = max(matched.weights.values(), default=1.0)

    def weight(self, key: str) -> float:
        """How much a match of this key tells."""
        known = self.matched.weights.get(key)
        if known is not None:
            return known
        return sum(self.weight(word) for word in key.split()) if " " in key else self._unweighted

    def matches(self, text: str) -> list[Match]:
        """Every match in the first `MAX_CHARACTERS` of the text, by start; they may overlap."""
        if not self.matched:
            return []
        text = text[:MAX_CHARACTERS]
        found: list[Match] = []
        at_position: dict[int, list[tuple[str, int, int]]] = {}
        position = 0
        for start, end in self._stretches(text):
            position = _APART + self._look_at(text, start, end, position, found, at_position)
        if at_position:
            found.extend(self._phrase_matches(at_position))
        found.sort()
        return found

    def _candidates(self) -> re.Pattern[str] | None:
        """What finds every place where something may match, and others; None where each word must be looked at."""
        forms = {*self._key_of, *self._phrase_words, *self._openers, *self._prefixes}
        if self._stems or len(forms) > MOST_FORMS:
            return None
        # Longer forms are found by their beginnings: what begins like one is looked at.
        plain = "|".join(sorted(re.escape(form) for form in forms if form.isascii()))
        starts = rf"(?<![^\W_])(?:{plain})|" if plain else ""
        return re.compile(starts + _UNPLAIN, re.IGNORECASE)

    def _stretches(self, text: str) -> list[tuple[int, int]]:
        """The parts of a text in which something may match, from and to blanks, with the words behind them.

        Most words of a case study match nothing: passing over them makes a page's snippets five times as quick.
        """
        if self._candidate is None:
            return [(0, len(text))]
        found: list[tuple[int, int]] = []
        at = 0
        while hit := self._candidate.search(text, at):
            low = hit.start()
            while low and not text[low - 1].isspace():
                low -= 1
            high = _TO_NEIGHBOUR.match(text, hit.start()).end()  # type: ignore[union-attr]  # it matches anywhere
            if found and low <= found[-1][1]:
                found[-1] = found[-1][0], max(high, found[-1][1])
            else:
                found.append((low, high))
            at = max(hit.end(), _CHUNK.match(text, hit.start()).end())  # type: ignore[union-attr]
        return found

    def _look_at(
        self,
        text: str,
        start: int,
        end: int,
        position: int,
        found: list[Match],
        at_position: dict[int, list[tuple[str, int, int]]],
    ) -> int:
        """Look at the words between two offsets; the position behind them."""
        left: tuple[str, int, int] | None = None
        raws = self._raws
        for cut in RAW_WORD.finditer(text, start, end):
            text_of = cut[0]
            raw = raws.get(text_of)
            if raw is None:
                raw = raws[text_of] = self._look_up(text_of)
            if left is not None:
                joined = self._closed_match(text, left, cut)
                if joined is not None:
                    found.append(joined)
                left = None
            if raw is _PLAIN:
                position += 1
                continue
            first, last = cut.span()
            if raw.key:
                found.append(Match(first, last, raw.key))
            for shift, part in raw.phrase_parts:
                at_position.setdefault(position + shift, []).append((part, first, last))
            if raw.opener:
                left = text_of, first, last
            position += raw.advance
        return position

    def mark(self, text: str) -> Marked:
        """The text with every match marked; neighbours and overlaps become one mark."""
        return Marked(text, merged(text, self.matches(text)))

    def _openers_of_pairs(self) -> frozenset[str]:
        """Words that, with their right neighbour, may be a closed form that matches ("co" of "co production")."""
        # Only a compound that begins like something wanted is looked up, because stemming all of them takes 2 ms.
        heads = {form[:2] for form in (*self._key_of, *self._stems)}
        openers = {
            first
            for (first, _), closed in compounds().items()
            if (self._prefixes or closed[:2] in heads) and self._key(closed)
        }
        for form in (*self._key_of, *self._stems):
            unit = _UNIT_PAIR.fullmatch(form)
            if unit:
                openers.add(unit[1])
        return frozenset(openers)

    def _key(self, exact: str) -> str:
        """The key under which an unstemmed word matches by itself, or ""."""
        key = self._key_of.get(exact)
        if key is not None:
            return key
        for prefix in self._prefixes:
            if exact.startswith(prefix):
                return prefix + "*"
        if self._stems:
            stem = self._analyser.stem(exact)
            if stem in self._stems:
                return stem
        return ""

    def _look_up(self, raw: str) -> _Raw:
        if raw.isascii() and raw.isalpha():
            exact = raw.lower()
            parts: tuple[str, ...] = (exact,)
            closed, advance = "", 1
        else:
            word = self._analyser.word(raw)
            parts, closed, advance = word.parts, word.closed, word.advance
        key = (closed and self._key(closed)) or next(filter(None, map(self._key, parts)), "")
        phrase_parts = tuple((shift, part) for shift, part in enumerate(parts) if part in self._phrase_words)
        if closed in self._phrase_words:
            phrase_parts += ((0, closed),)
        opener = not closed and len(parts) == 1 and parts[0] in self._openers
        if not key and not phrase_parts and not opener and advance == 1:
            return _PLAIN
        return _Raw(key, advance, phrase_parts, opener)

    def _closed_match(self, text: str, left: tuple[str, int, int], right: re.Match[str]) -> Match | None:
        """The match of two neighbours that are one word of the index ("co production", "20 mph")."""
        raw, start, end = left
        if text[end : right.start()].strip(" \u00a0"):
            return None
        closed = self._analyser.closed_pair(self._bare(raw), self._bare(right[0]))
        key = self._key(closed) if closed else ""
        return Match(start, right.end(), key) if key else None

    def _bare(self, raw: str) -> Word:
        if raw.isascii() and raw.isalpha():
            return Word((raw.lower(),), ("",))
        return self._analyser.word(raw)

    def _phrase_matches(self, at_position: Mapping[int, list[tuple[str, int, int]]]) -> Iterable[Match]:
        for position, standing in at_position.items():
            for first, start, first_end in standing:
                for phrase in self._phrases.get(first, ()):
                    end = first_end
                    for shift in range(1, len(phrase)):
                        ends = [e for word, _, e in at_position.get(position + shift, ()) if word == phrase[shift]]
                        if not ends:
                            break
                        end = ends[0]
                    else:
                        yield Match(start, end, " ".join(phrase))


def merged(text: str, matches: Iterable[Match]) -> tuple[tuple[int, int], ...]:
    """Spans of the matches (ascending by start), overlapping and neighbouring ones as one.

    Neighbours are words with nothing but a space or a hyphen between them: one mark reads
    better than two, aloud as well.
    """
    spans: list[tuple[int, int]] = []
    for start, end, _ in matches:
        if spans and (start <= spans[-1][1] or _JOINING_GAP.fullmatch(text, spans[-1][1], start)):
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return tuple(spans)


@cache
def _default_analyser() -> Analyser:
    return Analyser(cache_size=100_000)


def mark(text: str, matched: MatchedForms, analyser: Analyser | None = None) -> Marked:
    """A text, such as a title or a paragraph of a page, with every match marked."""
    return Highlighter(matched, analyser).mark(text)
