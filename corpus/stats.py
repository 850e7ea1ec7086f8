"""A set of case studies at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from corpus.model import FIELDS, CaseStudy

_FACET_FIELDS: Final = {
    "theme": "themes",
    "funding": "funding",
    "council": "councils",
    "region": "region",
    "council_type": "council_type",
    "year": "year",
}
"""The field in which a record holds the values of each facet."""


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """Counts over a set of records.

    `facets` maps each facet to its (value, number of records) pairs, the
    commonest first, then by value. `coverage` maps each field to the number of
    records that have anything in it. `words` counts the words (runs of
    non-blank characters) of title, summary and body.
    """

    records: int
    words: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    coverage: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "records": self.records,
            "words": self.words,
            "facets": {
                name: [{"value": value, "count": count} for value, count in pairs]
                for name, pairs in self.facets.items()
            },
            "coverage": dict(self.coverage),
        }


def summarise(records: Iterable[CaseStudy]) -> CorpusStats:
    """Count a stream of records; holds only the counts in memory."""
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in _FACET_FIELDS}
    coverage = dict.fromkeys(FIELDS, 0)
    total = words = 0
    for record in records:
        total += 1
        words += sum(len(text.split()) for text in (record.title, record.summary, record.body))
        for name in FIELDS:
            coverage[name] += bool(getattr(record, name))
        for facet, name in _FACET_FIELDS.items():
            counts[facet].update(_values(getattr(record, name)))
    facets = {
        facet: tuple(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))) for facet, counter in counts.items()
    }
    return CorpusStats(total, words, facets, coverage)


def _values(value: str | int | tuple[str, ...] | None) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (str(value),) if value else ()
