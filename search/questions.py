"""Questions in full sentences: what is left when the words that only ask are taken off.

    "what has Wigan done on public health?"   Wigan public health
    "examples of councils sharing services"   councils sharing services

Only an opening from `data/questions.txt` makes a text a question; everything else stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from corpus.patterns import lazily
from index.analysis import RAW_WORD, fold
from index.words import stop_words
from search.tables import lines

FILE: Final = "questions.txt"

LONGEST_QUESTION: Final = 200
"""Characters of the longest text that is read as a question; longer ones are pasted paragraphs."""

LONGEST_KEPT: Final = 60
"""Characters that "…" may stand for: the names of two councils."""

_PIECE = lazily(r"\((?P<one>[^)]+)\)|\[(?P<maybe>[^]]+)\]|(?P<kept>…)|(?P<word>[^\s()[\]…]+)")
_END = lazily(r"[\s?.!]+$|[\s,]+please[\s?.!]*$", re.IGNORECASE)


def without_question_words(text: str) -> str | None:
    """What a question or request asks about, or None where the text is neither."""
    if len(text) > LONGEST_QUESTION:
        return None
    openings = _openings().get(_first_word(text))
    if not openings:
        return None
    ended = _END.sub("", text)
    for opening in openings:
        found = _compiled(opening).match(ended)
        if found:
            kept = " ".join(filter(None, (*found.groups(), ended[found.end() :].strip(" ,:;-"))))
            if _has_content(kept):
                return kept
    return None


def _first_word(text: str) -> str:
    first = RAW_WORD.search(text)
    return fold(first[0]).replace("’", "'") if first else ""


def _has_content(text: str) -> bool:
    return any(fold(word[0]) not in stop_words() for word in RAW_WORD.finditer(text))


@cache
def _openings() -> dict[str, list[str]]:
    """The lines of the file by each first word that they may have, in the file's order."""
    found: dict[str, list[str]] = {}
    for line in lines(FILE):
        for first in _first_words(line):
            found.setdefault(first, []).append(line)
    return found


@cache
def _compiled(line: str) -> re.Pattern[str]:
    """The pattern of one line. Compiling all of them would be the dearest part of a process's first answer."""
    return re.compile(_expression(line), re.IGNORECASE)


def _expression(line: str) -> str:
    """The regular expression of one line of the file."""
    made = r"\W*"
    for piece in _PIECE.finditer(line):
        if piece["kept"]:
            made += rf"(\S.{{0,{LONGEST_KEPT - 1}}}?)\s+"
        else:
            written = (piece["one"] or piece["maybe"] or piece["word"]).split("|")
            longest_first = sorted(written, key=len, reverse=True)
            choices = "|".join(r"\s+".join(map(re.escape, choice.split())) for choice in longest_first)
            made += rf"(?:(?:{choices})\b\s*)" + ("?" if piece["maybe"] else "")
    return made.replace("'", "['’]")


def _first_words(line: str) -> set[str]:
    """The words with which a text that fits the line may begin."""
    found: set[str] = set()
    for piece in _PIECE.finditer(line):
        choices = piece["one"] or piece["maybe"] or piece["word"] or ""
        found.update(choice.split()[0] for choice in choices.split("|"))
        if not piece["maybe"]:
            break
    return found
