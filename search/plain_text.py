"""Markdown as plain text, for snippets."""

from __future__ import annotations

import re
from typing import NamedTuple

from corpus.patterns import lazily

# Every repetition that a missing closing sign would stretch is bounded: the time of each stays linear in the text.
_HEADING = re.compile(r"^##[ \t]+(.*)$", re.MULTILINE)
_IMAGE = lazily(r"!\[([^\[\]\n]{0,300})\]\([^()\n]{0,500}\)")
_LINK = lazily(
    r"\[([^\[\]\n]{1,300})\](?:\([^()\n]{0,500}(?:\([^()\n]{0,100}\))?[^()\n]{0,100}\)|\[[^\[\]\n]{0,100}\])"
)
_AUTO_LINK = lazily(r"<((?:https?://|mailto:)[^<>\s]{1,500})>")
_TAG = lazily(r"</?[A-Za-z][^<>\n]{0,500}>|<!--[^>]{0,500}-->")
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|\d{1,3}[.)][ \t]+|\|)+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=|:+][ \t]*){3,}$", re.MULTILINE)
# The stressed text may not hold its own sign; a second pass removes what stood around a first.
_STRESS = tuple(
    re.compile(rf"(?<![\w\\])({sign})(?=\S)([^{sign.strip('[')[0]}]{{1,500}})(?<=[^\s\\])\1(?!\w)")
    for sign in (r"[*]{1,3}", "_{1,3}", "~~", "`{1,3}")
)
_ESCAPE = lazily(r"\\([!-/:-@\[-`{-~])")
# A block ends at an empty line, and before a line that begins a list item, a quotation, a heading or a table row.
_BLOCK_END = re.compile(r"\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*+>|]|#{1,6}[ \t]|\d{1,3}[.)][ \t]))")
_SPACES = re.compile(r"\s+")


class Section(NamedTuple):
    """A part of a text: its heading ("" before the first) and plain text, one line a block."""

    heading: str
    text: str


def sections(markdown: str) -> list[Section]:
    """The parts of a Markdown body that begin with `## ` headings, in order, without empty ones."""
    pieces = _HEADING.split(markdown)
    found = [Section("", plain(pieces[0]))]
    found += [
        Section(plain(heading).rstrip(" #"), plain(text))
        for heading, text in zip(pieces[1::2], pieces[2::2], strict=True)
    ]
    return [section for section in found if section.text]


def plain(markdown: str) -> str:
    """Markdown without its marks: words, and one line a block (paragraph, list item, table row)."""
    lines = []
    for block in _BLOCK_END.split(markdown):
        line = _SPACES.sub(" ", _unmarked(block)).strip()
        if line:
            lines.append(line)
    return "\n".join(lines)


def _unmarked(block: str) -> str:
    # Nearly every block is words only, and each test is cheaper than its substitution.
    if "[" in block:
        block = _LINK.sub(r"\1", _IMAGE.sub(r"\1", block))
    if "<" in block:
        block = _TAG.sub("", _AUTO_LINK.sub(r"\1", block))
    block = _LINE_START.sub("", _RULE.sub("", block))
    if "|" in block:
        block = block.replace("|", " ")
    if any(sign in block for sign in "*_`~"):
        for stress in _STRESS * 2:
            block = stress.sub(r"\2", block)
    if "\\" in block:
        block = _ESCAPE.sub(r"\1", block)
    return block
