"""Corrections from the corpus's own words: "did you mean".

Only words that the index holds are ever offered, so a correction always finds
something. A word is left alone when the corpus knows it, or another form of it, or
when it stands in the name of a council, a funder or a theme.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from corpus.gazetteer import written_names
from corpus.patterns import lazily
from corpus.value import Value, changed
from corpus.vocabulary import funders, themes
from index.analysis import BREAK, RAW_WORD, Analyser, fold
from index.lexicon import Array, Lexicon, letter_mask
from search.edit_distance import edit_distances

SHORTEST: Final = 4
"""Letters of the shortest word that is corrected: a word of three letters is one edit from dozens of others."""

TWO_EDITS_FROM: Final = 6
"""Letters from which two edits are allowed. Two of five letters is nearly half of a word: most words of five
   letters have some other word at that distance, hardly any word of eight does."""

SURE_AT_TWO_FROM: Final = 12
"""Letters from which a word at two edits is hardly anything else ("apprentiships")."""

LONGEST: Final = 32
"""Letters of the longest word that is corrected; longer runs are not words."""

# Scores are natural logarithms: that of a word's frequency, less what its edits cost. Chosen on 126 misspellings
# common in English whose right form the shipped corpus holds, 2026-11-22. Of these 13 find the right records by their
# stem; all 113 others are put right with an edit cost of 2 to 8, all but 2 without the gain for the skeleton, all
# but 3 without the cost of the first letter as well.
EDIT_COST: Final = 4.5
"""An edit must be made good by a word about a hundred times as frequent."""
FIRST_LETTER_COST: Final = 2.5
"""People rarely mistake the first letter: 1.4% and 3.3% of the misspellings that Yannakoudakis and Fawthrop (1983)
   and Pollock and Zamora (1984) counted."""
SKELETON_GAIN: Final = 2.0
"""Most misspellings keep the consonants and mistake a vowel or a double letter ("seperate", "accomodation")."""

DOMINANCE: Final = 50
"""How many times as frequent a word must be for a known word to be taken for its misspelling. Such a word is
   offered only: the corpus's rare words are mostly names and terms."""
DOMINATED_LENGTH: Final = 7
"""Letters of the shortest known word that is doubted: shorter ones lie too close to each other ("manor", "major")."""
DOMINATED_DF: Final = 2
"""Records in which a doubted word may stand at most: who spells a word wrong rarely does it in three case studies."""

_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})
LONGEST_ACRONYM: Final = 5
"""Letters of the longest word in capitals that is left alone in a query that is not all capitals."""
LONGEST_QUERY: Final = 32
"""Words of a query that are corrected; a pasted paragraph is not misspelt word by word."""

_VOWELS = lazily(r"(?<=.)[aeiouy]+")
_DOUBLED = lazily(r"(.)\1+")


class Correction(Value):
    """A word of the corpus for a word as typed.

    `sure` tells that it is hardly anything else, so that it may be searched for
    without being asked; the others are only offered. A word that the corpus itself has is never sure to be wrong.
    """

    word: str
    edits: int
    df: int
    sure: bool = False


class Replacement(NamedTuple):
    """A stretch of a query and what to put there."""

    start: int
    end: int
    text: str
    sure: bool


