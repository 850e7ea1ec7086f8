"""From the words of a request to a query tree.

Plain words never meet a parser: they go straight to clauses. Text with signs
of the query language is read by `search.query_syntax`; what cannot be read so is read
as plain words, with a note.
"""

from __future__ import annotations

import re
from typing import Final

from corpus.gazetteer import gazetteer
from corpus.patterns import lazily
from corpus.value import Value, made
from corpus.vocabulary import resolve_funder, resolve_theme
from index.analysis import fold
from index.schema import EXACT_FIELDS
from search import light_words
from search import query_syntax as syntax
from search.expansion import Finder, Meant, expanded, notes_of
from search.matched_forms import MatchedForms
from search.query_tree import (
    AndMaybe,
    AndNot,
    DisjunctionMax,
    Every,
    NullQuery,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    TermRange,
    Wildcard,
)
from search.read_words import WordClause, WordReader, all_of, any_of, exact_word
from search.request import MAX_TEXT, Mode
from search.results import Note
from search.subject import Subject, subject_of

EXACT_BOOSTS: Final = {"title_exact": 3.0, "summary_exact": 1.5, "keywords_exact": 1.5, "body_exact": 1.0}
"""Weights of the exact fields: those of their stemmed twins, for the same reasons."""

_NAMES: Final = {"council": "council_names", "funding": "funding_names", "theme": "theme_names"}
_RESTRICTING: Final = frozenset({"council", "funding", "theme", "region", "type", "year"})
"""Fields that say which records are meant, not what is looked for: they must match unless joined by OR."""

_YEARS = lazily(r"(\d{4})?\s*(\.\.|-)?\s*(\d{4})?")
_SIGNS = lazily(r"\b(?:AND|OR|NOT)\b|[\"“”„()*+:]|(?<!\w)-")
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class ParsedQuery(Value):
    """A query as understood.

    `query` is None when nothing was asked: then everything matches and
    nothing is scored. `clauses` are the plain words that rank (without
    excluded ones), in order; `subject` is what they are about; `matched` what a page marks. `read_as` is the
    query in its own language, `asked` the text behind it, corrected where it was ("": as it was typed).
    """

    query: Query | None
    clauses: tuple[WordClause, ...] = ()
    matched: MatchedForms = made(MatchedForms)
    notes: tuple[Note, ...] = ()
    read_as: str = ""
    asked: str = ""
    subject: Subject = ()


class _Collected:
    """What one reading finds on its way: ranking words, their other meanings, forms to mark, notes."""

    def __init__(self, expander: Finder | None = None) -> None:
        self.expander = expander
        self.meant: list[Meant] = []
        self.clauses: list[WordClause] = []
        self.stems: set[str] = set()
        self.words: set[str] = set()
        self.phrases: list[tuple[str, ...]] = []
        self.prefixes: list[str] = []
        self.notes: list[Note] = []

    def matched(self) -> MatchedForms:
        return MatchedForms(
            frozenset(self.stems), frozenset(self.words), tuple(self.phrases), tuple(dict.fromkeys(self.prefixes))
        )


