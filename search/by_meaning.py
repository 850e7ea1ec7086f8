"""Records that none of the question's words matches, and that belong to it all the same.

They are looked for among the records most like the matches, and theirs in turn (`index.neighbours`), or among all
records where the index has sentence vectors; and they are ranked like matches, by all that does not come of their
own words:

    score(d) = 0.5 · neighbours(d) + best · (0.2 · latent(d) + 0.4 · leaders(d)) + 1.5 · top · sentence(d)

They stand after the last match, fill up the first `ENOUGH` places at most, and are in no total or count. Only a plain
question in its ordinary order gets them: who asks for certain words means those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.gazetteer import gazetteer, may_name_council
from corpus.value import Value
from index.learned import Learned
from search.evaluate_query import SegmentEvaluator
from search.filters import Filter, FilteredMatches
from search.matches import Docs, Matches
from search.order import Place
from search.query_syntax import is_plain
from search.ranking import Scores
from search.request import SearchRequest
from search.rerank import SENTENCE_WEIGHT, Asked, Reranker
from search.results import Explanation, Note

ENOUGH: Final = 100
"""Places that are filled up: as far as a thorough reader turns, and as Recall@100 looks."""

LEAST: Final = 0.15
"""Score, as a part of the best match's score by words, from which a record belongs to the question. With the judged
   questions cut to two words, 0.1 gives 1.5 points more Recall@100 for twice as many records, 0.2 loses 3; see
   `docs/ranking.md`."""

LEAST_SAID: Final = 0.4
"""Cosine of sentence vectors from which a record belongs to the question whatever else speaks for it. Of the records
   above it that no word matches, 6 in 10 are relevant on MED and 1 in 10 on CISI; below, it falls to nothing."""

WIDE: Final = 2
"""Records looked at for each place to fill: more find hardly anything more."""


class Beyond(NamedTuple):
    """One record, and what its score is made of."""

    place: Place
    neighbours: float
    subject: float
    said: float


class Answered(Value):
    """What a question found in one segment: all its matches, and those behind the filters with their scores."""

    matched: Matches
    passed: FilteredMatches
    scores: Scores


def wanted(request: SearchRequest, total: int) -> bool:
    """Whether a request that matches `total` records is given what is found by meaning on this page.

    Only on a page that reaches the last match, so that the other pages do not pay for it. Who names a council and
    nothing else means that council.
    """
    usual = request.sort == "relevance" and request.mode == "best" and not request.literal
    reached = request.limit > 0 and request.offset + request.limit >= total
    plain = usual and total < ENOUGH and reached and is_plain(request.text)
    return plain and not (may_name_council(request.text) and gazetteer().resolve(request.text))


def found(
    evaluators: Sequence[SegmentEvaluator],
    rerankers: Sequence[Reranker],
    answers: Sequence[Answered],
    asked: Asked,
    filters: Sequence[Filter],
) -> list[Beyond]:
    """The records behind the filters that no word matches and that belong to the question, the best first."""
    room = ENOUGH - sum(len(answer.passed.docs) for answer in answers)
    best = max((float(answer.scores.max()) for answer in answers if len(answer.scores)), default=0.0)
    entries: list[tuple[float, str, Beyond]] = []
    for at, (evaluator, reranker, answer) in enumerate(zip(evaluators, rerankers, answers, strict=True)):
        pool = _others(evaluator, answer.matched.docs)
        if not reranker.says(asked):
            pool = _near(reranker.learned, answer.passed.docs, pool, room * WIDE)
        docs = FilteredMatches(evaluator.segment, np.flatnonzero(pool).astype(np.int32), filters).docs
        parts = reranker.beyond(asked, answer.passed.docs, answer.scores, answer.matched, docs)
        lent = parts.neighbours + parts.subject
        scores = lent + parts.said
        belongs = (lent >= LEAST * best) & (lent > 0)
        if reranker.says(asked):
            belongs |= parts.said >= LEAST_SAID * SENTENCE_WEIGHT * asked.scale
        for place in np.flatnonzero(belongs).tolist():
            doc, score = int(docs[place]), float(scores[place])
            three = (float(part[place]) for part in (parts.neighbours, parts.subject, parts.said))
            entries.append((-score, evaluator.segment.id_of(doc), Beyond(Place(at, doc, score), *three)))
    return [beyond for _, _, beyond in sorted(entries)[:room]]


def notes(count: int) -> tuple[Note, ...]:
    """What to say of so many records that were found so."""
    if not count:
        return ()
    told = (
        "After the matches follows a case study on a related subject, found by meaning: "
        "it holds none of your words, and is in no count."
        if count == 1
        else f"After the matches follow {count} case studies on related subjects, found by meaning: "
        "they hold none of your words, and are in no count."
    )
    return (Note("meaning", told),)


def explained(records: Sequence[Beyond], segment: int, doc: int) -> Explanation | None:
    """Why one of them was found; None for any other record."""
    for beyond in records:
        if (beyond.place.segment, beyond.place.doc) == (segment, doc):
            details = (
                Explanation("records like this one", beyond.neighbours, "records most like it match"),
                Explanation("meaning", beyond.subject, "likeness of subject to the query and its best records"),
                Explanation("meaning (sentence vectors)", beyond.said, "likeness of what question and record say"),
            )
            described = "no word matches; found by its likeness to the query and to the records that match"
            return Explanation("meaning", beyond.place.score, described, tuple(part for part in details if part.value))
    return None


def _others(evaluator: SegmentEvaluator, docs: Docs) -> NDArray[np.bool_]:
    """The segment's documents without these, as marks."""
    left = np.zeros(evaluator.size, dtype=np.bool_)
    left[evaluator.live_docs()] = True
    left[docs] = False
    return left


def _near(learned: Learned | None, docs: NDArray[Any], among: NDArray[np.bool_], enough: int) -> NDArray[np.bool_]:
    """Marks of those `among` the documents that are most like `docs`, and most like those in turn, until `enough`."""
    near = np.zeros(len(among), dtype=np.bool_)
    count = 0
    while learned is not None and len(docs) and count < enough:
        reached = np.unique(learned.neighbour_docs(docs))
        docs = reached[among[reached] & ~near[reached]]
        near[docs] = True
        count += len(docs)
    return near