class Speller:
    """Corrects words and queries by a lexicon; `analyser` is the one that the index was built with.

    Safe to share between threads.
    """

    def __init__(self, lexicon: Lexicon, analyser: Analyser) -> None:
        self._lexicon = lexicon
        self._analyser = analyser
        self._lengths: Array | None = None
        self._memory: dict[str, Correction | None] = {}
        self._right: set[str] = set()

    def corrections(self, text: str) -> tuple[Replacement, ...]:
        """What to put where in a query, in order of place; empty when every word is best left alone.

        Operators, field names, words with a wildcard, words with digits and
        short words in capitals (acronyms) are never touched; case, quotation marks, signs
        and spaces stay as they are.
        """
        cuts = [cut for cut in RAW_WORD.finditer(text) if cut[0] != BREAK]
        if len(cuts) > LONGEST_QUERY or all(cut[0] in self._right for cut in cuts):
            return ()
        made: list[Replacement] = []
        joined_until = 0
        for cut, following in zip(cuts, (*cuts[1:], None), strict=False):
            if cut.start() < joined_until or _is_syntax(cut, text):
                continue
            if following and self._is_pair(cut, following):
                joined_until = following.end()
                continue
            joined = following and self._joined(cut, following, text)
            new = joined or self._mended(cut[0])
            if not new and self._known(cut[0]):
                self._remember(cut[0])
            elif new:
                joined_until = following.end() if joined and following else cut.end()
                made.append(Replacement(cut.start(), joined_until, _cased(new.word, cut[0]), new.sure))
        return tuple(made)

    def _remember(self, raw: str) -> None:
        """Note a known raw word that is best left alone, whatever stands beside it."""
        if len(self._right) >= 10_000:
            self._right.clear()
        self._right.add(raw)

    def correct(self, word: str) -> Correction | None:
        """The likeliest word of the corpus for an exact form (case folded), or None when it is best left alone."""
        if word not in self._memory:
            if len(self._memory) >= 10_000:
                self._memory.clear()
            self._memory[word] = self._correct(word)
        return self._memory[word]

    def split(self, word: str) -> tuple[str, str] | None:
        """The two words of the corpus that were run together into one, or None."""
        best, choice = 0, None
        for cut in range(3, len(word) - 2):
            left, right = self._lexicon.find(word[:cut]), self._lexicon.find(word[cut:])
            if left >= 0 and right >= 0:
                # The rarer part decides: every word begins or ends with some short frequent one.
                df = min(self._lexicon.df(left), self._lexicon.df(right))
                if df > max(best, 1):
                    best, choice = df, (word[:cut], word[cut:])
        return choice

    def _mended(self, raw: str) -> Correction | None:
        """The correction of a raw word of a query, a run-together one split."""
        exact = "".join(self._analyser.word(raw).parts)
        if not self._known(raw):
            near, parts = self.correct(exact), self.split(exact)
            # A space left out is one edit: two words beat a word at two edits.
            if parts and exact.isalpha() and (near is None or near.edits > 1):
                df = min(self._lexicon.df(self._lexicon.find(part)) for part in parts)
                return Correction(" ".join(parts), 1, df, sure=True)
            return near
        # Another form of it is known ("separated" of "separate"): it finds what it should.
        return self.correct(exact) if exact in self._lexicon else None

    def _joined(self, left: re.Match[str], right: re.Match[str], text: str) -> Correction | None:
        """The one word that two neighbours of a query make, when one of them is no word ("wellbe ing")."""
        if text[left.end() : right.start()] != " " or (self._known(left[0]) and self._known(right[0])):
            return None
        word = "".join((*self._analyser.word(left[0]).parts, *self._analyser.word(right[0]).parts))
        at = self._lexicon.find(word)
        return Correction(word, 1, self._lexicon.df(at), sure=True) if at >= 0 else None

    def _is_pair(self, left: re.Match[str], right: re.Match[str]) -> bool:
        """Whether two neighbours are one word of the corpus, which the analyser closes by itself ("well being")."""
        return self._analyser.closed_pair(self._analyser.word(left[0]), self._analyser.word(right[0])) in self._lexicon

    def _known(self, raw: str) -> bool:
        """Whether the corpus has a raw word, in this form or another."""
        word = self._analyser.word(raw)
        terms = [*zip(word.parts, word.stems, strict=True)]
        return word.closed in self._lexicon or all(
            not stem or exact in self._lexicon or self._lexicon.forms(stem) or exact in name_words()
            for exact, stem in terms
        )

    def _correct(self, word: str) -> Correction | None:
        if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
            return None
        at = self._lexicon.find(word)
        if at >= 0:
            return self._dominating(word, self._lexicon.df(at))
        found = self._nearest(word, 2 if len(word) >= TWO_EDITS_FROM else 1)
        best = max(found, key=lambda candidate: _score(word, candidate), default=None)
        if best is None:
            return None
        long_enough = len(word) >= (TWO_EDITS_FROM if best.edits == 1 else SURE_AT_TWO_FROM)
        return changed(best, sure=long_enough or _skeleton(best.word) == _skeleton(word))

    def _dominating(self, word: str, df: int) -> Correction | None:
        """A word so like and so much more frequent that a known word is probably its misspelling."""
        # A frequency of 0 is a word of a council's or funder's name: rare in texts, and rightly spelt.
        if not 0 < df <= DOMINATED_DF or len(word) < DOMINATED_LENGTH:
            return None
        stem = self._lexicon.stem(word)
        likely = [
            candidate
            for candidate in self._nearest(word, 1)
            if candidate.df >= DOMINANCE * df
            and self._lexicon.stem(candidate.word) != stem
            # "council" for "councils": a plural is no misspelling, whatever the stemmer thinks of it.
            and not _same_but_for_ending(candidate.word, word)
        ]
        return max(likely, key=lambda candidate: _score(word, candidate), default=None)

    def _nearest(self, word: str, limit: int) -> Iterator[Correction]:
        """Every word of the corpus at 1 to `limit` edits."""
        key = word.encode()
        lexicon = self._lexicon
        if self._lengths is None:
            self._lengths = np.diff(lexicon.starts().astype(np.int64)).astype(np.int32)
        lengths, masks, mask = self._lengths, lexicon.masks(), np.uint32(letter_mask(key))
        # An edit takes away at most one kind of letter and brings in at most one.
        near = np.flatnonzero(np.abs(lengths - len(key)) <= limit)
        theirs = masks[near]
        near = near[np.bitwise_count(mask & ~theirs) <= limit]
        near = near[np.bitwise_count(masks[near] & ~mask) <= limit]
        if not len(near):
            return
        starts, blob = lexicon.starts()[near].astype(np.int64), lexicon.blob()
        # What lies beyond a word's end is the next word: it is never compared.
        places = np.minimum(starts + np.arange(len(key) + limit)[:, None], len(blob) - 1)
        distances = edit_distances(key, blob[places], lengths[near], limit)
        for place in np.flatnonzero((distances <= limit) & (distances > 0)).tolist():
            at = int(near[place])
            yield Correction(lexicon.word(at), int(distances[place]), lexicon.df(at))