class QueryParser:
    """Reads queries with one analyser; cheap to make, safe to share."""

    def __init__(self, reader: WordReader) -> None:
        self.reader = reader

    def parse(self, text: str | syntax.Sequence, mode: Mode = "best", expander: Finder | None = None) -> ParsedQuery:
        """The query behind a text, or behind a tree of the query language; never fails.

        With an `expander`, plain words also stand for what else they mean.
        """
        found = _Collected(expander)
        if isinstance(text, syntax.Sequence):
            return _parsed(*self._sequence(text, mode, found, positive=True), found)
        cleaned = _UNREADABLE.sub(" ", text).strip()
        if len(cleaned) > MAX_TEXT:
            cleaned = cleaned[:MAX_TEXT].rsplit(None, 1)[0]
            found.notes.append(Note("truncated", f"Only the first {MAX_TEXT:,} characters of the query were read."))
        if not cleaned.strip():
            return ParsedQuery(None, notes=tuple(found.notes))
        if mode == "phrase":
            query, read_as = self._phrase(cleaned.replace('"', " "), found)
        elif syntax.is_plain(cleaned):
            query, read_as = self._words(cleaned, mode, found)
        else:
            query, read_as = self._structured(cleaned, mode, found)
        return _parsed(query, read_as, found)

    def _structured(self, text: str, mode: Mode, found: _Collected) -> tuple[Query, str]:
        trial = _Collected(found.expander)
        try:
            query, read_as = self._sequence(syntax.read(text), mode, trial, positive=True)
        except syntax.Malformed as problem:
            found.notes.append(Note("malformed", f"This was read as plain words, because {problem}."))
            return self._words(plain_words(text), mode, found)
        trial.notes[:0] = found.notes
        found.__dict__.update(trial.__dict__)
        return query, read_as

    def _words(self, text: str, mode: Mode, found: _Collected, positive: bool = True) -> tuple[Query, str]:
        clauses = self.reader.clauses(text)
        if not clauses:
            return self._function_words(text, found, positive)
        if positive:
            found.clauses.extend(clauses)
            for clause in clauses:
                found.stems.update(clause.terms)
        every = mode == "all"
        join = all_of if every else any_of
        if positive and found.expander is not None and (meant := found.expander.find(clauses, text)):
            return self._with_meanings(clauses, meant, every, found)
        surfaces = [clause.surface for clause in clauses]
        return join(_weighed(clauses, every, found)), (" AND " if every else " OR ").join(surfaces)

    def _with_meanings(
        self, clauses: list[WordClause], meant: list[Meant], every: bool, found: _Collected
    ) -> tuple[Query, str]:
        """The clauses, some of which have alternatives beside them."""
        join, joiner = (all_of, " AND ") if every else (any_of, " OR ")
        words = _weighed(clauses, every, found)
        parts: list[Query] = []
        shown: list[str] = []
        at = 0
        for one in meant:
            parts += words[at : one.start]
            shown += (clause.surface for clause in clauses[at : one.start])
            parts.append(expanded(one, clauses, every))
            typed = joiner.join(clause.surface for clause in clauses[one.start : one.end])
            either = " OR ".join((_bracketed(typed) if every else typed, *(each.shown for each in one.alternatives)))
            shown.append(f"({either})" if every else either)
            at = one.end
            for alternative in one.alternatives:
                found.stems.update(alternative.stems)
                if alternative.phrase:
                    found.phrases.append(alternative.phrase)
        parts += words[at:]
        shown += (clause.surface for clause in clauses[at:])
        found.meant.extend(meant)
        return join(parts), joiner.join(shown)

    def _function_words(self, text: str, found: _Collected, positive: bool) -> tuple[Query, str]:
        """Words that the stemmed fields do not hold ("what if"): looked up as they stand."""
        words = tuple(dict.fromkeys(self.reader.exact_words(text)))
        if not words:
            if positive:
                found.notes.append(Note("no-words", "The query holds no word to look for."))
            return NullQuery, ""
        if positive:
            found.words.update(words)
        return all_of(exact_word(word) for word in words), " AND ".join(words)

    def _phrase(
        self, text: str, found: _Collected, positive: bool = True, fields: tuple[str, ...] = EXACT_FIELDS
    ) -> tuple[Query, str]:
        words = self.reader.exact_words(text)
        if not words:
            return NullQuery, '""'
        if positive:
            found.phrases.append(words)
        return DisjunctionMax([_exact_run(name, words) for name in fields]), f'"{" ".join(words)}"'

    def _prefix(self, pattern: str, found: _Collected, positive: bool) -> tuple[Query, str]:
        plain = re.sub(r"['’-]", "", fold(pattern))
        head, _, tail = plain.partition("*")
        if positive:
            found.prefixes.append(head)
        made: list[Query] = []
        for name in EXACT_FIELDS:
            one = Prefix(name, head) if not tail else Wildcard(name, plain)
            one.boost = EXACT_BOOSTS[name]
            made.append(one)
        return DisjunctionMax(made), plain

    def _sequence(self, node: syntax.Sequence, mode: Mode, found: _Collected, positive: bool) -> tuple[Query, str]:
        required: list[Query] = []
        optional: list[Query] = []
        excluded: list[Query] = []
        shown: list[str] = []
        for sign, part in node.clauses:
            query, text = self._node(part, mode, found, positive and sign != "-")
            if query is NullQuery and not text:
                continue
            if sign == "-":
                excluded.append(query)
                shown.append(f"-{_bracketed(text)}")
            elif sign == "+" or _must_match(part) or mode == "all":
                required.append(query)
                shown.append(f"+{_bracketed(text)}")
            else:
                optional.append(query)
                shown.append(_bracketed(text) if len(node.clauses) > 1 else text)
        return _combined(required, optional, excluded), " ".join(shown)

    def _node(self, node: syntax.Node, mode: Mode, found: _Collected, positive: bool) -> tuple[Query, str]:
        match node:
            case syntax.Words(text):
                return self._words(text, mode, found, positive)
            case syntax.Phrase(text):
                return self._phrase(text, found, positive)
            case syntax.Prefix(pattern):
                return self._prefix(pattern, found, positive)
            case syntax.Fielded():
                return self._fielded(node, found, positive)
            case syntax.Sequence():
                return self._sequence(node, mode, found, positive)
            case syntax.Either(parts):
                made = [self._node(part, mode, found, positive) for part in parts]
                return any_of(query for query, _ in made), " OR ".join(_bracketed(text) for _, text in made)
            case syntax.Negated(part):
                query, text = self._node(part, mode, found, positive=False)
                return AndNot(Every(), query), f"NOT {_bracketed(text)}"
            case syntax.Both(parts):
                return self._both(parts, mode, found, positive)

    def _both(self, parts: tuple[syntax.Node, ...], mode: Mode, found: _Collected, positive: bool) -> tuple[Query, str]:
        wanted: list[Query] = []
        unwanted: list[Query] = []
        shown: list[str] = []
        for part in parts:
            if isinstance(part, syntax.Negated):
                query, text = self._node(part.part, mode, found, positive=False)
                unwanted.append(query)
                shown.append(f"NOT {_bracketed(text)}")
            else:
                query, text = self._node(part, mode, found, positive)
                wanted.append(query)
                shown.append(_bracketed(text))
        return _combined(wanted, [], unwanted), " AND ".join(shown)

    def _fielded(self, node: syntax.Fielded, found: _Collected, positive: bool) -> tuple[Query, str]:
        shown = f'{node.field}:"{node.text}"' if node.exact else f"{node.field}:{node.text}"
        if node.field == "year":
            return self._years(node.text, found), shown
        if node.field in ("region", "type"):
            return _facet_named(node), shown
        if node.field in _NAMES:
            return self._named(node, found, positive), shown
        if node.exact:
            return self._phrase(node.text, found, positive, (f"{node.field}_exact",))[0], shown
        clauses = self.reader.clauses(node.text)
        if positive:
            for clause in clauses:
                found.stems.update(clause.terms)
        parts = [clause.query(node.field, every_part=True) for clause in clauses]
        return all_of(parts) if parts else NullQuery, shown

    def _years(self, text: str, found: _Collected) -> Query:
        years = _YEARS.fullmatch(text.strip())
        if years is None or not (years[1] or years[3]):
            found.notes.append(Note("unknown-year", f"“{text}” is no year; write year:2019 or year:2015..2020."))
            return NullQuery
        first, last = (years[1], years[3]) if years[2] else (years[1] or years[3], years[1] or years[3])
        return TermRange("year", first, last)

    def _named(self, node: syntax.Fielded, found: _Collected, positive: bool) -> Query:
        """A council, theme or funder: by its official value where the text means one, else by its words."""
        value = _official(node.field, node.text)
        by_words = [clause.query(_NAMES[node.field], every_part=True) for clause in self.reader.clauses(node.text)]
        if positive:
            for clause in self.reader.clauses(node.text):
                found.stems.update(clause.terms)
        words = all_of(by_words) if by_words else NullQuery
        if value is None:
            return words
        official = Term(node.field, value)
        return official if node.exact or not by_words else Or([official, words])


