"""The plain truth about a question: looking at every record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from benchmarks.questions import COUNTED, Question, values_of
from corpus.model import CaseStudy


@cache
def _words(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


def passes(record: CaseStudy, question: Question, without: str | None = None) -> bool:
    """Whether the record passes all filters, that of the facet `without` apart."""
    return all(
        set(values_of(record, facet)) & set(chosen) for facet, chosen in question.filters.items() if facet != without
    )


def holds(record: CaseStudy, question: Question) -> bool:
    """Whether the record's texts match the question's words."""
    texts = (record.title, record.summary, record.body)
    words = _words(texts)
    match question.kind:
        case "phrase":
            return any(f" {' '.join(question.words)} " in f" {text} " for text in texts)
        case "and":
            return words >= set(question.words)
        case "prefix":
            return any(word.startswith(question.words[0]) for word in words)
        case _:
            return bool(words & set(question.words))


def total(records: Sequence[CaseStudy], question: Question) -> int:
    """Records that match words and filters."""
    return sum(holds(record, question) and passes(record, question) for record in records)


def counts(records: Sequence[CaseStudy], question: Question, widen: bool) -> dict[str, Counter[str]]:
    """Matches by value of each counted facet; with `widen` a facet's own filter does not bind its counts."""
    return {
        facet: Counter(
            value
            for record in records
            if holds(record, question) and passes(record, question, facet if widen else None)
            for value in values_of(record, facet)
        )
        for facet in COUNTED
    }