@cache
def name_words() -> frozenset[str]:
    """The words of the names of councils, funders and themes: right whether or not a text has them.

    "Hastings" is no misspelling of "hearings" where no record is about it yet.
    """
    paid = (name for funder in funders().values() for name in (funder.name, *funder.aliases))
    labels = (theme.label for theme in themes().values())
    # Once a distinct word, not once a name: half of the names' words are "council", "of" and the like.
    written = set(re.split(r"[^\w'’]+", "\n".join(chain(written_names(), paid, labels))))
    return frozenset(fold(word).replace("'", "").replace("’", "") for word in written)


def _score(word: str, candidate: Correction) -> tuple[float, str]:
    score = math.log(1 + candidate.df) - EDIT_COST * candidate.edits
    if candidate.word[0] != word[0]:
        score -= FIRST_LETTER_COST
    if _skeleton(candidate.word) == _skeleton(word):
        score += SKELETON_GAIN
    return score, candidate.word


def _skeleton(word: str) -> str:
    """A word without its inner vowels and double letters."""
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", word))


def _same_but_for_ending(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    return one[: shorter - 1] == other[: shorter - 1]


def _is_syntax(cut: re.Match[str], text: str) -> bool:
    """Whether a word of a query is an operator, a field's name, the stem of a wildcard, or an acronym."""
    raw = cut[0]
    acronym = raw.isupper() and len(raw) <= LONGEST_ACRONYM and not text.isupper()
    return acronym or raw in _OPERATORS or text[cut.end() : cut.end() + 1] in ("*", "?", ":")


def _cased(word: str, like: str) -> str:
    """A lower-case word in the case of another: "Helth" → "Health", "HELTH" → "HEALTH"."""
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word


def applied(text: str, replacements: Sequence[Replacement]) -> str:
    """The text with its replacements made."""
    for start, end, new, _ in reversed(replacements):
        text = text[:start] + new + text[end:]
    return text


def suggest_query(text: str, speller: Speller) -> str | None:
    """The query with its misspelt words corrected, or None when there is nothing to correct."""
    made = speller.corrections(text)
    return applied(text, made) if made else None
