"""The passages of a case study that show best why it matched.

A passage is a run of whole sentences of one section; a sentence that is too
long is cut at words around its matches. A passage is worth the weights of the
distinct things that it matches, a little more for things that stand together
and for the head of the record. One wide passage is shown where it says as
much as two narrow ones.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from corpus.value import Value
from index.analysis import Analyser
from search.highlight import MAX_CHARACTERS, Highlighter, Match, mark, merged
from search.matched_forms import MatchedForms
from search.plain_text import Section, plain, sections
from search.results import Marked, Passage, Snippet

__all__ = ["Highlighter", "MatchedForms", "mark", "snippet"]

WIDE: Final = 280
"""Characters of a passage that stands alone: three lines of a result list at desktop width."""

NARROW: Final = 150
"""Characters of each of two passages."""

_MAX_WINDOWS: Final = 200
"""Sentences with a match that are considered: the head of a text tells most, and work stays bounded."""

# The three constants below only break ties between passages that match equally much; chosen by reading
# snippets of the shipped corpus, 2026-11-22.
_TOGETHER: Final = 0.3
"""Part of a match's weight that is added where it follows another within `_NEAR` characters."""
_NEAR: Final = 12
_REPEATED: Final = 0.1
"""Part of a match's weight that a repetition adds."""
_HEAD: Final = 1.15
"""Factor for the summary, which was written to be read first."""

_SENTENCE_END = re.compile(r"""(?<=[.!?…])["'”’)\]]*\s+(?=["'“‘(\[]?[A-Z0-9£])|\n""")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:Dr|Mr|Mrs|Ms|St|Prof|Cllr|Rev|No|Nos|vs|approx|e\.g|i\.e|[A-Z])\.$")


class Record(Protocol):
    """The texts of a case study."""

    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def body(self) -> str: ...


class _Window(Value):
    """A candidate passage: character offsets into the text of a section, and what it matches."""

    section: int
    start: int
    end: int
    matches: tuple[Match, ...]
    worth: float

    @property
    def keys(self) -> set[str]:
        return {match.key for match in self.matches}

    def overlaps(self, other: _Window) -> bool:
        return self.section == other.section and self.start < other.end and other.start < self.end


def snippet(record: Record, highlighter: Highlighter) -> Snippet:
    """The best one or two passages of the record's summary and body, matches marked.

    Without any match there, the lead of the summary (or of the body).
    """
    parts = [*_summary(record), *sections(record.body[:MAX_CHARACTERS])]
    texts = [_Text(number, section, highlighter) for number, section in enumerate(parts)]
    matched = [text for text in texts if text.matches]
    if not matched:
        return _lead(parts)
    wide = _best(_windows(matched, WIDE, highlighter))
    chosen: Sequence[_Window] = (wide,)
    if wide.keys != {match.key for text in matched for match in text.matches}:
        pair = _best_pair(list(_windows(matched, NARROW, highlighter)), highlighter)
        if _weight(set().union(*(window.keys for window in pair)), highlighter) > _weight(wide.keys, highlighter):
            chosen = pair
    return Snippet(tuple(_passage(parts[window.section], window) for window in chosen))


def snippet_of(record: Record, matched: MatchedForms, analyser: Analyser | None = None) -> Snippet:
    """`snippet` for one record alone."""
    return snippet(record, Highlighter(matched, analyser))


def _summary(record: Record) -> list[Section]:
    """The summary as a section without heading; none when it is empty."""
    text = plain(record.summary[:MAX_CHARACTERS])
    return [Section("", text)] if text else []


