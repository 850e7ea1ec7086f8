"""Case studies like one that is being read.

The most telling words of the record become a question, which the ordinary
evaluator scores; what it finds is then lifted a little for shared themes,
funders and councils. The names of the record's own councils are no part of the question: a
reader wants the same work done elsewhere more than other work done here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from corpus.model import CaseStudy
from corpus.vocabulary import themes
from index.analysis import Analyser
from index.documents import ranked_texts
from search.query_tree import Or, Query, Term
from search.results import SimilarHit

# The constants were chosen on 200 records of the shipped corpus, 2026-11-22, by the share of the five records found
# that have a theme in common with the first: 0.86 with these, lifts left out. The optimum is flat: 0.85 to 0.88 for
# 25 to 60 terms and a saturation of 2 to 8. Weighing terms by idf once more loses 0.05.
TERMS: Final = 30
"""Words of the question. More of them find a little more, and cost as much more each."""

FIELD_SHARES: Final = {"title": 3.0, "keywords": 5.0, "summary": 2.0, "body": 1.0}
"""What one occurrence counts: the author chose title and keywords to say what the work is about."""

SATURATION: Final = 4.0
"""Occurrences at which a word counts half of the most that it can."""

COMMON: Final = 0.25
"""A word that more than this part of all records have tells nothing ..."""
FEW: Final = 10
"""... unless no more than these have it: in a small collection a quarter may be all that is alike."""

CANDIDATES: Final = 4
"""Records that are looked at for each one shown, so that the lifts below can change the order."""

# Lifts, as parts of a record's score: they may reorder close records, not bring up one that is about something else.
LIFT_THEME: Final = 0.08
MOST_THEMES: Final = 3
LIFT_FUNDER: Final = 0.08
LIFT_COUNCIL: Final = 0.05

SHARED_WORDS: Final = 3
"""Things that both mention which a reason names."""


class Place(Protocol):
    """A scored document, as `SimilarEngine.top` gives it."""

    @property
    def segment(self) -> int: ...
    @property
    def doc(self) -> int: ...
    @property
    def score(self) -> float: ...


class Statistics(Protocol):
    """How often terms stand in the collection."""

    doc_count_all: int

    def df(self, field: str, term: bytes) -> int: ...
    def idf(self, field: str, term: bytes) -> float: ...


class SimilarEngine(Protocol):
    """What is needed of an engine."""

    @property
    def analyser(self) -> Analyser: ...
    @property
    def collection(self) -> Statistics: ...

    def top(self, query: Query, limit: int) -> Sequence[Place]: ...
    def record(self, segment: int, doc: int) -> CaseStudy: ...


def similar_to(record: CaseStudy, limit: int, engine: SimilarEngine) -> tuple[SimilarHit, ...]:
    """At most `limit` records like this one, best first, equal ones by id; never the record itself."""
    statistics = engine.collection

    def telling(stem: str) -> float:
        term = stem.encode()
        df = statistics.df("text", term)
        return statistics.idf("text", term) if 1 < df <= max(FEW, COMMON * statistics.doc_count_all) else 0.0

    terms = similar_terms(record, engine.analyser, telling)
    if not terms or limit <= 0:
        return ()
    query = Or([Term("text", stem, boost=weight) for stem, weight in terms])
    found = []
    for place in engine.top(query, CANDIDATES * limit + 1):
        other = engine.record(place.segment, place.doc)
        if other.id != record.id:
            found.append((-place.score * (1.0 + lift(record, other)), other.id, other))
    found.sort(key=lambda scored: scored[:2])
    return tuple(
        SimilarHit(id, -score, other, reasons(record, other, _shared_words(record, other, terms, engine.analyser)))
        for score, id, other in found[:limit]
    )


def similar_terms(
    record: CaseStudy, analyser: Analyser, idf: Callable[[str], float], limit: int = TERMS
) -> list[tuple[str, float]]:
    """The most telling stems of a record, best first, each with its weight in the question, 0 to 1.

    `idf` answers how telling a stem is in the collection, 0 for one that is no
    use (in no other record, or in nearly all). Terms are chosen by tf·idf; the weight given is the
    saturated frequency in the record only, because the evaluator multiplies by idf.
    """
    texts = ranked_texts(record)
    own_names = set(analyser.stems(" ".join((texts["council_names"], texts["organisations"]))))
    counts: dict[str, float] = {}
    for field, share in FIELD_SHARES.items():
        for stem in analyser.stems(texts[field]):
            if stem not in own_names:
                counts[stem] = counts.get(stem, 0.0) + share
    known = {stem: count / (count + SATURATION) for stem, count in counts.items()}
    telling = {stem: idf(stem) * weight for stem, weight in known.items() if not stem.isdigit()}
    best = sorted((stem for stem in telling if telling[stem] > 0.0), key=lambda stem: (-telling[stem], stem))[:limit]
    most = max((known[stem] for stem in best), default=1.0)
    return [(stem, known[stem] / most) for stem in best]


def lift(one: CaseStudy, other: CaseStudy) -> float:
    """The part of its score that a record gains by what it shares with another."""
    return (
        LIFT_THEME * min(len(_both(one.themes, other.themes)), MOST_THEMES)
        + LIFT_FUNDER * bool(_both(one.funding, other.funding))
        + LIFT_COUNCIL * bool(_both(one.councils, other.councils))
    )


def reasons(one: CaseStudy, other: CaseStudy, words: Sequence[str] = ()) -> tuple[str, ...]:
    """Why the second is like the first, in words for the reader, the strongest first.

    `words` are telling words that both have.
    """
    found = []
    if words:
        found.append(f"Both mention {_listed(words)}")
    shared = _both(one.themes, other.themes)
    if shared:
        labels = [themes()[slug].label if slug in themes() else slug for slug in shared]
        found.append(f"Same theme{'s' if len(labels) > 1 else ''}: {_listed(labels[:MOST_THEMES])}")
    funders = _both(one.funding, other.funding)
    if funders:
        found.append(f"Same funding: {_listed(funders[:2])}")
    councils = _both(one.councils, other.councils)
    if councils:
        found.append(f"Same council{'s' if len(councils) > 1 else ''}: {_listed(councils[:2])}")
    return tuple(found)


def _both(ours: Iterable[str], theirs: Iterable[str]) -> list[str]:
    """The values that both have, in our order."""
    held = set(theirs)
    return [value for value in ours if value in held]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _shared_words(
    record: CaseStudy, other: CaseStudy, terms: Sequence[tuple[str, float]], analyser: Analyser
) -> list[str]:
    """At most three telling things that both records name: keywords of the first as a whole, then single words."""
    theirs = {field: analyser.stems(text) for field, text in ranked_texts(other).items() if field in FIELD_SHARES}
    running = "".join(f" {' '.join(stems)} \n" for stems in theirs.values())
    shared: list[str] = []
    covered: set[str] = set()
    for keyword in record.keywords:
        stems = analyser.stems(keyword)
        if len(stems) > 1 and f" {' '.join(stems)} " in running:
            shared.append(keyword)
            covered.update(stems)
    written = _as_written(record, analyser)
    for stem, _ in terms:
        if stem not in covered and f" {stem} " in running and stem in written:
            shared.append(written[stem])
            covered.add(stem)
    return shared[:SHARED_WORDS]


def _as_written(record: CaseStudy, analyser: Analyser) -> dict[str, str]:
    """Each stem of the record with a word that it uses for it: in lower case where the record ever writes it so."""
    written: dict[str, str] = {}
    for text in (*record.keywords, record.body, record.summary, record.title):
        for token in analyser.tokens(text):
            word = text[token.start : token.end]
            if token.stem not in written or (word.islower() and not written[token.stem].islower()):
                written[token.stem] = word
    return written
