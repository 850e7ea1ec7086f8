"""A Whoosh query tree in, arrays of matches and scores out.

One `SegmentEvaluator` answers for one segment. Each kind of node has a method; a node
that has none (a fuzzy term, a sloppy phrase, a span query) is given to Whoosh's own
matcher and read out document by document: slower, and still right.

Deleted documents are dropped once, at the root.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from whoosh import query as q
from whoosh.searching import Searcher

from index.codec import FieldPostings, SegmentArrays
from index.remember import remembered
from index.schema import JOINT_FIELD
from search import boolean
from search.boolean import Scratch
from search.compiled import kernel
from search.matches import NOTHING, ConstantMatches, Docs, FieldMatches, ImpactMatches, Matches, boosted
from search.phrases import phrase_matches
from search.ranking import K1, Collection, WhooshWeighting

REMEMBERED: Final = 20_000
"""Words whose matches are kept at hand."""


class SegmentEvaluator:
    """Evaluates queries on one segment. Safe to share between threads.

    `reader` is the segment's Whoosh reader, for the schema and for what only Whoosh's matchers can do;
    `collection` gives the statistics over all segments.
    """

    def __init__(self, segment: SegmentArrays, reader: Any, collection: Collection) -> None:
        self.segment = segment
        self.size = segment.doc_count_all
        self._reader = reader
        self._schema = reader.schema
        self._collection = collection
        self.scratch = Scratch(self.size)
        self._live = segment.live()
        self._terms: dict[tuple[str, float], Matches] = {}
        self._methods: dict[type, Callable[[Any], Matches]] = {
            q.Term: self._term,
            q.Or: self._or,
            q.And: self._and,
            q.DisjunctionMax: self._best_of,
            q.AndNot: self._and_not,
            q.AndMaybe: self._and_maybe,
            q.Require: self._require,
            q.Otherwise: self._otherwise,
            q.Not: self._not,
            q.Every: self._every,
            q.ConstantScoreQuery: self._constant,
            q.Phrase: self._phrase,
            q.Prefix: self._prefix,
            q.Wildcard: self._wildcard,
            q.TermRange: self._term_range,
            q.NumericRange: self._numeric_range,
        }

    def evaluate(self, query: q.Query) -> Matches:
        """The live documents that match, and their scores."""
        found = self._node(query)
        if self._live is None or not len(found):
            return found
        return boolean.chosen(found, np.flatnonzero(self._live[found.docs]))

    def live_docs(self) -> NDArray[np.int32]:
        """Every document that is not deleted."""
        if self._live is None:
            return np.arange(self.size, dtype=np.int32)
        return np.flatnonzero(self._live).astype(np.int32)

    def _node(self, query: q.Query) -> Matches:
        method = self._methods.get(type(query))
        if method is not None:
            return method(query)
        if query is q.NullQuery or type(query) is type(q.NullQuery):
            return NOTHING
        return self._by_whoosh(query)

    # Leaves

    def _term(self, query: q.Term) -> Matches:
        if query.fieldname == JOINT_FIELD and type(query.text) is str:
            # The words of plain questions: asked again and again, and nothing but views of the files.
            key = query.text, query.boost
            known = self._terms.get(key)
            return remembered(self._terms, key, self._looked_up(query), REMEMBERED) if known is None else known
        return self._looked_up(query)

    def _looked_up(self, query: q.Term) -> Matches:
        postings = self._postings(query.fieldname)
        term = None if postings is None else self._term_bytes(query)
        if postings is None or term is None:
            return NOTHING
        ordinal = postings.find(term)
        if ordinal < 0:
            return NOTHING
        return self._term_matches(postings, query.fieldname, term, ordinal, float(query.boost))

    def _term_matches(self, postings: FieldPostings, field: str, term: bytes, ordinal: int, boost: float) -> Matches:
        idf = self._collection.idf(field, term)
        docs = postings.docs(ordinal)
        if field == JOINT_FIELD:
            return ImpactMatches(docs, postings.weights(ordinal), idf, boost)
        if not self._schema[field].scorable:
            return ConstantMatches(docs, idf * boost / (1.0 + K1))
        average = self._collection.average_length(field)
        return FieldMatches(docs, postings.weights(ordinal), postings.lengths(), average, idf, boost)

    def _phrase(self, query: q.Phrase) -> Matches:
        field, words = query.fieldname, query.words
        if query.slop != 1 or len(words) < 2:
            return self._by_whoosh(query)
        postings = self._postings(field)
        if postings is None or not (postings.has_positions and self._schema[field].scorable):
            return NOTHING if postings is None else self._by_whoosh(query)
        terms = [self._text_bytes(field, word) for word in words]
        ordinals = [postings.find(term) for term in terms]
        if min(ordinals) < 0:
            return NOTHING
        idfs = [self._collection.idf(field, term) for term in terms]
        found = phrase_matches(postings, ordinals, idfs, self._collection.average_length(field), self.scratch)
        return boosted(found, float(query.boost))

    def _every(self, query: q.Every) -> Matches:
        if query.fieldname is None:
            return ConstantMatches(np.arange(self.size, dtype=np.int32), float(query.boost))
        postings = self._postings(query.fieldname)
        if postings is None:
            return NOTHING
        return self._range(postings, 0, postings.term_count, float(query.boost))

    def _prefix(self, query: q.Prefix) -> Matches:
        postings = self._postings(query.fieldname)
        if postings is None:
            return NOTHING
        lo, hi = postings.prefix_range(self._to_bytes(query.fieldname, query.text))
        return self._range(postings, lo, hi, float(query.boost))

    def _wildcard(self, query: q.Wildcard) -> Matches:
        postings = self._postings(query.fieldname)
        if postings is None:
            return NOTHING
        pattern: str = query.text
        head = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        lo, hi = postings.prefix_range(head.encode())
        fits = re.compile(translate(pattern)).match
        ordinals = [lo + i for i, term in enumerate(postings.terms(lo, hi)) if fits(term.decode())]
        return self._any_ordinal(postings, ordinals, float(query.boost))

    def _term_range(self, query: q.TermRange) -> Matches:
        postings = self._postings(query.fieldname)
        if postings is None:
            return NOTHING
        start = None if query.start is None else self._to_bytes(query.fieldname, query.start)
        end = None if query.end is None else self._to_bytes(query.fieldname, query.end)
        lo, hi = postings.range(start, end, not query.startexcl, not query.endexcl)
        return self._range(postings, lo, hi, float(query.boost))

    def _numeric_range(self, query: q.NumericRange) -> Matches:
        if self._postings(query.fieldname) is None:
            return NOTHING
        # Whoosh turns the range into ranges over its tiers of encoded numbers; those are term ranges.
        compiled = self._node(query._compile_query(self._reader))
        return ConstantMatches(compiled.docs, float(query.boost))

    # Inner nodes

    def _or(self, query: q.Or) -> Matches:
        if query.scale or query.minmatch:
            return self._by_whoosh(query)
        found = boolean.union([self._node(each) for each in query.subqueries], self.scratch, self.size)
        return boosted(found, _boost(query))

    def _and(self, query: q.And) -> Matches:
        parts: list[Matches] = []
        for each in query.subqueries:
            part = self._node(each)
            if not len(part):
                return NOTHING
            parts.append(part)
        return boosted(boolean.intersection(parts, self.scratch), _boost(query))

    def _best_of(self, query: q.DisjunctionMax) -> Matches:
        parts = [self._node(each) for each in query.subqueries]
        return boosted(boolean.best_of(parts, query.tiebreak), _boost(query))

    def _and_not(self, query: q.AndNot) -> Matches:
        found = self._node(query.a)
        return boolean.without(found, self._node(query.b).docs, self.scratch) if len(found) else found

    def _and_maybe(self, query: q.AndMaybe) -> Matches:
        return boolean.with_optional(self._node(query.a), self._node(query.b), self.scratch)

    def _require(self, query: q.Require) -> Matches:
        found, required = self._node(query.a), self._node(query.b)
        return boolean.chosen(found, np.flatnonzero(boolean.contained(found.docs, required.docs, self.scratch)))

    def _otherwise(self, query: q.Otherwise) -> Matches:
        # Only records that are left count as an answer of the first branch.
        found = self.evaluate(query.a)
        return found if len(found) else self._node(query.b)

    def _not(self, query: q.Not) -> Matches:
        everything = ConstantMatches(np.arange(self.size, dtype=np.int32), 1.0)
        return boolean.without(everything, self._node(query.query).docs, self.scratch)

    def _constant(self, query: q.ConstantScoreQuery) -> Matches:
        return ConstantMatches(self._node(query.child).docs, float(query.score))

    # What they share

    def _range(self, postings: FieldPostings, lo: int, hi: int, score: float) -> Matches:
        if lo >= hi:
            return NOTHING
        docs = postings.docs_of_range(lo, hi)
        return ConstantMatches(docs if hi - lo == 1 else self._distinct(docs), score)

    def _any_ordinal(self, postings: FieldPostings, ordinals: list[int], score: float) -> Matches:
        if not ordinals:
            return NOTHING
        return ConstantMatches(self._distinct(np.concatenate([postings.docs(at) for at in ordinals])), score)

    def _distinct(self, docs: Docs) -> Docs:
        """The documents, ascending and each once."""
        if kernel is not None:
            found = np.empty(min(len(docs), self.size), np.int32)
            return found[: kernel.distinct(docs, self.size, found)]
        if len(docs) * boolean.DENSE_FRACTION < self.size:
            return np.unique(docs)
        marks = self.scratch.marks
        marks[docs] = True
        marked = np.flatnonzero(marks)
        marks[marked] = False
        return marked

    def _postings(self, field: str) -> FieldPostings | None:
        return self.segment.field(field) if field in self._schema else None

    def _to_bytes(self, field: str, text: Any) -> bytes:
        made: bytes = self._schema[field].to_bytes(text)
        return made

    def _term_bytes(self, query: q.Term) -> bytes | None:
        try:
            return self._text_bytes(query.fieldname, query.text)
        except ValueError:
            return None

    def _text_bytes(self, field: str, text: Any) -> bytes:
        if isinstance(text, str) and self._schema[field].analyzer is not None:
            return text.encode()
        return self._to_bytes(field, text)

    def _by_whoosh(self, query: q.Query) -> Matches:
        searcher = Searcher(self._reader, weighting=WhooshWeighting(self._collection), fromindex=None)
        matcher = query.matcher(searcher, searcher.boolean_context().set(weighting=searcher.weighting))
        docs: list[int] = []
        scores: list[float] = []
        while matcher.is_active():
            docs.append(matcher.id())
            scores.append(matcher.score())
            matcher.next()
        return Matches(np.array(docs, dtype=np.int32), np.array(scores, dtype=np.float32), positive=False)


def _boost(query: Any) -> float:
    """A compound's boost; Whoosh passes over it where the compound has one part only."""
    return float(query.boost) if len(query.subqueries) > 1 else 1.0
