"""An invented vocabulary: pronounceable words that every engine indexes as they are.

Engines may only be compared when they index the same terms, and Casefinder
stems, folds spellings and drops stop words where its peers, set up plainly, do
not. So the invented words are immune by their making: lower-case ASCII,
consonant and vowel in turn (no spelling rule applies), and a last letter with
which no suffix of the Snowball English stemmer ends.
"""

from __future__ import annotations

from collections.abc import Container
from itertools import product
from typing import Final

import numpy as np

CONSONANTS: Final = "bdfghjklmnprstvwz"
VOWELS: Final = "aeiou"

LAST_VOWELS: Final = "aou"
LAST_CONSONANTS: Final = "bkpvz"
"""Letters in which no suffix ends that Snowball English removes (those end in c, d, e, g, i, l, m, n, r, s, t, y)."""


def _syllables(last: str = VOWELS) -> list[str]:
    return ["".join(letters) for letters in product(CONSONANTS, last)]


def _spelled(number: int, tables: list[list[str]]) -> str:
    """The `number`-th word whose n-th syllable comes from the n-th table."""
    parts: list[str] = []
    for table in reversed(tables):
        number, at = divmod(number, len(table))
        parts.append(table[at])
    return "".join(reversed(parts))


def vocabulary(size: int, rng: np.random.Generator, avoid: Container[str] = frozenset()) -> list[str]:
    """`size` different words, none of them in `avoid`; the first ones are the shortest, as frequent words are.

    Raises ValueError when there are not so many words of this make.
    """
    open_ = _syllables()
    closed = ["".join(letters) for letters in product(open_, LAST_CONSONANTS)]
    shapes = [
        [open_, closed],
        [open_, open_, _syllables(LAST_VOWELS)],
        [open_, open_, closed],
    ]
    # Half of each shape at most, so that even the shortest words are not a gapless series.
    halves = [int(np.prod([len(table) for table in tables])) // 2 for tables in shapes]
    if size > sum(halves):
        raise ValueError(f"There are only {sum(halves)} words of this make (asked for {size}).")
    words: list[str] = []
    for tables, half in zip(shapes, halves, strict=True):
        for number in rng.permutation(2 * half)[:half].tolist():
            if len(words) == size:
                return words
            word = _spelled(number, tables)
            if word not in avoid:
                words.append(word)
    if len(words) < size:
        raise ValueError(f"There are only {len(words)} words of this make outside those to avoid (asked for {size}).")
    return words