def plain_words(text: str) -> str:
    """A text without the signs of the query language."""
    return _SIGNS.sub(" ", text)


def restricts(node: syntax.Node) -> bool:
    """Whether the node is a field that says which records are meant."""
    return isinstance(node, syntax.Fielded) and node.field in _RESTRICTING


def _weighed(clauses: list[WordClause], every: bool, found: _Collected) -> list[Query]:
    """Each clause for itself; where other meanings are looked for too, light words count less."""
    read = found.expander is not None
    weights = light_words.weights([clause.surface for clause in clauses]) if read else [1.0] * len(clauses)
    return [clause.query(every_part=every, weight=weight) for clause, weight in zip(clauses, weights, strict=True)]


def _parsed(query: Query | None, read_as: str, found: _Collected) -> ParsedQuery:
    notes = tuple(dict.fromkeys((*found.notes, *notes_of(found.meant))) if found.notes or found.meant else ())
    subject = subject_of(found.clauses, None if found.expander is None else found.meant)
    return ParsedQuery(query, tuple(found.clauses), found.matched(), notes, read_as, subject=subject)


def _official(field: str, text: str) -> str | None:
    if field == "council":
        council = gazetteer().resolve(text)
        return council.name if council else None
    if field == "theme":
        theme = resolve_theme(text)
        return theme.slug if theme else None
    funder = resolve_funder(text)
    return funder.name if funder else None


def _facet_named(node: syntax.Fielded) -> Query:
    """A region or council type whose name is the text, whatever the case."""
    names = gazetteer().regions() if node.field == "region" else gazetteer().types()
    field = "region" if node.field == "region" else "council_type"
    wanted = fold(node.text).replace("-", " ")
    matching = [name for name in (*names, "National", "Several types") if wanted in fold(name).replace("-", " ")]
    return any_of(Term(field, name) for name in matching) if matching else NullQuery


def _exact_run(field: str, words: tuple[str, ...]) -> Query:
    boost = EXACT_BOOSTS[field]
    if len(words) == 1:
        return Term(field, words[0], boost=boost)
    return Phrase(field, list(words), boost=boost)


def _must_match(node: syntax.Node) -> bool:
    """A quoted phrase, or a field that says which records are meant."""
    return isinstance(node, syntax.Phrase) or restricts(node)


def _combined(required: list[Query], optional: list[Query], excluded: list[Query]) -> Query:
    if required and optional:
        core: Query = AndMaybe(all_of(required), any_of(optional))
    elif required:
        core = all_of(required)
    elif optional:
        core = any_of(optional)
    else:
        core = Every() if excluded else NullQuery
    return AndNot(core, any_of(excluded)) if excluded else core


def _bracketed(text: str) -> str:
    quoted = text.startswith('"') and text.endswith('"') and text.count('"') == 2
    return f"({text})" if " " in text and not quoted and not _in_brackets(text) else text


def _in_brackets(text: str) -> bool:
    """Whether one pair of brackets holds the whole text."""
    depth = 0
    for at, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return at == len(text) - 1 and sign == ")"
    return False
