"""Records that none of the question's words matches, and that say something like it all the same.

Only sentence vectors find them: latent vectors add too little that is relevant (`docs/ranking.md`). They stand after
the last match and are no part of the total or of any count. Only a plain question in its ordinary order that
matches little gets them: who asks for certain words means those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from search.evaluate_query import SegmentEvaluator
from search.filters import Filter, FilteredMatches
from search.matches import Docs, Matches
from search.order import Place
from search.query_syntax import is_plain
from search.request import SearchRequest
from search.rerank import SENTENCE_WEIGHT, Asked, Reranker
from search.results import Explanation, Hit, Note

MOST: Final = 10
"""Records that are added to a question at most: one page."""

ENOUGH: Final = 100
"""Matches from which nothing is added: what is like such a question nearly always holds one of its words."""

LIKE: Final = 0.4
"""Cosine from which a record counts as saying something like the question. Of the records above it that no word
   matches, 6 in 10 are relevant on MED and 1 in 10 on CISI; below, it falls to nothing."""


def wanted(request: SearchRequest, total: int) -> bool:
    """Whether a request that matches `total` records is given what is found by meaning."""
    usual = request.sort == "relevance" and request.mode == "best" and not request.literal
    return usual and total < ENOUGH and is_plain(request.text)


def found(
    evaluators: Sequence[SegmentEvaluator],
    rerankers: Sequence[Reranker],
    matched: Sequence[Matches],
    asked: Asked,
    filters: Sequence[Filter],
) -> list[Place]:
    """The records behind the filters that `matched` lacks and that are like the question, the most alike first."""
    entries: list[tuple[float, str, Place]] = []
    for at, (evaluator, reranker, part) in enumerate(zip(evaluators, rerankers, matched, strict=True)):
        docs = FilteredMatches(evaluator.segment, _others(evaluator, part.docs), filters).docs
        cosines = reranker.likeness(asked, docs)
        if cosines is None:
            continue
        for place in np.flatnonzero(cosines >= LIKE).tolist():
            score = SENTENCE_WEIGHT * (asked.top or 1.0) * float(cosines[place])
            doc = int(docs[place])
            entries.append((-score, evaluator.segment.id_of(doc), Place(at, doc, score)))
    return [place for _, _, place in sorted(entries)[:MOST]]


def notes(hits: Sequence[Hit]) -> tuple[Note, ...]:
    """What to say of the hits that were found so."""
    count = sum(hit.by_meaning for hit in hits)
    if not count:
        return ()
    told = (
        "One case study was found by meaning: it holds none of your words, and is in no count."
        if count == 1
        else f"{count} case studies were found by meaning: they hold none of your words, and are in no count."
    )
    return (Note("meaning", told),)


def explained(places: Sequence[Place], segment: int, doc: int) -> Explanation | None:
    """Why one of them was found; None for any other record."""
    for place in places:
        if (place.segment, place.doc) == (segment, doc):
            described = "no word matches; likeness of what question and record say, by the model"
            return Explanation("meaning (sentence vectors)", place.score, described)
    return None


def _others(evaluator: SegmentEvaluator, docs: Docs) -> Docs:
    """The segment's documents without these."""
    left = np.zeros(evaluator.size, dtype=np.bool_)
    left[evaluator.live_docs()] = True
    left[docs] = False
    return np.flatnonzero(left).astype(np.int32)
