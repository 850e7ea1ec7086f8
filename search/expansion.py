"""What else a query means: synonyms and places become alternatives beside the words typed.

An alternative never replaces a word and never weighs more: in the query tree it stands
beside the clauses that it explains, and a record scores by the better of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import sqrt
from typing import Final, NamedTuple, Protocol

from corpus.value import Value
from index.schema import JOINT_FIELD, RANKED_FIELDS
from search.known_phrases import PhraseTable, words_of
from search.places import Place
from search.prepared_phrases import Meaning, curators_phrases
from search.query_tree import DisjunctionMax, Phrase, Query, Require, Term
from search.ranking import Collection, inverse_document_frequency
from search.read_words import WordClause, WordReader, all_of, any_of
from search.results import Note
from search.synonyms import Synonym

PLACE_WEIGHT: Final = 0.5
"""What belonging to a place's council counts, as a part of the council's name in full."""

REGION_WEIGHT: Final = 5.0
"""What lying in a region counts. Whoever names a region wants what was done there, and few case studies say where
   their council lies: it weighs like two or three words of the question. At 1.5 "Wales net zero" is led by England."""

APART: Final = 0.8
"""What the words of a known phrase count where they do not stand side by side: "making" and "money" here and there
   hardly say that money was made. From 0.5 to 0.85 the judged questions gain alike."""

SHOWN_COUNCILS: Final = 3
"""Councils of a place that a note names; more are counted."""


class Alternative(Value):
    """One other way to say what was typed. `shown` is for the query as read; `stems`, `phrase` and `councils` are what
    pages mark and name. `terms` are all stems of a synonym and `weight` is its own: what it says of the subject."""

    meaning: Meaning
    query: Query
    shown: str
    stems: frozenset[str] = frozenset()
    phrase: tuple[str, ...] = ()
    councils: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    weight: float = 0.0


class Meant(NamedTuple):
    """The clauses `start` to `end` (exclusive) of a query, as typed, and their alternatives.

    `term` matches several of them side by side and counts them as one word.
    """

    start: int
    end: int
    typed: str
    alternatives: tuple[Alternative, ...]
    term: Query | None = None


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

    `count` tells how many records of the collection a query tree matches; `entries` are known phrases other than the
    curators'. Safe to share between threads.
    """

    def __init__(
        self,
        reader: WordReader,
        collection: Collection,
        count: Callable[[Query], int],
        entries: Iterable[tuple[str, Meaning | None]] | None = None,
    ) -> None:
        self.reader = reader
        self.collection = collection
        self.count = count
        self._made: dict[tuple[Meaning, int], Alternative | None] = {}
        self._terms: dict[tuple[str, ...], Query] = {}
        self._table: PhraseTable[Meaning] = curators_phrases() if entries is None else PhraseTable.of(entries)

    def find(self, clauses: Sequence[WordClause], text: str) -> list[Meant]:
        """What else the clauses of a text mean, left to right; nothing that would match no record."""
        meant = []
        for found in self._table.find(clauses, text):
            size = found.end - found.start
            alternatives = tuple(one for each in found.meanings if (one := self._alternative(each, size)))
            if alternatives:
                term = self._as_term(clauses[found.start : found.end], found.typed)
                meant.append(Meant(found.start, found.end, found.typed, alternatives, term))
        return meant

    def knows(self, word: str) -> bool:
        """Whether a word stands in a curator's phrase, so that it is no misspelling whatever the corpus holds."""
        return self._table.words.issuperset(words_of(word))

    def _alternative(self, meaning: Meaning, size: int) -> Alternative | None:
        key = meaning, size
        if key not in self._made:
            made = self._of_place(meaning, size) if isinstance(meaning, Place) else self._of_synonym(meaning, size)
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
        words = self.reader.exact_words(synonym.text)
        plain = all(len(clause.stems) == 1 and not clause.closed for clause in clauses)
        together = None
        if len(clauses) > 1 and plain and len(clauses) == len(words):
            stems = [clause.stems[0] for clause in clauses]
            together = side_by_side(stems)
            weight *= self._rarer(together, stems)
        query = all_of(clause.query(every_part=True, weight=weight) for clause in clauses)
        if together is not None:
            query = Require(query, together)
        if not self.count(query):
            return None
        terms = tuple(term for clause in clauses for term in clause.terms)
        if len(clauses) > 1 and plain:
            return Alternative(synonym, query, f'"{synonym.text}"', frozenset(), words, (), terms, synonym.weight)
        shown = f'"{synonym.text}"' if len(words) > 1 else synonym.text
        return Alternative(synonym, query, shown, frozenset(terms), (), (), terms, synonym.weight)

    def _as_term(self, clauses: Sequence[WordClause], typed: str) -> Query | None:
        """A curator's phrase of several words as it was typed, as one word.

        None for a single word, and where stop words stand between the others ("cost of living"), which are not side
        by side then.
        """
        stems = tuple(stem for clause in clauses for stem in clause.terms)
        if len(stems) < 2 or len(stems) != len(clauses) or len(stems) != len(self.reader.exact_words(typed)):
            return None
        if stems not in self._terms:
            together = side_by_side(stems)
            weight = self._rarer(together, stems)
            term = Require(all_of(clause.query(weight=weight) for clause in clauses), together)
            term.label = f"“{typed}” as one term"
            self._terms[stems] = term
        return self._terms[stems]

    def _rarer(self, together: Query, stems: Sequence[str]) -> float:
        """How much more telling the words are side by side than each for itself; at least 1.

        "Shared services" is made of two words that half of the records hold, and is rare: it counts as one rare word.
        """
        held = self.count(together)
        if not held:
            return 1.0
        apart = sum(self.collection.idf(JOINT_FIELD, stem.encode()) for stem in stems)
        return max(1.0, inverse_document_frequency(held, self.collection.doc_count_all) / apart)

    def _of_place(self, place: Place, size: int) -> Alternative | None:
        terms = {name: Term("council", name, boost=PLACE_WEIGHT) for name in place.councils}
        terms |= {name: Term("region", name, boost=REGION_WEIGHT) for name in place.regions}
        known = {name: term for name, term in terms.items() if self.count(term)}
        if not known:
            return None
        shown = " OR ".join(f'{"region" if name in place.regions else "council"}:"{name}"' for name in known)
        return Alternative(place, DisjunctionMax(list(known.values())), shown, councils=tuple(known))


