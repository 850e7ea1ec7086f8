"""A query tree in, arrays of matches and scores out.

One `SegmentEvaluator` answers for one segment. The tree is one of `search.query_tree`, or Whoosh's own, whose
nodes have the same names and attributes. Each kind of node has a method; a node that has none (Whoosh's
fuzzy term, sloppy phrase, span query) is given to Whoosh's own matcher and read out
document by document: slower, and still right.

Deleted documents are dropped once, at the root.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec import FieldPostings, SegmentArrays
from index.remember import remembered
from index.schema import JOINT_FIELD
from search import boolean
from search.boolean import Scratch
from search.compiled import kernel
from search.matches import NOTHING, ConstantMatches, Docs, FieldMatches, ImpactMatches, Matches, boosted
from search.phrases import phrase_matches
from search.query_tree import label_of
from search.ranking import K1, Collection

REMEMBERED: Final = 20_000
"""Words whose matches are kept at hand."""

REMEMBERED_PHRASES: Final = 1_000
REMEMBERED_DOCS: Final = 4_096
"""Known phrases whose matches are kept at hand, and the most records that such a phrase may match: 32 MB at most.
   Finding where words stand side by side costs more than all else in a question with synonyms."""


class SegmentEvaluator:
    """Evaluates queries on one segment. Safe to share between threads.

    `fields` tells of every field of words whether it is `scorable` (`index.schema.INDEXED`, or a Whoosh schema);
    `collection` gives the statistics over all segments. `whoosh_reader` makes the segment's Whoosh reader, for what
    only Whoosh's matchers can do.
    """

    def __init__(
        self, segment: SegmentArrays, fields: Any, collection: Collection, whoosh_reader: Callable[[], Any]
    ) -> None:
        self.segment = segment
        self.size = segment.doc_count_all
        self._schema = fields
        self._whoosh_reader = whoosh_reader
        self._collection = collection
        self.scratch = Scratch(self.size)
        self._live = segment.live()
        self._terms: dict[tuple[str, float], Matches] = {}
        self._phrase_words: dict[tuple[str, str], tuple[int, float]] = {}
        # The node is kept beside its matches, so that no other one can have its id.
        self._phrases: dict[int, tuple[Any, Matches]] = {}
        self._methods: dict[str, Callable[[Any], Matches]] = {
            "Term": self._term,
            "Or": self._or,
            "And": self._and,
            "DisjunctionMax": self._best_of,
            "AndNot": self._and_not,
            "AndMaybe": self._and_maybe,
            "Require": self._require,
            "Otherwise": self._otherwise,
            "Not": self._not,
            "Every": self._every,
            "ConstantScoreQuery": self._constant,
            "Phrase": self._phrase,
            "Prefix": self._prefix,
            "Wildcard": self._wildcard,
            "TermRange": self._term_range,
            "NumericRange": self._numeric_range,
            "Null": self._null,
            "_NullQuery": self._null,
        }

    def evaluate(self, query: Any) -> Matches:
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

    def _node(self, query: Any) -> Matches:
        method = self._methods.get(type(query).__name__)
        return self._by_whoosh(query) if method is None else method(query)

    # Leaves

    def _null(self, query: Any) -> Matches:
        return NOTHING

    def _term(self, query: Any) -> Matches:
        if query.fieldname == JOINT_FIELD and type(query.text) is str:
            # The words of plain questions: asked again and again, and nothing but views of the files.
            key = query.text, query.boost
            known = self._terms.get(key)
            return remembered(self._terms, key, self._looked_up(query), REMEMBERED) if known is None else known
        return self._looked_up(query)

    def _looked_up(self, query: Any) -> Matches:
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

    def _phrase(self, query: Any) -> Matches:
        field, words = query.fieldname, query.words
        if query.slop != 1 or len(words) < 2:
            return self._by_whoosh(query)
        postings = self._postings(field)
        if postings is None or not (postings.has_positions and self._schema[field].scorable):
            return NOTHING if postings is None else self._by_whoosh(query)
        known = self._phrase_words
        found_words = [known.get((field, word)) or self._phrase_word(postings, field, word) for word in words]
        ordinals = [ordinal for ordinal, _ in found_words]
        if min(ordinals) < 0:
            return NOTHING
        idfs = [idf for _, idf in found_words]
        found = phrase_matches(postings, ordinals, idfs, self._collection.average_length(field), self.scratch)
        return boosted(found, float(query.boost))

    def _phrase_word(self, postings: FieldPostings, field: str, word: str) -> tuple[int, float]:
        """The ordinal of a phrase's word, or -1, and its idf; kept at hand."""
        term = self._text_bytes(field, word)
        found = postings.find(term), self._collection.idf(field, term)
        return remembered(self._phrase_words, (field, word), found, REMEMBERED)

    def _every(self, query: Any) -> Matches:
        if query.fieldname is None:
            return ConstantMatches(np.arange(self.size, dtype=np.int32), float(query.boost))
        postings = self._postings(query.fieldname)
        if postings is None:
            return NOTHING
        return self._range(postings, 0, postings.term_count, float(query.boost))

    def _prefix(self, query: Any) -> Matches:
        postings = self._postings(query.fieldname)
        if postings is None:
            return NOTHING
        lo, hi = postings.prefix_range(self._to_bytes(query.fieldname, query.text))
        return self._range(postings, lo, hi, float(query.boost))

    def _wildcard(self, query: Any) -> Matches:
        postings = self._postings(query.fieldname)
        if postings is None:
            return NOTHING
        pattern: str = query.text
        head = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        lo, hi = postings.prefix_range(head.encode())
        fits = re.compile(translate(pattern)).match
        ordinals = [lo + i for i, term in enumerate(postings.terms(lo, hi)) if fits(term.decode())]
        return self._any_ordinal(postings, ordinals, float(query.boost))

    def _term_range(self, query: Any) -> Matches:
        postings = self._postings(query.fieldname)
        if postings is None:
            return NOTHING
        start = None if query.start is None else self._to_bytes(query.fieldname, query.start)
        end = None if query.end is None else self._to_bytes(query.fieldname, query.end)
        lo, hi = postings.range(start, end, not query.startexcl, not query.endexcl)
        return self._range(postings, lo, hi, float(query.boost))

    def _numeric_range(self, query: Any) -> Matches:
        if self._postings(query.fieldname) is None:
            return NOTHING
        # Whoosh turns the range into ranges over its tiers of encoded numbers; those are term ranges.
        compiled = self._node(query._compile_query(self._whoosh_reader()))
        return ConstantMatches(compiled.docs, float(query.boost))

    # Inner nodes

    def _or(self, query: Any) -> Matches:
        if query.scale or query.minmatch:
            return self._by_whoosh(query)
        found = boolean.union([self._node(each) for each in query.subqueries], self.scratch, self.size)
        return boosted(found, _boost(query))

    def _and(self, query: Any) -> Matches:
        parts: list[Matches] = []
        for each in query.subqueries:
            part = self._node(each)
            if not len(part):
                return NOTHING
            parts.append(part)
        return boosted(boolean.intersection(parts, self.scratch), _boost(query))

    def _best_of(self, query: Any) -> Matches:
        parts = [self._node(each) for each in query.subqueries]
        return boosted(boolean.best_of(parts, query.tiebreak), _boost(query))

    def _and_not(self, query: Any) -> Matches:
        found = self._node(query.a)
        return boolean.without(found, self._node(query.b).docs, self.scratch) if len(found) else found

    def _and_maybe(self, query: Any) -> Matches:
        return boolean.with_optional(self._node(query.a), self._node(query.b), self.scratch)

    def _require(self, query: Any) -> Matches:
        if not label_of(query):
            return self._required(query)
        # A curator's phrase: the expander makes each once, and asks for it again and again.
        known = self._phrases.get(id(query))
        if known is not None:
            return known[1]
        found = self._required(query)
        if len(found) <= REMEMBERED_DOCS:
            remembered(self._phrases, id(query), (query, found), REMEMBERED_PHRASES)
        return found

    def _required(self, query: Any) -> Matches:
        found, required = self._node(query.a), self._node(query.b)
        return boolean.chosen(found, np.flatnonzero(boolean.contained(found.docs, required.docs, self.scratch)))

    def _otherwise(self, query: Any) -> Matches:
        # Only records that are left count as an answer of the first branch.
        found = self.evaluate(query.a)
        return found if len(found) else self._node(query.b)

    def _not(self, query: Any) -> Matches:
        everything = ConstantMatches(np.arange(self.size, dtype=np.int32), 1.0)
        return boolean.without(everything, self._node(query.query).docs, self.scratch)

    def _constant(self, query: Any) -> Matches:
        return ConstantMatches(self._node(query.child).docs, float(query.score))

    # What they share

    def _range(self, postings: FieldPostings, lo: int, hi: int, score: float) -> Matches:
        if lo >= hi:
            return NOTHING
        docs = postings.docs_among(lo, hi)
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

    def _term_bytes(self, query: Any) -> bytes | None:
        try:
            return self._text_bytes(query.fieldname, query.text)
        except ValueError:
            return None

    def _text_bytes(self, field: str, text: Any) -> bytes:
        if isinstance(text, str) and self._schema[field].analyzer is not None:
            return text.encode()
        return self._to_bytes(field, text)

    def _by_whoosh(self, query: Any) -> Matches:
        from search.by_whoosh import matches_by_whoosh  # no question as people type it comes here

        return matches_by_whoosh(query, self._whoosh_reader(), self._collection)


def _boost(query: Any) -> float:
    """A compound's boost; Whoosh passes over it where the compound has one part only."""
    return float(query.boost) if len(query.subqueries) > 1 else 1.0
