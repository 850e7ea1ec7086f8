"""Plain words of a query, as clauses of a query tree.

This is the fast path: no parser, only the analyser's dictionary and the tree's own objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from corpus.value import Value
from index.analysis import RAW_WORD, Analyser, Word
from index.schema import EXACT_FIELDS, JOINT_FIELD
from index.words import compounds
from search.query_tree import And, DisjunctionMax, Or, Query, Term

MAX_CLAUSES: Final = 256
"""Distinct words of one query that are looked up. Whole abstracts fit; work stays bounded."""


PART_WEIGHT: Final = 0.7
"""What the parts of a known compound count beside its closed form: "house building" is first of all
   housebuilding, but a text on building houses is no stranger. Chosen on the development collections and queries."""


class WordClause(Value):
    """One thing that the reader typed: a word, or a word written in several parts.

    `stems` are the parts that are no stop words; `closed` is the stem of the
    closed spelling ("coproduct"), "" where there is none. `certain` tells
    that the closed form is known to stand for all spellings (a listed compound, a
    number with its unit): then its parts count less. `times` counts how often it was typed.
    """

    surface: str
    stems: tuple[str, ...]
    closed: str = ""
    certain: bool = False
    times: int = 1

    @property
    def terms(self) -> tuple[str, ...]:
        """Every stem that the clause looks up."""
        return (*self.stems, self.closed) if self.closed else self.stems

    def query(self, field: str = JOINT_FIELD, every_part: bool = False, weight: float = 1.0) -> Query:
        """The clause as a query over one stemmed field; `weight` scales what it scores."""
        boost = self.times * weight
        closed = Term(field, self.closed, boost=boost) if self.closed else None
        if closed is not None and (not self.stems or (self.certain and every_part)):
            return closed
        part_boost = boost * PART_WEIGHT if self.certain else boost
        parts = [Term(field, stem, boost=part_boost) for stem in self.stems]
        if closed is None:
            return parts[0] if len(parts) == 1 else (And if every_part else Or)(parts)
        spelled = parts[0] if len(parts) == 1 else (And if every_part else Or)(parts)
        return DisjunctionMax([closed, spelled])


class WordReader:
    """Reads plain text into clauses.

    `closed_stem` answers the stem of a closed spelling that stands in the index ("keyworker" for
    "key worker"), or None.
    """

    def __init__(self, analyser: Analyser, closed_stem: Callable[[str], str | None]) -> None:
        self.analyser = analyser
        self._closed_stem = closed_stem
        self._known_compounds = frozenset(compounds().values())

    def clauses(self, text: str) -> list[WordClause]:
        """The words of the text in order, each distinct one once; stop words left out."""
        found: dict[tuple[tuple[str, ...], str], WordClause] = {}
        raws = [(match[0], self.analyser.word(match[0])) for match in RAW_WORD.finditer(text)]
        at = 0
        while at < len(raws) and len(found) < MAX_CLAUSES:
            pair = self._pair(raws, at)
            clause = pair or self._single(*raws[at])
            at += 2 if pair else 1
            if clause is None:
                continue
            key = clause.stems, clause.closed
            again = found.get(key)
            if again is not None:
                clause = WordClause(again.surface, again.stems, again.closed, again.certain, again.times + 1)
            found[key] = clause
        return list(found.values())

    def exact_words(self, text: str) -> tuple[str, ...]:
        """The unstemmed words of the text, stop words included, as successive positions hold them."""
        return tuple(part for match in RAW_WORD.finditer(text) for part in self.analyser.word(match[0]).parts)

    def _single(self, raw: str, word: Word) -> WordClause | None:
        stems = tuple(stem for stem in word.stems if stem)
        if word.closed_stem:
            certain = word.closed in self._known_compounds or word.parts[0][0].isdigit()
            return WordClause(raw, stems, word.closed_stem, certain)
        return WordClause(raw, stems) if stems else None

    def _pair(self, raws: list[tuple[str, Word]], at: int) -> WordClause | None:
        """The clause of two neighbours that are spellings of one word, if they are."""
        if at + 1 >= len(raws):
            return None
        (left_raw, left), (right_raw, right) = raws[at], raws[at + 1]
        if left.closed or right.closed or len(left.parts) != 1 or len(right.parts) != 1:
            return None
        surface = f"{left_raw} {right_raw}"
        stems = tuple(stem for stem in (left.stems[0], right.stems[0]) if stem)
        closed = self.analyser.closed_pair(left, right)
        if closed:
            return WordClause(surface, stems, self.analyser.stem(closed), certain=True)
        if len(stems) == 2:
            # Two content words whose closed spelling some record uses: either spelling may be meant.
            closed_stem = self._closed_stem(left.parts[0] + right.parts[0])
            if closed_stem:
                return WordClause(surface, stems, closed_stem)
        return None


def any_of(clauses: Iterable[Query]) -> Query:
    """Or, without the wrapping where there is one clause."""
    made = list(clauses)
    return made[0] if len(made) == 1 else Or(made)


def all_of(clauses: Iterable[Query]) -> Query:
    """And, without the wrapping where there is one clause."""
    made = list(clauses)
    return made[0] if len(made) == 1 else And(made)


def exact_word(word: str) -> Query:
    """One unstemmed word in any of the exact fields, scored by the best of them."""
    return DisjunctionMax([Term(field, word) for field in EXACT_FIELDS])
