"""Word knowledge: the lists that a curator may edit, and the stemmer behind a cache.

The lists stand in `index/data/`; each says at its head what it is for. They
are part of an index: changing one changes `fingerprint()`, and the index is
rebuilt.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from corpus.digests import blake2b
from corpus.patterns import lazily

ANALYSIS_VERSION: Final = 3
"""Raised when the code of the analysis changes what it gives for the same text."""

DATA: Final = Path(__file__).parent / "data"

STOP_WORDS: Final = "stop_words.txt"

_LISTS: Final = (STOP_WORDS, "compounds.txt", "units.csv", "spellings.csv", "stems.csv")

_AMERICAN_IZE = lazily(r"(.{3,})iz(e|es|ed|er|ers|ing|ation|ations|ational|able)")
_AMERICAN_YZE = lazily(r"((?:an|par|cat)al)yz(e|es|ed|er|ers|ing)|(anal)yz(e|es|ed|er|ers|ing)")
_NEVER_ISE: Final = frozenset({"resize", "resized", "resizing", "capsize", "capsized", "capsizing", "downsize"})
"""Words whose "iz" is no American "is" although they look so."""


def _text(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def _lines(name: str) -> list[str]:
    return [line.strip() for line in _text(name).splitlines() if line.strip() and not line.startswith("#")]


def _table(name: str) -> dict[str, str]:
    rows = csv.reader(_text(name).splitlines())
    next(rows)
    return {row[0]: row[1] for row in rows}


@cache
def stop_words() -> frozenset[str]:
    """Function words, without apostrophes, as the exact form of a word spells them."""
    return frozenset(_lines(STOP_WORDS))


@cache
def compounds() -> Mapping[tuple[str, str], str]:
    """(first word, second word) → closed form, for words that are written open, hyphenated and closed."""
    pairs = (line.split() for line in _lines("compounds.txt"))
    return {(first, second): first + second for first, second in pairs}


@cache
def units() -> Mapping[str, str]:
    """Unit as written → canonical unit ("million" → "m")."""
    return _table("units.csv")


@cache
def _spellings() -> Mapping[str, str]:
    return _table("spellings.csv")


@cache
def _stems() -> Mapping[str, str]:
    return _table("stems.csv")


def one_spelling(word: str) -> str:
    """The spelling under which British and American forms of a lower-case word meet."""
    listed = _spellings().get(word)
    if listed is not None:
        return listed
    if "iz" in word and word not in _NEVER_ISE:
        found = _AMERICAN_IZE.fullmatch(word)
        if found:
            return f"{found[1]}is{found[2]}"
    if "yz" in word:
        found = _AMERICAN_YZE.fullmatch(word)
        if found:
            return word.replace("yz", "ys")
    return word


_STEMMED_ENDINGS: Final = (
    *("s", "y", "e", "l", "ed", "ing"),
    *("izer", "ator", "alli", "bli", "ogi", "li", "enci", "anci", "abli", "biliti", "aliti", "iviti", "iciti"),
    *("ement", "ment", "ant", "ent", "ism", "iti", "ion", "er", "ic"),
)
"""Every suffix that Snowball English takes off or replaces ends with one of these."""


def _is_own_stem(word: str) -> bool:
    """Whether no rule of Snowball English applies to a word; False where that takes the stemmer to tell.

    Only words of plain letters and digits are judged: apostrophes and other scripts are the stemmer's.
    """
    return word.isascii() and word.isalnum() and not word.endswith(_STEMMED_ENDINGS)


@cache
def _snowball() -> Callable[[str], str]:
    # Only a word that is not yet in an index pays for loading it.
    from index.stemmer import english_stemmer

    return english_stemmer()


@lru_cache(maxsize=1 << 20)
def stem(word: str) -> str:
    """The stem of a lower-case word: our exceptions first, else nltk's Snowball English."""
    listed = _stems().get(word)
    if listed is not None:
        return listed
    plain = one_spelling(word)
    if plain.isdigit():
        return plain
    listed = _stems().get(plain)
    if listed:
        return listed
    return plain if _is_own_stem(plain) else _snowball()(plain)


def stemmer_name() -> str:
    """The stemmer and its version: forms of two stemmers must never meet in one index."""
    # nltk keeps its version in a file, which is read here in the place of a second's import.
    spec = find_spec("nltk")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nltk is not installed; it gives Casefinder its stemmer", name="nltk")
    return f"nltk {Path(spec.origin).with_name('VERSION').read_text(encoding='utf-8').strip()} snowball-english"


@cache
def fingerprint() -> str:
    """A hex digest of everything that decides which terms a text becomes."""
    digest = blake2b(f"{ANALYSIS_VERSION} {stemmer_name()}".encode(), digest_size=8)
    for name in _LISTS:
        digest.update(_text(name).encode())
    return digest.hexdigest()
