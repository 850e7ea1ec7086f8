"""BERT's tokeniser: text → numbers of word pieces.

The "uncased" form (Devlin et al. 2019): control characters dropped, lower case, accents
stripped, punctuation and CJK characters apart, each word cut greedily into the longest pieces of the vocabulary.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

from corpus.errors import BadInput

LONGEST_WORD: Final = 100
"""Characters of a word above which it is unknown as a whole."""

_CJK: Final = "\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002ebef\uf900-\ufaff\U0002f800-\U0002fa1f"
_PIECES = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")


class WordPieces:
    """The vocabulary of one model. Safe to share between threads."""

    def __init__(self, vocabulary: list[str], name: str = "the vocabulary") -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        try:
            self._start, self._end, self._unknown = (self._numbers[mark] for mark in ("[CLS]", "[SEP]", "[UNK]"))
        except KeyError as missing:
            raise BadInput(f"{name} lacks {missing}: it is not the vocabulary of a BERT model.") from None
        self._word = lru_cache(maxsize=100_000)(self._cut)

    @classmethod
    def open(cls, path: Path) -> WordPieces:
        """The vocabulary of a `vocab.txt`, one piece a line; raises `BadInput`."""
        try:
            return cls(path.read_text(encoding="utf-8").splitlines(), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"Cannot read the vocabulary {path}: {error}.") from error

    def numbers(self, text: str, longest: int) -> list[int]:
        """The pieces of a text between start and end mark, cut to `longest` numbers."""
        found = [self._start]
        for word in _words(text):
            found += self._word(word)
            if len(found) >= longest:
                break
        return [*found[: longest - 1], self._end]

    def _cut(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        pieces: list[int] = []
        at = 0
        while at < len(word):
            prefix = "##" if at else ""
            for end in range(len(word), at, -1):
                number = self._numbers.get(prefix + word[at:end])
                if number is not None:
                    pieces.append(number)
                    at = end
                    break
            else:
                return (self._unknown,)
        return tuple(pieces)


def _words(text: str) -> list[str]:
    if text.isascii():
        plain = text.lower()
    else:
        decomposed = unicodedata.normalize("NFD", text.lower())
        plain = "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
    found: list[str] = []
    for run in _PIECES.findall("".join(" " if char in "\t\n\r" else char for char in plain if _is_text(char))):
        word = ""
        for char in run:
            if _is_punctuation(char):
                if word:
                    found.append(word)
                found.append(char)
                word = ""
            else:
                word += char
        if word:
            found.append(word)
    return found


@lru_cache(maxsize=10_000)
def _is_text(char: str) -> bool:
    return char in "\t\n\r" or (char not in "\0\ufffd" and not unicodedata.category(char).startswith("C"))


@lru_cache(maxsize=10_000)
def _is_punctuation(char: str) -> bool:
    code = ord(char)
    # All ASCII signs count, also those that Unicode calls symbols ("$", "+").
    signs = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return signs or unicodedata.category(char).startswith("P")
