"""Why a record scores as it does: the query tree again, for one document, as named parts.

Every inner node's value is the sum of its details' values; the leaves of a
plain word are the fields that hold it, each with its share of the word's
impact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from index.codec import ImpactSettings
from index.schema import JOINT_FIELD
from search import query_tree as q
from search.evaluate_query import SegmentEvaluator
from search.matches import Matches
from search.query_tree import label_of
from search.results import Explanation

FIELD_NAMES: Final = {
    "title": "title",
    "summary": "summary",
    "keywords": "keywords",
    "body": "text",
    "council_names": "council's name",
    "funding_names": "funder's name",
    "theme_names": "theme",
    "organisations": "organisation's name",
    "title_exact": "title",
    "summary_exact": "summary",
    "keywords_exact": "keywords",
    "body_exact": "text",
    "council": "council",
    "funding": "funder",
    "theme": "theme",
    "region": "region",
    "council_type": "council type",
    "year": "year",
}
"""What people call the index's fields."""


class Explainer:
    """Explains scores within one segment.

    `idf` gives a term's idf in a field, `impacts` the constants that the segment was built with.
    """

    def __init__(
        self, evaluator: SegmentEvaluator, idf: Callable[[str, bytes], float], impacts: ImpactSettings
    ) -> None:
        self._evaluator = evaluator
        self._idf = idf
        self._impacts = impacts

    def explain(self, query: q.Query, doc: int) -> Explanation | None:
        """The parts of the document's score; None where the query does not match it."""
        score = self._score(query, doc)
        return None if score is None else self._node(query, doc, score)

    def _score(self, query: q.Query, doc: int) -> float | None:
        return _score_in(self._evaluator.evaluate(query), doc)

    def _node(self, query: q.Query, doc: int, score: float) -> Explanation:
        label = label_of(query)
        if label:
            part = self._unnamed(query, doc, score)
            return Explanation(label, score, "added to what was typed; the better of both counts", (part,))
        return self._unnamed(query, doc, score)

    def _unnamed(self, query: q.Query, doc: int, score: float) -> Explanation:
        match query:
            case q.Or() | q.And():
                return self._sum("sum", query.subqueries, doc, score)
            case q.DisjunctionMax():
                return self._best(query.subqueries, doc, score)
            case q.AndMaybe():
                return self._sum("sum", [query.a, query.b], doc, score)
            case q.AndNot() | q.Require():
                return self._node(query.a, doc, score)
            case q.Term() if query.fieldname == JOINT_FIELD:
                return self._word(query, doc, score)
            case q.Term():
                return self._field_word(query, score)
            case q.Phrase():
                words = " ".join(query.words)
                where = FIELD_NAMES.get(query.fieldname, query.fieldname)
                return Explanation(f"“{words}” in the {where}", score, "the words' weights in this field")
            case q.Every():
                return Explanation("every record", score)
            case _:
                from search.by_whoosh import as_whoosh  # which writes such a part as Whoosh does

                return Explanation(str(as_whoosh(query)), score, "every record that matches gets the same")

    def _sum(self, name: str, parts: list[q.Query], doc: int, score: float) -> Explanation:
        details = []
        for part in parts:
            value = self._score(part, doc)
            if value is not None:
                details.append(self._node(part, doc, value))
        if len(details) == 1:
            return details[0]
        return Explanation(name, score, "what each part gives, added", _exact_sum(details, score))

    def _best(self, parts: list[q.Query], doc: int, score: float) -> Explanation:
        scored = [(value, part) for part in parts if (value := self._score(part, doc)) is not None]
        value, part = max(scored, key=lambda entry: entry[0])
        return self._node(part, doc, value) if scored else Explanation("best", score)

    def _word(self, query: q.Term, doc: int, score: float) -> Explanation:
        term = str(query.text).encode()
        shares = self._field_weights(term, doc)
        total = sum(weight for _, _, weight in shares) or 1.0
        details = tuple(
            Explanation(
                f"in the {FIELD_NAMES.get(name, name)}",
                score * weight / total,
                f"{times} time{'s' if times != 1 else ''}",
            )
            for name, times, weight in shares
        )
        idf = self._idf(JOINT_FIELD, term)
        described = f"rarity {idf:.2f}{_counted(float(query.boost))}"
        return Explanation(f"word “{query.text}”", score, described, _exact_sum(list(details), score))

    def _field_weights(self, term: bytes, doc: int) -> list[tuple[str, int, float]]:
        """For each ranked field that holds the term: name, frequency, and its part of the weighted frequency."""
        segment = self._evaluator.segment
        averages = segment.segment.averages
        found = []
        for field in self._impacts.fields:
            postings = segment.field(field.name)
            ordinal = -1 if postings is None else postings.find(term)
            if postings is None or ordinal < 0:
                continue
            docs = postings.docs(ordinal)
            at = int(np.searchsorted(docs, doc))
            if at == len(docs) or docs[at] != doc:
                continue
            times = int(postings.freqs(ordinal)[at])
            relative = postings.length(doc) / (averages.get(field.name) or 1.0)
            found.append((field.name, times, field.weight * times / (1.0 - field.b + field.b * relative)))
        return found

    def _field_word(self, query: q.Term, score: float) -> Explanation:
        where = FIELD_NAMES.get(query.fieldname, query.fieldname)
        idf = self._idf(query.fieldname, str(query.text).encode())
        return Explanation(f"“{query.text}” in the {where}", score, f"rarity {idf:.2f}")


def _counted(boost: float) -> str:
    if boost == 1.0:
        return ""
    return f", typed {boost:g} times" if boost.is_integer() else f", counted {boost:.2f} times"


def _score_in(matches: Matches, doc: int) -> float | None:
    at = int(np.searchsorted(matches.docs, doc))
    if at == len(matches) or matches.docs[at] != doc:
        return None
    return float(matches.scores_at(np.array([at]))[0])


def _exact_sum(details: list[Explanation], total: float) -> tuple[Explanation, ...]:
    """The details with rounding (scores are 32-bit) put into the largest, so that they add up to the last digit."""
    if not details:
        return ()
    gap = total - sum(detail.value for detail in details)
    largest = max(range(len(details)), key=lambda at: abs(details[at].value))
    kept: Any = details[largest]
    details[largest] = Explanation(kept.name, kept.value + gap, kept.description, kept.details)
    return tuple(details)
