"""Sentences, paragraphs and headings for generated words, for what reads text as people write it (snippets, pages)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SENTENCE: Final = (11, 17, 23, 14, 19)
"""Words of successive sentences, over and over: about 17, as in plain English reports."""
SENTENCES_IN_PARAGRAPH: Final = 4
HEADINGS: Final = ("The challenge", "What the council did", "Results", "Lessons")
"""The headings of the shipped case studies; a new one opens every second paragraph."""


def as_prose(words: Sequence[str]) -> str:
    """The words as Markdown with headings, paragraphs, capitals and full stops."""
    paragraphs: list[str] = []
    sentences: list[str] = []
    at = turn = 0
    while at < len(words):
        until = at + SENTENCE[turn % len(SENTENCE)]
        sentence = " ".join(words[at:until])
        sentences.append(f"{sentence[:1].upper()}{sentence[1:]}.")
        at, turn = until, turn + 1
        if len(sentences) == SENTENCES_IN_PARAGRAPH or at >= len(words):
            if len(paragraphs) % 3 == 0:
                paragraphs.append(f"## {HEADINGS[len(paragraphs) // 3 % len(HEADINGS)]}")
            paragraphs.append(" ".join(sentences))
            sentences = []
    return "\n\n".join(paragraphs)
