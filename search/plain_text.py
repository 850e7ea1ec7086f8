"""Markdown as plain text, for snippets."""

from __future__ import annotations

import re
from typing import NamedTuple

_HEADING = re.compile(r"^##[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
_AUTO_LINK = re.compile(r"<((?:https?://|mailto:)[^>\s]+)>")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>|<!--[^>]*-->")
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|\d{1,3}[.)][ \t]+|\|)+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=|:+][ \t]*){3,}$", re.MULTILINE)
_STRESS = re.compile(r"(?<![\w\\])(\*{1,3}|_{1,3}|~~|`{1,3})(?=\S)(.+?)(?<=[^\s\\])\1(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
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
    found += [Section(plain(heading), plain(text)) for heading, text in zip(pieces[1::2], pieces[2::2], strict=True)]
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
        block = _STRESS.sub(r"\2", _STRESS.sub(r"\2", block))
    if "\\" in block:
        block = _ESCAPE.sub(r"\1", block)
    return block
