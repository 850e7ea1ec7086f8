"""The door: a raw record becomes a `CaseStudy`, or its problems are named."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, Final

from corpus.derive import NATIONAL, SEVERAL_TYPES, derive_council_type, derive_region
from corpus.gazetteer import gazetteer
from corpus.model import FIELDS, CaseStudy
from corpus.problems import Problem, Problems
from corpus.raw import RawRecord
from corpus.text import fold, nearest, slugify
from corpus.vocabulary import funders, nearest_funders, nearest_themes, resolve_funder, resolve_theme, themes

FIRST_YEAR: Final = 1990
"""Case studies of councils as they are today go back no further; an earlier year is a slip of the pen."""

LONGEST_ID: Final = 200
"""Characters of an id: it is part of an address and of a file name, which may have 255 bytes."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_URL = re.compile(r"""https?://[^\s/?#<>"'\\]+[^\s<>"\\]*""", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\r\n?|\x0b|\x0c")
_BLANK_START = re.compile(r"\A(?:[^\S\n]*\n)+")
# Control characters and halves of surrogate pairs: nothing that anybody typed.
_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_UNUSABLE = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff]")


def validate(raw: RawRecord, problems: Problems) -> CaseStudy | None:
    """The record, or None after adding every problem of it to `problems`.

    Line ends become "\\n"; the body loses blank lines before and after it;
    title, summary, source title and licence become one line. Themes may be given by slug or label, funders
    by name or alias, councils by any name that the gazetteer resolves: the
    record holds the official forms, each once. Region and council type are
    derived from the councils where they are not given.
    """
    return _Check(raw, problems).record()


