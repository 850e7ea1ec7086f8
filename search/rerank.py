"""The best matches looked at closely: proximity, neighbours, meaning.

    score(d) = words(d) + proximity(d) + 0.35 · neighbours(d)
             + best · (0.2 · latent(d) + 0.8 · leaders(d)) + 1.5 · top · sentence(d)

    words       BM25F over the joint field (`search.ranking`), from the evaluator
    proximity   pairs of query words that stand together (`search.proximity`)
    neighbours  average of words + proximity over the 8 documents most like d
                (score regularisation, Diaz 2005: related documents should score alike)
    latent      cosine of query and document in the collection's own latent space, at least 0;
                `best` is the best score before, so that the part is on the scores' scale
    sentence    cosine of the sentence vectors of query and document, at least 0, where the index was
                built with a model; `top` is the best score by words in all segments
    leaders     cosine of the document and the best records after all that (`search.likeness`)

Only the `CANDIDATES` best by words are looked at, so the cost does not grow with the
collection. Every part is at least 0, hence no document outside can belong above one
inside by words alone, and the order from there on stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.value import Value
from index.codec import SegmentArrays
from index.learned import Learned
from index.remember import remembered
from index.schema import JOINT_FIELD, RANKED_FIELDS
from index.sentences import Sentences
from search.boolean import Scratch
from search.evaluate_query import REMEMBERED, SegmentEvaluator
from search.lending import lent
from search.likeness import LATENT_WEIGHT, LEADERS_WEIGHT, like, likeness
from search.matches import Docs, Matches
from search.options import RankingOptions
from search.order import SegmentAnswer
from search.proximity import MAX_WORDS, Nearness, nearness
from search.ranking import inverse_document_frequency
from search.read_words import WordClause
from search.results import Explanation
from search.subject import Subject
from search.top import best_places

CANDIDATES: Final = 400
NEAR_CANDIDATES: Final = 50
"""Of these the best, by words, are searched for pairs."""

NEIGHBOUR_WEIGHT: Final = 0.35
"""Half as much again gains nothing and loses on short questions, whose words many records share: then a record's
   neighbours match whatever they are about."""

SENTENCE_WEIGHT: Final = 1.5

MOST_COMPARED: Final = 20_000
"""Matches of a segment up to which the sentence vectors help to choose the candidates; above, the words alone do:
   comparing takes about 1 ms per 2,000 matches."""

USUAL_NEIGHBOURS: Final = 0.6
USUAL_LATENT: Final = 0.8
USUAL_LEADERS: Final = 1.0
"""What neighbours, latent vectors and leaders usually give, as shares of the score before: means over the first 20
   hits of the shipped judged queries. A record that came with an update, of which nothing is learned yet, is given
   these beside records that have the real ones; else new records would always stand behind old ones."""

PROXIMITY_FIELDS: Final = ("title", "summary", "body")

Floats = NDArray[np.float32]


class Parts(Value):
    """What each candidate was given; aligned with `docs` (ascending)."""

    docs: NDArray[Any]
    words: Floats
    proximity: Floats
    neighbours: Floats
    latent: Floats
    leaders: Floats
    sentences: Floats

    @property
    def total(self) -> Floats:
        """The final score of each candidate."""
        total: Floats = self.words + self.proximity + self.neighbours + self.latent + self.leaders + self.sentences
        return total


class Asked(Value):
    """A question to the closer look: its words, what they are about, its sentence vector, and `top`, the best score by
    words in all segments."""

    clauses: Sequence[WordClause]
    subject: Subject
    vector: Floats | None = None
    top: float = 0.0

    @property
    def scale(self) -> float:
        """`top`, or 1 where no word matches anything."""
        return self.top or 1.0


class PartsBeyond(Value):
    """What documents that no word matches are given: by their neighbours, by their subject, by sentence vectors."""

    neighbours: Floats
    subject: Floats
    said: Floats


def rerankers(
    evaluators: Sequence[SegmentEvaluator], folder: Path, documents: int, options: RankingOptions
) -> list[Reranker]:
    """One for each segment of the generation in `folder`, which holds `documents` in all."""
    learned = [Learned.open(folder, each.segment) if options.learned else None for each in evaluators]
    any_learned = any(each is not None for each in learned)
    return [
        Reranker(
            each.segment,
            its_own,
            each.scratch,
            documents,
            options,
            any_learned,
            Sentences.open(folder, each.segment) if options.sentences else None,
        )
        for each, its_own in zip(evaluators, learned, strict=True)
    ]


class Reranker:
    """Adds to the best matches of one segment. Safe to share between threads.

    `documents` is the size of the whole collection; `others_learned` tells that other segments have
    what this one lacks.
    """

    def __init__(
        self,
        segment: SegmentArrays,
        learned: Learned | None,
        scratch: Scratch,
        documents: int,
        options: RankingOptions,
        others_learned: bool = False,
        sentences: Sentences | None = None,
    ) -> None:
        self._segment = segment
        self._options = options
        self.learned = learned
        self._sentences = sentences
        self._stands_in = learned is None and others_learned
        self._scratch = scratch
        self._documents = documents
        self._near_fields = [field for name in PROXIMITY_FIELDS if (field := segment.field(name)) is not None]
        self._joint = segment.field(JOINT_FIELD)
        self._idfs: dict[bytes, float] = {}
        self._vectors: dict[str, Floats | None] = {}

    @cached_property
    def _relative_lengths(self) -> Floats:
        """Words of each document in all ranked fields together, divided by the mean."""
        lengths = np.zeros(self._segment.doc_count_all, dtype=np.float32)
        for name in RANKED_FIELDS:
            field = self._segment.field(name)
            if field is not None and field.has_lengths:
                lengths += field.lengths()
        return lengths / np.float32(max(float(lengths.mean()), 1.0))

    @cached_property
    def _nearness(self) -> Nearness:
        return nearness(self._near_fields, self._idf, self._relative_lengths, self._documents)

    def raised(self, asked: Asked, docs: Docs, scores: Floats, matched: Matches) -> SegmentAnswer:
        """The answer with the best scores raised.

        `docs` (ascending) and `scores` are the matches behind all filters;
        `matched` those before filters, from which neighbours are scored.
        """
        if not len(docs) or not asked.clauses or not self._options.looks_closer:
            return SegmentAnswer(docs, scores)
        at = self.candidates(asked, docs, scores)
        chosen, words = docs[at], scores[at]
        if self.learned is None and not self._stands_in and asked.vector is None:
            return SegmentAnswer(docs, scores, (at, words + self._proximity(asked.clauses, chosen, words)))
        return SegmentAnswer(docs, scores, (at, self.parts(asked, chosen, words, matched).total))

    def explained(
        self, asked: Asked, docs: Docs, scores: Floats, matched: Matches, doc: int
    ) -> tuple[Explanation, ...]:
        """What `raised` adds to one document, as named parts."""
        if not asked.clauses or not self._options.looks_closer:
            return ()
        at = self.candidates(asked, docs, scores)
        place = np.flatnonzero(docs[at] == doc)
        if not len(place):
            return ()
        parts = self.parts(asked, docs[at], scores[at], matched)
        each = parts.proximity, parts.neighbours, parts.latent, parts.leaders, parts.sentences
        near, like, meant, led, said = (float(part[place[0]]) for part in each)
        return (
            Explanation("words near each other", near, "pairs of the query's words that stand close"),
            Explanation("records like this one", like, self._neighbour_names(doc)),
            Explanation("meaning", meant, "likeness of subject, learned from the collection's own words"),
            Explanation("subject of the best records", led, "likeness of subject to the best records for this query"),
            Explanation("meaning (sentence vectors)", said, "likeness of what question and record say, by the model"),
        )

    def _neighbour_names(self, doc: int) -> str:
        if self.learned is None:
            return "not known before the next rebuild: what is usual stands in"
        names = [self._segment.id_of(other) for other, _ in self.learned.nearest(doc)[:3]]
        return "records most like it match too: " + ", ".join(names)

    def candidates(self, asked: Asked, docs: Docs, scores: Floats) -> NDArray[np.intp]:
        """The places of the documents that are looked at, ascending."""
        meant = self._sentences is not None and asked.vector is not None
        wanted = CANDIDATES if meant or self.learned is not None else NEAR_CANDIDATES
        if meant and wanted < len(docs) <= MOST_COMPARED:
            scores = scores + self._said(asked, docs)
        return best_places(scores, self._segment.id_ranks(), wanted, docs, ascending=True)

    def parts(self, asked: Asked, docs: Docs, scores: Floats, matched: Matches) -> Parts:
        """The parts of each candidate's score."""
        clauses, said = asked.clauses, self._said(asked, docs)
        near = self._proximity(clauses, docs, scores)
        with_pairs = scores + near
        if self.learned is None:
            usual = np.float32(self._stands_in) * with_pairs
            return Parts(
                docs,
                scores,
                near,
                usual * np.float32(NEIGHBOUR_WEIGHT * USUAL_NEIGHBOURS),
                usual * np.float32(LATENT_WEIGHT * USUAL_LATENT),
                usual * np.float32(LEADERS_WEIGHT * USUAL_LEADERS),
                said,
            )
        neighbours = self._lent(docs, docs, with_pairs, matched)
        question, best = self._latent_question(asked.subject), float(with_pairs.max())
        before = with_pairs + neighbours + said
        alike = likeness(self.learned, docs, question, before, best, self._segment.id_ranks())
        return Parts(docs, scores, near, neighbours, alike.latent, alike.leaders, said)

    def beyond(self, asked: Asked, docs: Docs, scores: Floats, matched: Matches, others: NDArray[Any]) -> PartsBeyond:
        """The parts of `others`, which no word matches; `docs` and `scores` are the matches behind all filters."""
        said, nothing = self._said(asked, others), np.zeros(len(others), dtype=np.float32)
        if self.learned is None or not len(docs):
            return PartsBeyond(nothing, nothing, said)
        with_pairs = scores + self._proximity(asked.clauses, docs, scores)
        best = float(with_pairs.max())
        before = with_pairs + self._lent(docs, docs, with_pairs, matched) + self._said(asked, docs)
        question = self._latent_question(asked.subject)
        leading = likeness(self.learned, docs, question, before, best, self._segment.id_ranks()).leading
        subject = like(self.learned, others, question, leading, best)
        return PartsBeyond(self._lent(others, docs, with_pairs, matched), subject, said)

    def says(self, asked: Asked) -> bool:
        """Whether sentence vectors tell how like the question each document is."""
        return self._sentences is not None and asked.vector is not None

    def _lent(self, docs: NDArray[Any], scored: NDArray[Any], scores: Floats, matched: Matches) -> Floats:
        """What each document's neighbours lend it: of `scored` their `scores`, of other matches those by words."""
        assert self.learned is not None
        return lent(self.learned, docs, matched, scored, scores, self._scratch, NEIGHBOUR_WEIGHT)

    def _said(self, asked: Asked, docs: NDArray[Any]) -> Floats:
        """What the sentence vectors give each document."""
        if self._sentences is None or asked.vector is None:
            return np.zeros(len(docs), dtype=np.float32)
        cosines = self._sentences.cosines(docs, asked.vector)
        return np.maximum(cosines, 0.0) * np.float32(SENTENCE_WEIGHT * asked.scale)

    def _proximity(self, clauses: Sequence[WordClause], docs: NDArray[Any], scores: Floats) -> Floats:
        slots: dict[str, int] = {}
        stems = (stem for clause in clauses for stem in clause.stems or clause.terms)
        sequence = [slots.setdefault(stem, len(slots)) for stem in stems if stem in slots or len(slots) < MAX_WORDS]
        if len(slots) < 2 or not self._options.proximity or not self._near_fields or self._joint is None:
            return np.zeros(len(docs), dtype=np.float32)
        terms = [stem.encode() for stem in slots]
        if len(docs) <= NEAR_CANDIDATES:
            return self._nearness.added(terms, sequence, docs)
        chosen = best_places(scores, self._segment.id_ranks(), NEAR_CANDIDATES, docs, ascending=True)
        added = np.zeros(len(docs), dtype=np.float32)
        added[chosen] = self._nearness.added(terms, sequence, docs[chosen])
        return added

    def _latent_question(self, subject: Subject) -> Floats | None:
        """The question's vector in the latent space; None where no word of it has one."""
        total: Floats | None = None
        for term, weight in subject:
            vector = self._vectors[term] if term in self._vectors else self._vector_of(term)
            if vector is not None:
                part = vector if weight == 1.0 else vector * np.float32(weight)
                total = part if total is None else total + part
        return total

    def _vector_of(self, term: str) -> Floats | None:
        """A word's latent vector, where it has one; kept at hand."""
        assert self._joint is not None and self.learned is not None
        ordinal = self._joint.find(term.encode())
        vector = self.learned.word_vector(ordinal) if ordinal >= 0 else None
        return remembered(self._vectors, term, vector, REMEMBERED)

    def _idf(self, term: bytes) -> float:
        known = self._idfs.get(term)
        return remembered(self._idfs, term, self._idf_of(term), REMEMBERED) if known is None else known

    def _idf_of(self, term: bytes) -> float:
        assert self._joint is not None
        ordinal = self._joint.find(term)
        return inverse_document_frequency(self._joint.df(ordinal) if ordinal >= 0 else 0, self._documents)