class _Text:
    """A section, where its sentences begin and end, and what it matches."""

    def __init__(self, number: int, section: Section, highlighter: Highlighter) -> None:
        self.number = number
        self.text = section.text
        self.matches = highlighter.matches(section.text)
        self.head = number == 0 and not section.heading
        self.sentences = _unbroken(_sentences(section.text), self.matches) if self.matches else []
        self.starts = [match.start for match in self.matches]

    def within(self, start: int, end: int) -> tuple[Match, ...]:
        """The matches that stand wholly between two offsets."""
        first = bisect_left(self.starts, start)
        return tuple(match for match in self.matches[first : bisect_left(self.starts, end)] if match.end <= end)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence; a line break always ends one, an abbreviation never does."""
    start = 0
    for gap in _SENTENCE_END.finditer(text):
        if gap[0] != "\n" and _ABBREVIATION.search(text, max(0, gap.start() - 8), gap.start()):
            continue
        # Closing quotation marks and brackets belong to the sentence that they close.
        end = gap.start() + len(gap[0].rstrip())
        yield start, end
        start = gap.end()
    if start < len(text):
        yield start, len(text)


def _unbroken(sentences: Iterator[tuple[int, int]], matches: Sequence[Match]) -> list[tuple[int, int]]:
    """The sentences, those that a match runs across (a phrase, which knows no full stop) made one."""
    joined: list[tuple[int, int]] = []
    reach = at = 0
    for start, end in sentences:
        if joined and reach > start:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
        while at < len(matches) and matches[at].start < end:
            reach = max(reach, matches[at].end)
            at += 1
    return joined


def _windows(texts: Sequence[_Text], width: int, highlighter: Highlighter) -> Iterator[_Window]:
    """One candidate for each sentence that has a match and for each sentence before one."""
    left = _MAX_WINDOWS
    for text in texts:
        for number, (start, end) in enumerate(text.sentences):
            if left == 0:
                return
            inside = text.within(start, end)
            if not inside:
                continue
            left -= 1
            if end - start > width:
                start, end = _cut(text.text, start, end, inside, width)
            else:
                end = _extended(text, number, start, width)
            yield _window(text, start, end, highlighter)


def _extended(text: _Text, number: int, start: int, width: int) -> int:
    """Where a passage of at most `width` characters that begins with a sentence ends."""
    end = text.sentences[number][1]
    for following in range(number + 1, len(text.sentences)):
        further = text.sentences[following][1]
        if further - start > width:
            break
        end = further
    return end


def _cut(text: str, start: int, end: int, matches: Sequence[Match], width: int) -> tuple[int, int]:
    """The best `width` characters of a long sentence: the stretch with most distinct matches, and some text around."""
    best = (0, 0)
    ahead = 0
    for first in range(len(matches)):
        while ahead < len(matches) and matches[ahead].end - matches[first].start <= width:
            ahead += 1
        ahead = max(ahead, first + 1)
        count = len({match.key for match in matches[first:ahead]})
        if count > best[0]:
            best = count, first
    _, first = best
    low = matches[first].start
    high = max(match.end for match in matches[first:] if match.start == low or match.end - low <= width)
    spare = max(0, width - (high - low))
    # A third of the free room goes before the matches: what a word does stands mostly after it.
    low = max(start, low - spare // 3)
    high = min(end, low + max(width, high - low))
    low = max(start, min(low, high - width))
    first_start = matches[first].start
    if low > start and text[low - 1].isalnum() and text[low].isalnum():
        space = text.find(" ", low, first_start)
        low = space + 1 if space >= 0 else first_start
    if high < end and text[high - 1].isalnum() and text[high].isalnum():
        space = text.rfind(" ", matches[first].end, high)
        high = space if space >= 0 else max(high, matches[first].end)
    while text[low].isspace():
        low += 1
    while text[high - 1].isspace():
        high -= 1
    return low, high


def _window(text: _Text, start: int, end: int, highlighter: Highlighter) -> _Window:
    inside = text.within(start, end)
    seen: set[str] = set()
    worth = 0.0
    before: Match | None = None
    for match in inside:
        weight = highlighter.weight(match.key)
        worth += weight * (_REPEATED if match.key in seen else 1.0)
        if before is not None and match.key != before.key and match.start - before.end <= _NEAR:
            worth += _TOGETHER * weight
        seen.add(match.key)
        before = match
    return _Window(text.number, start, end, inside, worth * (_HEAD if text.head else 1.0))


def _best(windows: Iterator[_Window] | Sequence[_Window]) -> _Window:
    """The worthiest passage; of equals the first."""
    return max(windows, key=lambda window: window.worth)


def _best_pair(windows: Sequence[_Window], highlighter: Highlighter) -> list[_Window]:
    """The worthiest passage and that which adds most to it, in the order of the text."""
    first = _best(windows)
    others = [window for window in windows if not window.overlaps(first)]
    if not others:
        return [first]
    second = max(others, key=lambda window: (_weight(window.keys - first.keys, highlighter), window.worth))
    return sorted((first, second), key=lambda window: (window.section, window.start))


def _weight(keys: set[str], highlighter: Highlighter) -> float:
    return sum(map(highlighter.weight, sorted(keys)))


def _passage(section: Section, window: _Window) -> Passage:
    text = section.text[window.start : window.end]
    matches = [Match(start - window.start, end - window.start, key) for start, end, key in window.matches]
    shown = text.replace("\n", " ")
    return Passage(
        section.heading,
        Marked(shown, merged(shown, matches)),
        cut_before=window.start > 0,
        cut_after=window.end < len(section.text),
    )


def _lead(parts: Sequence[Section]) -> Snippet:
    """The beginning of the first part, in whole sentences where one fits."""
    if not parts:
        return Snippet()
    section = parts[0]
    end = 0
    for _, further in _sentences(section.text):
        if further > WIDE:
            break
        end = further
    if end == 0:
        end = section.text.rfind(" ", 0, WIDE)
        end = end if end > 0 else min(WIDE, len(section.text))
    text = section.text[:end].replace("\n", " ")
    return Snippet((Passage(section.heading, Marked(text), cut_after=end < len(section.text)),))