def side_by_side(stems: Sequence[str]) -> Query:
    """The stems as successive words of any one ranked field."""
    return DisjunctionMax([Phrase(name, list(stems)) for name in RANKED_FIELDS])


def expanded(meant: Meant, clauses: Sequence[WordClause], every: bool) -> Query:
    """The clauses of `meant` (all of them with `every`), as one term, or any alternative, whichever gives more."""
    join = all_of if every else any_of
    weight = 1.0 if meant.term is None else APART
    typed = [join(clause.query(every_part=every, weight=weight) for clause in clauses[meant.start : meant.end])]
    if meant.term is not None:
        typed.append(meant.term)
    return DisjunctionMax([*typed, *(each.query for each in meant.alternatives)])


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
    placed = [(each.meaning, each) for one in meant for each in one.alternatives if isinstance(each.meaning, Place)]
    by = _listed(f"{_councils(each.councils)} ({place.name})" for place, each in placed if not place.regions)
    within = _listed(region for place, _ in placed for region in place.regions)
    if by or within:
        where = " and ".join(filter(None, (by and f"of {by}", within and f"from anywhere in {within}")))
        said = f"Also searched for case studies {where}; the total and the counts include them."
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
        return f"somewhere in {meaning.name}" if meaning.regions else f"a council of {meaning.name}"
    return f"synonym “{meaning.text}”"
