"""An engine small enough to be seen to be right: every question is answered by looking at every record.

It implements the engine's interface over real `CaseStudy` records, so that the
pages can be tested over chosen collections and against counts that nobody optimised.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from corpus.model import CaseStudy
from corpus.vocabulary import themes
from search import FACETS, NO_VALUE, Bucket, Explanation, FacetCounts, Hit, SearchRequest, SearchResults, Suggestion
from search.results import EngineStats, FilterRelief, Marked, Passage, SimilarHit, Snippet, WordCount

WORD = re.compile(r"\w+")


def facet_values(record: CaseStudy, facet: str) -> tuple[str, ...]:
    """The values of one facet that a record carries; (NO_VALUE,) for none."""
    if facet == "year":
        held = (str(record.year),) if record.year is not None else ()
    elif facet in ("region", "council_type"):
        held = tuple(filter(None, (getattr(record, facet),)))
    else:
        held = {"theme": record.themes, "funding": record.funding, "council": record.councils}[facet]
    return held or (NO_VALUE,)


def label(facet: str, value: str) -> str:
    if facet == "theme" and value in themes():
        return themes()[value].label
    return value


def words_of(text: str) -> list[str]:
    return WORD.findall(text.lower())


def marked(text: str, wanted: set[str]) -> Marked:
    return Marked(text, tuple(m.span() for m in WORD.finditer(text) if m[0].lower() in wanted))


class WordMarker:
    """Marks words exactly as written, whatever their case."""

    def __init__(self, wanted: set[str]) -> None:
        self.wanted = wanted

    def mark(self, text: str) -> Marked:
        return marked(text, self.wanted)


class PlainEngine:
    """The whole interface, by brute force."""

    def __init__(self, records: Iterable[CaseStudy], generation: str = "plain") -> None:
        self.records = sorted(records, key=lambda record: record.id)
        self.by_id = {record.id: record for record in self.records}
        self.texts = {r.id: Counter(words_of(" ".join((r.title, r.summary, r.body)))) for r in self.records}
        self.generation = generation

    def _matches(self, request: SearchRequest, ignoring: str = "") -> list[CaseStudy]:
        wanted = set(words_of(request.text))
        found = []
        for record in self.records:
            held = self.texts[record.id]
            if wanted and not (all if request.mode != "best" else any)(word in held for word in wanted):
                continue
            if any(
                not set(values) & set(facet_values(record, facet))
                for facet, values in request.filters.items()
                if facet != ignoring
            ):
                continue
            if any(set(values) & set(facet_values(record, facet)) for facet, values in request.exclude.items()):
                continue
            first, last = request.year_from or 0, request.year_to or 9999
            ranged = ignoring != "year" and (request.year_from or request.year_to)
            if ranged and (record.year is None or not first <= record.year <= last):
                continue
            found.append(record)
        return found

    def _score(self, record: CaseStudy, request: SearchRequest) -> float:
        return float(sum(self.texts[record.id][word] for word in set(words_of(request.text))))

    def _facet(self, request: SearchRequest, facet: str) -> FacetCounts:
        matches = self._matches(request, ignoring=facet)
        counts = Counter(value for record in matches for value in facet_values(record, facet))
        missing = counts.pop(NO_VALUE, 0)
        chosen, left_out = request.filters.get(facet, ()), request.exclude.get(facet, ())
        held = {**dict.fromkeys((v for v in (*chosen, *left_out) if v != NO_VALUE), 0), **counts}
        buckets = [Bucket(v, label(facet, v), n, v in chosen, v in left_out) for v, n in held.items()]
        buckets.sort(key=lambda bucket: (not bucket.selected, -bucket.count, bucket.label))
        if request.facet_limit is not None:
            buckets = [b for place, b in enumerate(buckets) if place < request.facet_limit or b.selected]
        return FacetCounts(
            facet, tuple(buckets), len(counts), missing, len(matches), NO_VALUE in chosen, NO_VALUE in left_out
        )

    def search(self, request: SearchRequest) -> SearchResults:
        matches = self._matches(request)
        keys = {
            "relevance": lambda r: (-self._score(r, request), r.id),
            "newest": lambda r: (-(r.year or 0), r.id),
            "oldest": lambda r: (r.year or 9999, r.id),
            "title": lambda r: (r.title.lower(), r.id),
        }
        matches.sort(key=keys[request.sort])
        wanted = set(words_of(request.text))
        page = matches[request.offset : request.offset + request.limit]
        hits = tuple(
            Hit(r.id, self._score(r, request), request.offset + n, r, marked(r.title, wanted), self._snippet(r, wanted))
            for n, r in enumerate(page, start=1)
        )
        words: Sequence[WordCount] = ()
        reliefs: Sequence[FilterRelief] = ()
        if not matches:
            words = [WordCount(w, len(self._matches(request.but(text=w)))) for w in sorted(wanted)]
            reliefs = [FilterRelief(f, len(self._matches(request, ignoring=f))) for f in request.filters]
        facets = {facet: self._facet(request, facet) for facet in request.facets}
        return SearchResults(
            len(matches), hits, facets, words=tuple(words), reliefs=tuple(reliefs),
            read_as=request.text, generation=self.generation,
        )  # fmt: skip

    def _snippet(self, record: CaseStudy, wanted: set[str]) -> Snippet:
        return Snippet((Passage("", marked(record.summary, wanted)),))

    def get(self, id: str) -> CaseStudy | None:
        return self.by_id.get(id)

    def similar(self, id: str, limit: int = 5) -> tuple[SimilarHit, ...]:
        record = self.by_id.get(id)
        if record is None:
            return ()
        others = [r for r in self.records if r.id != id and set(r.themes) & set(record.themes)]
        others.sort(key=lambda r: (-len(set(r.themes) & set(record.themes)), r.id))
        return tuple(SimilarHit(r.id, 1.0, r, ("same themes",)) for r in others[:limit])

    def suggest(self, prefix: str, limit: int = 8) -> tuple[Suggestion, ...]:
        wanted = prefix.lower()
        found = [Suggestion("title", r.id, r.title) for r in self.records if r.title.lower().startswith(wanted)]
        found += [
            Suggestion(facet, b.value, b.label, b.count)
            for facet in ("council", "theme", "funding")
            for b in self.stats().values[facet]
            if b.label.lower().startswith(wanted)
        ]
        return tuple(found[:limit])

    def matched_forms(self, text: str) -> set[str]:
        return set(words_of(text))

    def highlighter(self, matched: set[str]) -> WordMarker:
        return WordMarker(matched)

    def explain(self, request: SearchRequest, id: str) -> Explanation | None:
        record = next((r for r in self._matches(request) if r.id == id), None)
        return Explanation("words", self._score(record, request)) if record else None

    def stats(self) -> EngineStats:
        values = {facet: self._facet(SearchRequest(facet_limit=None), facet).buckets for facet in FACETS}
        return EngineStats(len(self.records), self.generation, "2026-11-22T20:00:00+00:00", "plain", values)

    def refresh(self) -> Self:
        return self

    def close(self) -> None:
        return
