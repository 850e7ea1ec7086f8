"""The embedded engine: a generation of the index, opened, and the steps of one answer.

request ─▶ parsed query ─▶ matches of each segment ─▶ behind filters ─▶ facets, top hits ─▶ snippets ─▶ results
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from corpus.model import CaseStudy
from corpus.value import changed
from index.analysis import Analyser
from index.codec import SegmentArrays
from index.contents import open_segments
from index.generations import Generation, current_name, open_current
from index.lexicon_added import open_lexicon
from index.schema import INDEXED
from search import by_meaning
from search.by_meaning import Answered, Beyond
from search.evaluate_query import SegmentEvaluator
from search.expansion import Expander
from search.facets import FacetValues, count_facets
from search.filters import FilteredMatches, filters_of
from search.hits import hits_at
from search.matches import ConstantMatches, Matches
from search.options import RankingOptions
from search.order import Order, Place, SegmentAnswer
from search.parse import ParsedQuery, QueryParser
from search.query_tree import Query
from search.ranking import Collection, Scores
from search.read_words import WordReader
from search.relax import FEW
from search.request import FACETS, SearchRequest
from search.rerank import Asked, rerankers
from search.results import (
    EngineStats,
    Explanation,
    FilterRelief,
    Hit,
    Note,
    SearchResults,
    SimilarHit,
    Suggestion,
    WordCount,
)
from search.spelling import Speller
from search.stored_record import StoredRecords
from search.understand import Understanding

if TYPE_CHECKING:
    from search.highlight import Highlighter
    from search.matched_forms import MatchedForms
    from search.sentence_vectors import QuestionVectors
    from search.suggest import Completer


class WhooshEngine:
    """Answers from one generation of an index folder. Safe to share between threads."""

    def __init__(self, path: Path, generation: Generation, ranking: RankingOptions) -> None:
        self.path = path
        self.generation = generation
        self._ranking = ranking
        self.segments = open_segments(generation)
        self.collection = Collection(self.segments, ranking.burst)
        self.evaluators = [
            SegmentEvaluator(segment, INDEXED, self.collection, partial(_whoosh_reader, segment))
            for segment in self.segments
        ]
        self.lexicon = open_lexicon(generation.folder)
        self.analyser = Analyser(known_stem=self.lexicon.stem, cache_size=100_000)
        self.parser = QueryParser(WordReader(self.analyser, self.lexicon.stem))
        self._rerankers = rerankers(self.evaluators, generation.folder, self.collection.doc_count_all, ranking)
        self.understanding = Understanding(self.parser, lambda: self._speller, lambda: self._expander)
        uses_model = ranking.sentences and generation.manifest.model is not None
        self._questions = _question_vectors(generation) if uses_model else None
        learned = any(reranker.learned is not None for reranker in self._rerankers)
        self._finds_meaning = learned or self._questions is not None
        self._order = Order(self.segments)
        self._records = [StoredRecords(segment) for segment in self.segments]
        self._facets: dict[str, FacetValues] = {}

    @classmethod
    def open(cls, path: str | Path, ranking: RankingOptions) -> Self:
        """Open the generation in service; raises `IndexMissing`, `IndexIncompatible` or `IndexDamaged`."""
        folder = Path(path)
        return cls(folder, open_current(folder), ranking)

    # Answers

    def search(self, request: SearchRequest) -> SearchResults:
        """Answer one question."""
        started = time.perf_counter()
        parsed, matched, suggestion = self._understood(request)
        answers = self._passed(matched, request)
        total = sum(len(answer.docs) for answer in answers)
        scored = self._scored(parsed, matched, answers, request)
        places = self._order.top(scored, request.sort, request.offset, request.limit)
        # What was found by meaning stands after the last match, so that pages keep their places.
        beyond = self._by_meaning(parsed, request, matched, answers)
        places += [each.place for each in beyond[max(0, request.offset - total) :][: request.limit - len(places)]]
        hits = self._hits(places, request, parsed, total)
        facets = count_facets([self._facet(name) for name in request.facets], answers, request)
        return SearchResults(
            total=total,
            hits=hits,
            facets=facets,
            suggestion=suggestion and self._suggestion(suggestion, request),
            notes=(*parsed.notes, *self._model_notes(parsed, request), *by_meaning.notes(len(beyond))),
            words=() if total else self._word_counts(parsed, request),
            reliefs=() if total else self._reliefs(request, matched),
            read_as=parsed.read_as,
            by_meaning=len(beyond),
            generation=self.generation.name,
            took_ms=(time.perf_counter() - started) * 1000.0,
        )

    def get(self, id: str) -> CaseStudy | None:
        """The record with this id."""
        place = self._place_of(id)
        return None if place is None else self.record(*place)

    def similar(self, id: str, limit: int = 5) -> tuple[SimilarHit, ...]:
        """Records like this one, best first."""
        record = self.get(id)
        from search.similar import similar_to

        return () if record is None else similar_to(record, limit, self)

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """Completions of what was typed."""
        return self._completer.complete(prefix, limit)

    def explain(self, request: SearchRequest, id: str) -> Explanation | None:
        """Why the record scores as it does; None if it does not match the words or the filters."""
        from search.explain import Explainer

        place = self._place_of(id)
        if place is None:
            return None
        at, doc = place
        parsed = self._understood(request)[0]
        only = np.array([doc], dtype=np.int32)
        if not len(FilteredMatches(self.segments[at], only, filters_of(request)).docs):
            return None
        if parsed.query is None:
            return Explanation("every record", 0.0, "nothing was asked, so nothing is scored")
        impacts = self.segments[at].segment.settings.impacts
        assert impacts is not None
        words = Explainer(self.evaluators[at], self.collection.idf, impacts).explain(parsed.query, doc)
        if words is None:
            beyond = self._by_meaning(
                parsed, request.but(offset=0, limit=by_meaning.ENOUGH), *self._answers(parsed, request)
            )
            return by_meaning.explained(beyond, at, doc)
        return self._with_closer_look(words, request, parsed, at, doc)

    def stats(self) -> EngineStats:
        """The collection at a glance, every value of every facet included."""
        results = self.search(SearchRequest(limit=0, facets=FACETS, facet_limit=None))
        manifest = self.generation.manifest
        return EngineStats(
            documents=results.total,
            generation=manifest.generation,
            built_at=manifest.created,
            engine=f"Whoosh ({manifest.whoosh}), columnar segments",
            values={name: counts.buckets for name, counts in results.facets.items()},
            details={"segments": len(self.segments), "words": len(self.lexicon), "stemmer": manifest.stemmer},
        )

    def refresh(self) -> WhooshEngine:
        """This engine, or one on the newer generation; close the old one when its last question is answered."""
        if current_name(self.path) == self.generation.name:
            return self
        return type(self).open(self.path, self._ranking)

    def close(self) -> None:
        """Let go of the files."""
        for segment in self.segments:
            segment.close()

    # Steps

    def record(self, segment: int, doc: int) -> CaseStudy:
        """The stored record of a document."""
        return self._records[segment].records([doc])[0]

    def score(self, query: Query) -> list[Matches]:
        """The matches of a query tree in every segment."""
        return [evaluator.evaluate(query) for evaluator in self.evaluators]

    def top(self, query: Query, limit: int) -> list[Place]:
        """The best documents for a query tree."""
        answers = [SegmentAnswer(part.docs, part.scores()) for part in self.score(query)]
        return self._order.top(answers, "relevance", 0, limit)

    def _understood(self, request: SearchRequest) -> tuple[ParsedQuery, list[Matches], str | None]:
        """What was asked as it is meant, its matches before filters, and another spelling that may be meant.

        Only words that match nothing at all are relaxed. Where filters leave nothing, that is said instead.
        """
        understood = self.understanding.read(request)
        parsed, matched = understood.parsed, self._matches(understood.parsed.query)
        found = sum(map(len, matched))
        if not found:
            for looser in self.understanding.looser(request, understood):
                others = self._matches(looser.query)
                if any(map(len, others)):
                    corrected = any(note.code == "corrected" for note in looser.notes)
                    return looser, others, None if corrected else understood.suggestion
        elif found < FEW:
            parsed = self.understanding.few(request, understood, lambda each: sum(map(len, self._matches(each.query))))
        return parsed, matched, understood.suggestion

    def _matches(self, query: Query | None) -> list[Matches]:
        if query is None:
            return [ConstantMatches(evaluator.live_docs(), 0.0) for evaluator in self.evaluators]
        return self.score(query)

    def _scored(
        self,
        parsed: ParsedQuery,
        matched: Sequence[Matches],
        answers: Sequence[FilteredMatches],
        request: SearchRequest,
    ) -> list[SegmentAnswer]:
        """What passed the filters, scored; in order of relevance the best are looked at again."""
        if parsed.query is None:
            return [SegmentAnswer(answer.docs, None) for answer in answers]
        scores = _word_scores(matched, answers)
        if request.sort == "relevance":
            asked = self._asked(parsed, request, scores)
            steps = zip(self._rerankers, answers, scores, matched, strict=True)
            return [reranker.raised(asked, answer.docs, own, part) for reranker, answer, own, part in steps]
        return [SegmentAnswer(answer.docs, own) for answer, own in zip(answers, scores, strict=True)]

    def _model_notes(self, parsed: ParsedQuery, request: SearchRequest) -> tuple[Note, ...]:
        """What is to say where the index's sentence vectors would be used and cannot be."""
        if self._questions is None or not parsed.clauses or request.sort != "relevance":
            return ()
        problem = self._questions.problem
        return (Note("model", problem),) if problem else ()

    def _by_meaning(
        self,
        parsed: ParsedQuery,
        request: SearchRequest,
        matched: Sequence[Matches],
        answers: Sequence[FilteredMatches],
    ) -> list[Beyond]:
        """What no word of the question matches and belongs to it all the same, where the request wants it."""
        total = sum(len(answer.docs) for answer in answers)
        if not self._finds_meaning or not parsed.clauses or not by_meaning.wanted(request, total):
            return []
        scores = _word_scores(matched, answers)
        answered = list(map(Answered, matched, answers, scores))
        asked = self._asked(parsed, request, scores)
        return by_meaning.found(self.evaluators, self._rerankers, answered, asked, filters_of(request))

    def _asked(self, parsed: ParsedQuery, request: SearchRequest, scores: Sequence[Scores]) -> Asked:
        """The question as the closer look wants it."""
        if self._questions is None:
            return Asked(parsed.clauses, parsed.subject)
        top = max((float(own.max()) for own in scores if len(own)), default=0.0)
        return Asked(parsed.clauses, parsed.subject, self._questions.of(parsed, request.text), top)

    def _with_closer_look(
        self, words: Explanation, request: SearchRequest, parsed: ParsedQuery, at: int, doc: int
    ) -> Explanation:
        """The words' part of a score together with what the closer look added."""
        matched, answers = self._answers(parsed, request)
        scores = _word_scores(matched, answers)
        asked = self._asked(parsed, request, scores)
        added = self._rerankers[at].explained(asked, answers[at].docs, scores[at], matched[at], doc)
        details = tuple(part for part in added if part.value)
        if not details:
            return words
        total = words.value + sum(part.value for part in details)
        described = "the words, and what a closer look at the best matches added"
        return Explanation("sum", total, described, (words, *details))

    def _answers(self, parsed: ParsedQuery, request: SearchRequest) -> tuple[list[Matches], list[FilteredMatches]]:
        """The matches of every segment, all of them and those behind the filters."""
        matched = self._matches(parsed.query)
        return matched, self._passed(matched, request)

    def _passed(self, matched: Sequence[Matches], request: SearchRequest) -> list[FilteredMatches]:
        """The matches of every segment behind the request's filters."""
        filters = filters_of(request)
        return [
            FilteredMatches(segment, part.docs, filters) for segment, part in zip(self.segments, matched, strict=True)
        ]

    def _hits(
        self, places: Sequence[Place], request: SearchRequest, parsed: ParsedQuery, total: int
    ) -> tuple[Hit, ...]:
        highlighter = self.highlighter(parsed.matched) if request.snippets else None
        return hits_at(places, self._records, request.offset + 1, total, highlighter)

    def highlighter(self, matched: MatchedForms) -> Highlighter:
        """What marks a query's matches in texts of this collection."""
        from search.highlight import Highlighter

        weights = {stem: self.collection.idf("text", stem.encode()) for stem in matched.stems}
        return Highlighter(changed(matched, weights=weights), self.analyser, self.lexicon.forms)

    def matched_forms(self, text: str) -> MatchedForms:
        """What a query's text matches, for marking it elsewhere than in results."""
        return self.understanding.read(SearchRequest(text)).parsed.matched

    def _facet(self, name: str) -> FacetValues:
        known = self._facets.get(name)
        if known is None:
            known = self._facets[name] = FacetValues(name, self.segments)
        return known

    def _place_of(self, id: str) -> tuple[int, int] | None:
        for at, segment in enumerate(self.segments):
            doc = segment.doc_of(id)
            if doc >= 0:
                return at, doc
        return None

    def _total(self, request: SearchRequest, matched: Sequence[Matches]) -> int:
        return sum(len(answer.docs) for answer in self._passed(matched, request))

    # When little or nothing is found

    def _suggestion(self, suggested: str, request: SearchRequest) -> str | None:
        """Another spelling, if it finds something."""
        parsed = self.parser.parse(suggested, request.mode)
        return suggested if self._total(request, self._matches(parsed.query)) > 0 else None

    def _word_counts(self, parsed: ParsedQuery, request: SearchRequest) -> tuple[WordCount, ...]:
        """What each word finds alone, under the same filters."""
        return tuple(
            WordCount(clause.surface, self._total(request, self._matches(clause.query(every_part=True))))
            for clause in parsed.clauses[:20]
        )

    def _reliefs(self, request: SearchRequest, matched: Sequence[Matches]) -> tuple[FilterRelief, ...]:
        """How many matches there are without each filter."""
        found = []
        for each in filters_of(request):
            fewer = request.but(
                filters={name: values for name, values in request.filters.items() if name != each.facet},
                exclude={name: values for name, values in request.exclude.items() if name != each.facet},
                **({"year_from": None, "year_to": None} if each.restricts_years else {}),
            )
            total = self._total(fewer, matched)
            if total:
                found.append(FilterRelief(each.facet, total))
        return tuple(found)

    # What is only made when it is asked for

    @cached_property
    def _speller(self) -> Speller:
        return Speller(self.lexicon, self.analyser)

    @cached_property
    def _expander(self) -> Expander:
        return Expander(self.parser.reader, self.collection, lambda query: sum(map(len, self.score(query))))

    @cached_property
    def _completer(self) -> Completer:
        from index.completions import open_completions
        from search.suggest import Completer

        return Completer(*open_completions(self.generation.folder))


def _whoosh_reader(segment: SegmentArrays) -> Any:
    """Whoosh's reader of a segment: hardly any question needs it, and importing Whoosh takes as long as all else."""
    from index.codec.whoosh_codec import whoosh_reader
    from index.schema import schema

    return whoosh_reader(segment, schema())


def _question_vectors(generation: Generation) -> QuestionVectors:
    from search.sentence_vectors import QuestionVectors

    return QuestionVectors(generation)


def _word_scores(matched: Sequence[Matches], answers: Sequence[FilteredMatches]) -> list[Scores]:
    """The scores by words of what passed the filters, segment by segment."""
    return [
        part.scores() if answer.kept is None else part.scores_at(answer.kept)
        for part, answer in zip(matched, answers, strict=True)
    ]
