"""What else a query means: synonyms and places become alternatives beside the words typed.

An alternative never replaces a word and never weighs more: in the query tree it stands
beside the clauses that it explains, and a record scores by the better of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import sqrt
from typing import Final, NamedTuple, Protocol

from corpus.value import Value
from index.schema import RANKED_FIELDS
from search.known_phrases import PhraseTable, words_of
from search.places import Place
from search.prepared_phrases import Meaning, curators_phrases
from search.query_tree import DisjunctionMax, Phrase, Query, Require, Term
from search.read_words import WordClause, WordReader, all_of, any_of
from search.results import Note
from search.synonyms import Synonym

PLACE_WEIGHT: Final = 0.5
"""What belonging to a place's council counts, as a part of the council's name in full."""

SHOWN_COUNCILS: Final = 3
"""Councils of a place that a note names; more are counted."""


class Alternative(Value):
    """One other way to say what was typed. `shown` is for the query as read; the rest is what pages mark."""

    meaning: Meaning
    query: Query
    shown: str
    stems: frozenset[str] = frozenset()
    phrase: tuple[str, ...] = ()
    councils: tuple[str, ...] = ()


class Meant(NamedTuple):
    """The clauses `start` to `end` (exclusive) of a query, as typed, and their alternatives."""

    start: int
    end: int
    typed: str
    alternatives: tuple[Alternative, ...]


class Finder(Protocol):
    """Whatever finds alternatives for clauses."""

    def find(self, clauses: Sequence[WordClause], text: str) -> list[Meant]:
        """What else the clauses of a text mean, left to right."""
        ...


class Omitting(Value):
    """A finder without the alternatives that the reader took back, by their names."""

    finder: Finder
    omit: frozenset[str]

    def find(self, clauses: Sequence[WordClause], text: str) -> list[Meant]:
        """What the inner finder finds, less what is omitted."""
        kept = []
        for meant in self.finder.find(clauses, text):
            left = tuple(each for each in meant.alternatives if name_of(each.meaning) not in self.omit)
            if left:
                kept.append(meant._replace(alternatives=left))
        return kept


def name_of(meaning: Meaning) -> str:
    """The name under which a reader takes an alternative back."""
    return meaning.name if isinstance(meaning, Place) else meaning.text


class Expander:
    """Finds alternatives for the words of a query that match something in the collection.

    `count` tells how many records a query tree matches; `entries` are known phrases other than the curators'.
    Safe to share between threads.
    """

    def __init__(
        self,
        reader: WordReader,
        count: Callable[[Query], int],
        entries: Iterable[tuple[str, Meaning | None]] | None = None,
    ) -> None:
        self.reader = reader
        self.count = count
        self._made: dict[tuple[Meaning, int], Alternative | None] = {}
        self._table: PhraseTable[Meaning] = curators_phrases() if entries is None else PhraseTable.of(entries)

    def find(self, clauses: Sequence[WordClause], text: str) -> list[Meant]:
        """What else the clauses of a text mean, left to right; nothing that would match no record."""
        meant = []
        for found in self._table.find(clauses, text):
            size = found.end - found.start
            alternatives = tuple(one for each in found.meanings if (one := self._alternative(each, size)))
            if alternatives:
                meant.append(Meant(found.start, found.end, found.typed, alternatives))
        return meant

    def knows(self, word: str) -> bool:
        """Whether a word stands in a curator's phrase, so that it is no misspelling whatever the corpus holds."""
        return self._table.words.issuperset(words_of(word))

    def _alternative(self, meaning: Meaning, size: int) -> Alternative | None:
        key = meaning, size
        if key not in self._made:
            made = self._of_place(meaning) if isinstance(meaning, Place) else self._of_synonym(meaning, size)
            if made is not None:
                # Explanations call this part of the score by its name.
                made.query.label = _label(meaning)
            self._made[key] = made
        return self._made[key]

    def _of_synonym(self, synonym: Synonym, size: int) -> Alternative | None:
        clauses = self.reader.clauses(synonym.text)
        if not clauses:
            return None
        # A name of four words that stands for one typed word may not outweigh it fourfold.
        weight = synonym.weight * min(1.0, sqrt(size / len(clauses)))
        query = all_of(clause.query(every_part=True, weight=weight) for clause in clauses)
        words = self.reader.exact_words(synonym.text)
        plain = all(len(clause.stems) == 1 and not clause.closed for clause in clauses)
        if len(clauses) > 1 and plain and len(clauses) == len(words):
            query = Require(query, side_by_side([clause.stems[0] for clause in clauses]))
        if not self.count(query):
            return None
        stems = frozenset(term for clause in clauses for term in clause.terms)
        if len(clauses) > 1 and plain:
            return Alternative(synonym, query, f'"{synonym.text}"', phrase=words)
        return Alternative(synonym, query, f'"{synonym.text}"' if len(words) > 1 else synonym.text, stems)

    def _of_place(self, place: Place) -> Alternative | None:
        terms = {name: Term("council", name, boost=PLACE_WEIGHT) for name in place.councils}
        known = {name: term for name, term in terms.items() if self.count(term)}
        if not known:
            return None
        shown = " OR ".join(f'council:"{name}"' for name in known)
        return Alternative(place, DisjunctionMax(list(known.values())), shown, councils=tuple(known))


def side_by_side(stems: list[str]) -> Query:
    """The stems as successive words of any one ranked field."""
    return DisjunctionMax([Phrase(name, stems) for name in RANKED_FIELDS])


def expanded(meant: Meant, clauses: Sequence[WordClause], every: bool) -> Query:
    """The clauses of `meant` (all of them with `every`) or any of its alternatives, whichever gives more."""
    join = all_of if every else any_of
    typed = join(clause.query(every_part=every) for clause in clauses[meant.start : meant.end])
    return DisjunctionMax([typed, *(each.query for each in meant.alternatives)])


def notes_of(meant: Sequence[Meant]) -> tuple[Note, ...]:
    """What was added to the query, in words: synonyms in one note, places in another."""
    notes = []
    also = _listed(
        f"“{each.meaning.text}” ({one.typed})"
        for one in meant
        for each in one.alternatives
        if isinstance(each.meaning, Synonym)
    )
    if also:
        said = f"Also searched for {also}; the total and the counts include what that found."
        notes.append(Note("synonym", said, offers=_offers(meant, Synonym)))
    where = _listed(
        f"{_councils(each.councils)} ({each.meaning.name})"
        for one in meant
        for each in one.alternatives
        if isinstance(each.meaning, Place)
    )
    if where:
        said = f"Also searched for case studies of {where}; the total and the counts include them."
        notes.append(Note("place", said, offers=_offers(meant, Place)))
    return tuple(notes)


def _offers(meant: Sequence[Meant], kind: type) -> tuple[str, ...]:
    every = (each.meaning for one in meant for each in one.alternatives)
    return tuple(dict.fromkeys(name_of(meaning) for meaning in every if isinstance(meaning, kind)))


def _councils(names: Sequence[str]) -> str:
    shown = list(names[:SHOWN_COUNCILS])
    more = len(names) - len(shown)
    if more:
        shown.append(f"{more} other council{'s' if more > 1 else ''}")
    return _listed(shown)


def _listed(parts: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(parts))
    return " and ".join(filter(None, (", ".join(distinct[:-1]), *distinct[-1:])))


def _label(meaning: Meaning) -> str:
    if isinstance(meaning, Place):
        return f"a council of {meaning.name}"
    return f"synonym “{meaning.text}”"
