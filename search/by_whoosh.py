"""What only Whoosh can answer: a query tree as Whoosh's own, and its matchers' answer as arrays.

Questions as people type them never come here; fuzzy terms, sloppy phrases and span queries of a program do. This
module alone imports Whoosh's queries and scorers, and is imported when it is needed.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from whoosh import query as whoosh_query
from whoosh.scoring import BaseScorer, WeightingModel
from whoosh.searching import Searcher

from index.schema import JOINT_FIELD
from search import query_tree as tree
from search.matches import Matches
from search.ranking import K1, B, Collection


def matches_by_whoosh(query: Any, reader: Any, collection: Collection) -> Matches:
    """The answer of Whoosh's matcher on one segment, read out document by document."""
    searcher = Searcher(reader, weighting=WhooshWeighting(collection), fromindex=None)
    matcher = as_whoosh(query).matcher(searcher, searcher.boolean_context().set(weighting=searcher.weighting))
    docs: list[int] = []
    scores: list[float] = []
    while matcher.is_active():
        docs.append(matcher.id())
        scores.append(matcher.score())
        matcher.next()
    return Matches(np.array(docs, dtype=np.int32), np.array(scores, dtype=np.float32), positive=False)


def as_whoosh(query: Any) -> Any:
    """The same tree in Whoosh's nodes; a tree of Whoosh's is handed back."""
    if not isinstance(query, tree.Query):
        return query
    if isinstance(query, tree.Null):
        return whoosh_query.NullQuery
    kind = getattr(whoosh_query, type(query).__name__)
    match query:
        case tree.Compound():
            return kind([as_whoosh(part) for part in query.subqueries], boost=query.boost)
        case tree.Binary():
            return kind(as_whoosh(query.a), as_whoosh(query.b))
        case tree.Phrase():
            return kind(query.fieldname, query.words, boost=query.boost)
        case tree.TermRange():
            return kind(query.fieldname, query.start, query.end, boost=query.boost)
        case tree.Every():
            return kind(query.fieldname, boost=query.boost)
        case tree.Term() | tree.Prefix() | tree.Wildcard():
            return kind(query.fieldname, query.text, boost=query.boost)
    raise TypeError(f"{type(query).__name__} has no equal among Whoosh's queries")


class WhooshWeighting(WeightingModel):  # type: ignore[misc]
    """The same formulas for Whoosh's own matchers."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def scorer(self, searcher: Any, fieldname: str, text: bytes, qf: float = 1) -> Any:
        """A Whoosh scorer for one term."""
        idf = self._collection.idf(fieldname, text)
        if fieldname == JOINT_FIELD:
            return _ImpactScorer(idf)
        if not searcher.schema[fieldname].scorable:
            return _FlatScorer(idf)
        return _FieldScorer(searcher, fieldname, idf, self._collection.average_length(fieldname))


class _Scorer(BaseScorer):  # type: ignore[misc]
    """A scorer that gives no bound, so that Whoosh never prunes by one."""

    def max_quality(self) -> float:
        return inf


class _ImpactScorer(_Scorer):
    def __init__(self, idf: float) -> None:
        self._idf = idf

    def score(self, matcher: Any) -> float:
        return float(matcher.weight()) * self._idf


class _FlatScorer(_Scorer):
    """For fields without lengths, such as facets: every value counts alike."""

    def __init__(self, idf: float) -> None:
        self._score = idf / (1.0 + K1)

    def score(self, matcher: Any) -> float:
        return self._score


class _FieldScorer(_Scorer):
    def __init__(self, searcher: Any, field: str, idf: float, average: float) -> None:
        self._length = searcher.reader().doc_field_length
        self._field, self._idf, self._average = field, idf, average

    def score(self, matcher: Any) -> float:
        tf = matcher.weight()
        length = self._length(matcher.id(), self._field)
        return float(self._idf * tf / (tf + K1 * (1.0 - B + B * length / self._average)))
