"""From a request to the query that is meant: corrections, question words, other meanings, and the steps down.

    what was typed ─▶ corrected words ─▶ without question words ─▶ parsed, with synonyms and places

Every step leaves a note that says what was done; `SearchRequest.literal` skips them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from corpus.patterns import lazily
from corpus.value import Value, changed
from index.analysis import fold
from index.words import stop_words
from search import query_syntax as syntax
from search.expansion import Expander, Finder, Omitting
from search.ordinary_words import is_ordinary
from search.parse import ParsedQuery, QueryParser
from search.questions import without_question_words
from search.relax import steps
from search.request import MAX_TEXT, SearchRequest
from search.results import Note
from search.spelling import Replacement, Speller, applied

T = TypeVar("T")

CORRECTED_CHARACTERS: Final = 500
"""Characters of a query that are looked at for misspellings; who pastes more has not typed it."""

REMEMBERED: Final = 1_024
"""Questions whose reading is kept at hand."""

UNDONE: Final = frozenset({"corrected", "synonym", "place", "relaxed"})
"""Notes on what was changed: their `query` is what was typed, to be run with `literal`."""

_KEPT: Final = frozenset({"corrected", "truncated"})
"""Notes on the query itself, which hold whatever is asked in its place."""

_UNTOUCHED = lazily(r"""["“„][^"”]*(?:["”]|$)|\b[a-z_]+:(?:"[^"]*"?|\S+)""")
_UNREADABLE = lazily(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Understood(Value):
    """A request as it was understood.

    `text` is what was parsed. `suggestion` is another spelling that may be meant but was not searched for.
    """

    parsed: ParsedQuery
    text: str
    suggestion: str | None = None


class Understanding:
    """Reads requests. Safe to share between threads.

    `speller` and `expander` are called when they are first needed: opening an index stays quick.
    """

    def __init__(self, parser: QueryParser, speller: Callable[[], Speller], expander: Callable[[], Expander]) -> None:
        self._parser = parser
        self._speller = speller
        self._expander = expander
        # Who narrows, turns a page or sorts asks the same words again.
        self._known = _kept(self._read)
        self._known_loosest = _kept(self._loosest)

    def read(self, request: SearchRequest) -> Understood:
        """What a request means; never fails for the sake of its text."""
        return self._known(request)

    def _read(self, request: SearchRequest) -> Understood:
        text = request.text
        if request.literal or not text or text.isspace():
            return Understood(self._parser.parse(text, request.mode), text)
        if request.mode == "phrase":
            return Understood(self._parser.parse(text, "phrase"), text, self._suggestion(text))
        text, suggestion, notes = self._corrected(text)
        asked = text
        if syntax.is_plain(text):
            text = without_question_words(text) or text
        parsed = self._parser.parse(text, request.mode, self._finder(request))
        return Understood(changed(_with_notes(parsed, notes, request.text), asked=asked), text, suggestion)

    def looser(self, request: SearchRequest, understood: Understood) -> Iterator[ParsedQuery]:
        """What to ask instead, step by step, when nothing was found."""
        if request.literal or not understood.text.strip():
            return
        text, kept = understood.text, [note for note in understood.parsed.notes if note.code in _KEPT]
        if request.mode == "phrase":
            # An exact phrase is not corrected; what is asked in its place may be.
            text, _, corrected = self._corrected(text)
            kept += corrected
        text = _UNREADABLE.sub(" ", text)[:MAX_TEXT]
        for step in steps(text, request.mode):
            parsed = self._parser.parse(step.query, step.mode, self._finder(request))
            noted = _with_notes(parsed, [*kept, Note("relaxed", step.reason)], request.text)
            yield changed(noted, asked=understood.parsed.asked)

    def few(self, request: SearchRequest, understood: Understood, count: Callable[[ParsedQuery], int]) -> ParsedQuery:
        """The query that found little, with a note of how many more the last step down would find.

        `count` tells how many records a query matches.
        """
        parsed, loosest = understood.parsed, self._known_loosest(request)
        if loosest is None:
            return parsed
        more, held = count(loosest), count(parsed)
        if more <= held:
            return parsed
        found = "Only one case study matches" if held == 1 else f"Only {held} case studies match"
        note = Note(
            "few",
            f"{found}; {more} have some of the words.",
            None if syntax.is_plain(understood.text) else loosest.read_as,
        )
        return changed(parsed, notes=(*parsed.notes, note))

    def _loosest(self, request: SearchRequest) -> ParsedQuery | None:
        """The last step down from a request."""
        return next(reversed([*self.looser(request, self.read(request))]), None)

    def _finder(self, request: SearchRequest) -> Finder:
        """What finds other meanings, less those that the reader took back."""
        return Omitting(self._expander(), frozenset(request.omit)) if request.omit else self._expander()

    def _corrected(self, text: str) -> tuple[str, str | None, list[Note]]:
        """The text with its surely misspelt words corrected, what else may be meant, and what to say."""
        found = self._replacements(text)
        if not found:
            return text, None, []
        untouched = [each.span() for each in _UNTOUCHED.finditer(text)]
        sure = [each for each in found if _is_certain(each, text) and not _inside(each, untouched)]
        suggestion = applied(text, found) if len(sure) < len(found) else None
        if not sure:
            return text, suggestion, []
        corrected = applied(text, sure)
        return corrected, suggestion, [Note("corrected", f"Showing results for “{corrected}”.")]

    def _suggestion(self, text: str) -> str | None:
        found = self._replacements(text)
        return applied(text, found) if found else None

    def _replacements(self, text: str) -> Sequence[Replacement]:
        found = self._speller().corrections(text[:CORRECTED_CHARACTERS])
        if not found:
            return found
        knows = self._expander().knows
        return [each for each in found if not (is_ordinary(typed := text[each.start : each.end]) or knows(typed))]


def _kept(read: Callable[[SearchRequest], T]) -> Callable[[SearchRequest], T]:
    """The same function, which keeps at hand what it made of short texts: it must look at nothing but the words."""
    known = lru_cache(REMEMBERED)(
        lambda text, mode, literal, omit: read(SearchRequest(text, mode=mode, literal=literal, omit=omit))
    )

    def kept(request: SearchRequest) -> T:
        if len(request.text) > CORRECTED_CHARACTERS:
            return read(request)
        return known(request.text, request.mode, request.literal, tuple(request.omit))

    return kept


def _is_certain(replacement: Replacement, text: str) -> bool:
    """Whether a sure correction may be searched for without being asked.

    Who mistypes a word rarely mistypes its first letter ("zither" is not "either"), and a
    function word in the place of a rare one would drop it without a trace.
    """
    new, old = fold(replacement.text), fold(text[replacement.start : replacement.end])
    return replacement.sure and new[:1] == old[:1] and new not in stop_words()


def _inside(replacement: Replacement, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < replacement.end and replacement.start < end for start, end in spans)


def _with_notes(parsed: ParsedQuery, notes: Sequence[Note], typed: str) -> ParsedQuery:
    """The parsed query with these notes first; what was typed is what to run instead of anything that was changed."""
    together = (*notes, *parsed.notes)
    if not together:
        return parsed
    return changed(
        parsed, notes=tuple(changed(note, query=typed) if note.code in UNDONE else note for note in together)
    )