class _Check:
    """The checks of one record."""

    def __init__(self, raw: RawRecord, problems: Problems) -> None:
        self.raw = raw
        self.problems = problems
        self.before = problems.total

    def record(self) -> CaseStudy | None:
        for key in self.raw.values:
            if key not in _FIELD_SET:
                self._unknown_key(key)
        values: dict[str, Any] = {"id": self._id(), "title": self._title()}
        values.update({name: self._one_line(name) for name in ("summary", "source_title", "licence")})
        values["body"] = _BLANK_START.sub("", self._text("body")).rstrip()
        values["year"] = self._year()
        values["keywords"] = self._keywords()
        values["themes"] = self._controlled(
            "themes", "a theme", _theme_slug, nearest_themes, "known: see corpus/data/themes.csv"
        )
        values["funding"] = self._controlled(
            "funding", "a known funder", _funder_name, nearest_funders, "known: see corpus/data/funding.csv"
        )
        values["councils"], values["organisations"] = self._councils()
        values["region"] = self._choice("region", _regions(), "a region") or derive_region(values["councils"])
        values["council_type"] = self._choice(
            "council_type", _council_types(), "a type of council"
        ) or derive_council_type(values["councils"])
        values["source_url"] = self._url()
        return CaseStudy(**values) if self.problems.total == self.before else None

    def _add(
        self,
        name: str,
        value: object,
        expected: str,
        nearest: tuple[str, ...] = (),
        hint: str = "",
        index: int | None = None,
        line: int | None = None,
    ) -> None:
        at = self.raw.line_of(name, index) if line is None else line
        self.problems.add(Problem(self.raw.file, at, name, value, expected, nearest, hint))

    def _unknown_key(self, key: object) -> None:
        close = nearest(str(key), FIELDS, limit=1)
        hint = "" if close else f"known: {', '.join(FIELDS)}"
        self._add(str(key), key, "the name of a field", close, hint)

    def _usable(self, name: str, text: str, index: int | None = None) -> str:
        """The text with "\\n" for every line end; "" after a problem."""
        if text.isprintable() or not _SPECIAL.search(text):  # nearly every text
            return text
        found = _UNUSABLE.search(text)
        if found:
            line = self.raw.line_of(name, index)
            if name == "body" and name in self.raw.lines:  # a body of its own lines, as in Markdown
                line += text.count("\n", 0, found.start())
            self._add(name, found.group(), "a character of a text", hint="remove it", index=index, line=line)
            return ""
        return _LINE_ENDS.sub("\n", text)

    def _text(self, name: str) -> str:
        value = self.raw.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._add(name, value, "a text", hint=_quoting(value))
            return ""
        return self._usable(name, value)

    def _one_line(self, name: str) -> str:
        return " ".join(self._text(name).split())

    def _title(self) -> str:
        before = self.problems.total
        title = self._one_line("title")
        if not title and self.problems.total == before:
            self._add("title", None, "a title")
        return title

    def _list(self, name: str) -> list[tuple[int, str]]:
        """The values of a list with their indexes, blank ones left out."""
        value = self.raw.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self._add(name, value, "a list")
            return []
        found: list[tuple[int, str]] = []
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self._add(name, item, "a text", hint=_quoting(item), index=index)
                continue
            text = " ".join(self._usable(name, item, index).split())
            if text:
                found.append((index, text))
        return found

    def _id(self) -> str:
        value = self.raw.values.get("id")
        if value is None or value == "":
            self._add("id", None, "an id such as 'leeds-warm-homes'")
            return ""
        if isinstance(value, str) and len(value) <= LONGEST_ID and _ID.fullmatch(value):
            return value
        suggestion = slugify(str(value))[:LONGEST_ID].strip("-")
        expected = f"an id of at most {LONGEST_ID} lower-case letters, digits and single hyphens"
        self._add("id", value, expected, (suggestion,) if suggestion else ())
        return ""

    def _year(self) -> int | None:
        value = self.raw.values.get("year")
        if value is None:
            return None
        latest = date.today().year + 1
        if isinstance(value, int) and not isinstance(value, bool) and FIRST_YEAR <= value <= latest:
            return value
        hint = "write it without quotes" if isinstance(value, str) and value.strip().isdecimal() else ""
        self._add("year", value, f"a year from {FIRST_YEAR} to {latest}", hint=hint)
        return None

    def _keywords(self) -> tuple[str, ...]:
        by_folded: dict[str, str] = {}
        for _, text in self._list("keywords"):
            by_folded.setdefault(text.casefold(), text)
        return tuple(by_folded.values())

    def _controlled(
        self,
        name: str,
        expected: str,
        resolve: Callable[[str], str | None],
        close: Callable[[str], tuple[str, ...]],
        hint: str,
    ) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for index, text in self._list(name):
            value = resolve(text)
            if value is None:
                self._add(name, text, expected, close(text), hint, index)
            else:
                found[value] = None
        return tuple(found)

    def _councils(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Official names of the councils, and the other bodies."""
        organisations = {fold(text): text for _, text in self._list("organisations")}
        councils: dict[str, None] = {}
        for index, text in self._list("councils"):
            if text in gazetteer().by_name:
                councils[text] = None
            elif fold(text) not in organisations:
                council = gazetteer().resolve(text)
                if council is None:
                    hint = "name a body that is not a council under 'organisations'"
                    self._add("councils", text, "a known council", gazetteer().nearest(text), hint, index)
                else:
                    councils[council.name] = None
        return tuple(councils), tuple(organisations.values())

    def _choice(self, name: str, choices: dict[str, str], expected: str) -> str:
        text = self._one_line(name)
        if not text:
            return ""
        value = choices.get(text) or choices.get(fold(text))
        if value is None:
            known = dict.fromkeys(choices.values())
            self._add(name, text, expected, nearest(text, known, limit=1), f"known: {', '.join(known)}")
            return ""
        return value

    def _url(self) -> str:
        text = self._text("source_url").strip()
        if text and not _URL.fullmatch(text):
            self._add("source_url", text, "a web address", hint="it starts with http:// or https:// and has no spaces")
            return ""
        return text


_FIELD_SET: Final = frozenset(FIELDS)


def _quoting(value: object) -> str:
    return "put it in quotes" if isinstance(value, bool | int | float | date) else ""


def _theme_slug(text: str) -> str | None:
    if text in themes():
        return text
    theme = resolve_theme(text)
    return theme.slug if theme else None


def _funder_name(text: str) -> str | None:
    if text in funders():
        return text
    funder = resolve_funder(text)
    return funder.name if funder else None


@cache
def _regions() -> dict[str, str]:
    names = (*gazetteer().regions(), NATIONAL)
    return {fold(name): name for name in names} | {name: name for name in names}


@cache
def _council_types() -> dict[str, str]:
    names = (*gazetteer().types(), SEVERAL_TYPES)
    return {fold(name): name for name in names} | {name: name for name in names}
