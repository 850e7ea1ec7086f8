"""A score's explanation in the reader's words: sums without a name of their own dissolve, stems become words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.model import CaseStudy
from search import Engine, Explanation
from search.matched_forms import MatchedForms
from webui.parts.highlighting import KnowsItsMatches

MOST_FORMS = 3
_WORD = re.compile(r"^word “(?P<stem>.+)”$")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score. `note` is in pieces: a text, and the case study that it names where it names one."""

    name: str
    note: tuple[tuple[str, str | None], ...]
    value: float
    parts: tuple[Part, ...]


def plain_parts(explanation: Explanation, record: CaseStudy, engine: Engine) -> Part:
    """The whole explanation; its root is the score."""
    inner = tuple(part for detail in explanation.details for part in _parts(detail, record, engine))
    return Part("Score", (), explanation.value, inner or tuple(_parts(explanation, record, engine)))


def _parts(held: Explanation, record: CaseStudy, engine: Engine) -> Iterator[Part]:
    inner = tuple(part for detail in held.details for part in _parts(detail, record, engine))
    if held.name == "sum" and inner:
        yield from inner
    else:
        yield Part(_name(held.name, record, engine), tuple(_note(held.description, engine)), held.value, inner)


def _name(name: str, record: CaseStudy, engine: Engine) -> str:
    """A word's name with the forms in which it stands in this case study, not with its stem."""
    found = _WORD.match(name)
    if found is None or not isinstance(engine, KnowsItsMatches):
        return name
    marker = engine.highlighter(MatchedForms(stems=frozenset({found["stem"]})))
    texts = (record.title, record.summary, " ".join(record.keywords), record.body)
    pieces = (piece.lower() for text in texts for piece, hit in marker.mark(text).parts() if hit)
    forms = tuple(dict.fromkeys(pieces))[:MOST_FORMS]
    return "word " + ", ".join(f"“{form}”" for form in forms) if forms else name


def _note(text: str, engine: Engine) -> Iterator[tuple[str, str | None]]:
    """The description with the titles of the case studies that it names by id."""
    at = 0
    for found in _ID.finditer(text):
        named = engine.get(found[0])
        if named is not None:
            yield text[at : found.start()], None
            yield f"“{named.title}”", named.id
            at = found.end()
    if at < len(text):
        yield text[at:], None
