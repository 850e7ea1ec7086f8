"""Filters and facet counts against looking at every record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import corpora, engine_over, in_batches, requests

from corpus import CaseStudy
from corpus.vocabulary import themes
from index.documents import facet_values
from search.request import FACETS, NO_VALUE, SearchRequest
from search.results import FacetCounts
from search.whoosh_engine import WhooshEngine


def values_of(record: CaseStudy, facet: str) -> tuple[str, ...]:
    """The record's values, `NO_VALUE` where it has none."""
    return facet_values(record)[facet] or (NO_VALUE,)


def passes(record: CaseStudy, request: SearchRequest, ignoring: str = "") -> bool:
    """Whether the record passes every filter of the request but that on the facet `ignoring`."""
    for facet in FACETS:
        if facet == ignoring:
            continue
        carried = set(values_of(record, facet))
        wanted, unwanted = request.filters.get(facet), request.exclude.get(facet)
        if (wanted and not carried & set(wanted)) or (unwanted and carried & set(unwanted)):
            return False
    if ignoring != "year" and (request.year_from, request.year_to) != (None, None):
        first, last = request.year_from or 0, request.year_to or 9999
        return record.year is not None and first <= record.year <= last
    return True


def label(facet: str, value: str) -> str:
    return themes()[value].label if facet == "theme" and value in themes() else value


def counted(matching: Iterable[CaseStudy], facet: str, request: SearchRequest) -> FacetCounts:
    """The facet counts of these records, slowly."""
    counts: dict[str, int] = {}
    total = 0
    for record in matching:
        if passes(record, request, ignoring=facet):
            total += 1
            for value in values_of(record, facet):
                counts[value] = counts.get(value, 0) + 1
    missing = counts.pop(NO_VALUE, 0)
    selected, excluded = request.filters.get(facet, ()), request.exclude.get(facet, ())
    chosen = {*selected, *excluded} - {NO_VALUE}

    def order(value: str) -> tuple[bool, int, str]:
        return value not in chosen, -counts.get(value, 0), label(facet, value)

    shown = sorted({*counts, *chosen}, key=order)
    if request.facet_limit is not None:
        shown = shown[: max(request.facet_limit, len(chosen))]
    return FacetCounts(
        name=facet,
        # A value that is both selected and excluded matches nothing; it is shown as excluded.
        buckets=tuple(
            (
                value,
                label(facet, value),
                counts.get(value, 0),
                value in selected and value not in excluded,
                value in excluded,
            )  # type: ignore[misc]
            for value in shown
        ),
        distinct=len(counts),
        missing=missing,
        total=total,
        missing_selected=NO_VALUE in selected,
        missing_excluded=NO_VALUE in excluded,
    )


def matching(engine: WhooshEngine, records: Sequence[CaseStudy], text: str) -> list[CaseStudy]:
    """The records that the words alone match."""
    found = engine.search(SearchRequest(text, limit=1000, facets=(), snippets=False))
    assert found.total == len(found.hits)
    ids = {hit.id for hit in found.hits}
    return [record for record in records if record.id in ids]


@settings(max_examples=settings().max_examples // 6)
@given(
    corpora(most=16),
    st.integers(1, 3),
    st.sets(st.sampled_from(["r01", "r03", "r04"])),
    st.lists(requests, min_size=3, max_size=8),
)
def test_counts_are_those_of_looking_at_every_record(
    records: list[CaseStudy], segments: int, removed: set[str], asked: list[SearchRequest]
) -> None:
    """Random filters, exclusions, years and "nothing recorded": total, hits and every facet are exact."""
    with engine_over(in_batches(records, segments), sorted(removed)) as engine:
        left = [record for record in records if record.id not in removed]
        for request in asked:
            found = matching(engine, left, request.text)
            results = engine.search(request)
            expected = {record.id for record in found if passes(record, request)}
            assert results.total == len(expected)
            assert {hit.id for hit in results.hits} == expected
            assert tuple(results.facets) == FACETS
            for facet in FACETS:
                assert results.facets[facet] == counted(found, facet, request)


@settings(max_examples=settings().max_examples // 10)
@given(corpora(most=16), st.integers(1, 2), st.lists(requests, min_size=1, max_size=3))
def test_a_count_is_the_total_after_choosing_its_value(
    records: list[CaseStudy], segments: int, asked: list[SearchRequest]
) -> None:
    """For every value shown: its count is the total when it alone is chosen and other facets stay as they are."""
    with engine_over(in_batches(records, segments)) as engine:
        for request in asked:
            for facet, counts in engine.search(request).facets.items():
                years = {"year_from": None, "year_to": None} if facet == "year" else {}
                others = {name: values for name, values in request.exclude.items() if name != facet}
                for value, count in [
                    *((each.value, each.count) for each in counts.buckets),
                    (NO_VALUE, counts.missing),
                ]:
                    choosing = request.but(filters={**request.filters, facet: [value]}, exclude=others, **years)
                    assert engine.search(choosing).total == count, (facet, value)


QUESTIONS = (
    "",
    "health",
    "housing AND council",
    "regenerat*",
    "council:leeds",
    '"climate change"',
    "no-such-word-at-all",
)
REFINEMENTS: tuple[dict[str, list[str]], ...] = (
    {},
    {"theme": ["housing"]},
    {"region": ["London", NO_VALUE]},
    {"funding": [NO_VALUE], "theme": ["public-health"]},
)


@pytest.mark.parametrize("text", QUESTIONS)
@pytest.mark.parametrize("filters", REFINEMENTS)
def test_counts_over_the_shipped_corpus_hold_after_choosing(
    starter_engine: WhooshEngine, text: str, filters: dict[str, list[str]]
) -> None:
    """The same promise over the shipped corpus, for the largest, the smallest and the last value of each facet."""
    request = SearchRequest(text, filters=filters, facets=FACETS, facet_limit=None, limit=0, literal=True)
    for facet, counts in starter_engine.search(request).facets.items():
        assert counts.distinct == sum(bucket.count > 0 for bucket in counts.buckets)
        shown = {counts.buckets[at] for at in (0, len(counts.buckets) // 2, -1) if counts.buckets}
        for value, count in [*((bucket.value, bucket.count) for bucket in shown), (NO_VALUE, counts.missing)]:
            chosen = starter_engine.search(request.but(filters={**filters, facet: [value]}, facets=()))
            assert chosen.total == count, (facet, value)


def test_counts_over_the_shipped_corpus_are_those_of_its_records(
    starter_engine: WhooshEngine, starter_records: tuple[CaseStudy, ...]
) -> None:
    """Without a query every facet counts the whole corpus, whatever way its column is kept."""
    request = SearchRequest(facets=FACETS, facet_limit=None, limit=0)
    results = starter_engine.search(request)
    assert results.total == len(starter_records)
    for facet in FACETS:
        assert results.facets[facet] == counted(starter_records, facet, request)


def test_selected_values_come_first_and_are_never_cut(starter_engine: WhooshEngine) -> None:
    """A selected value stays in sight when the limit is smaller, and when nothing carries it."""
    request = SearchRequest(filters={"theme": ["libraries", "licensing-and-regulation"]}, facet_limit=1)
    shown = starter_engine.search(request).facets["theme"].buckets
    assert [bucket.selected for bucket in shown] == [True, True]
    nowhere = starter_engine.search(SearchRequest(filters={"council": ["Nowhere Council"]}))
    assert nowhere.total == 0
    assert nowhere.facets["council"].buckets[0][:4] == ("Nowhere Council", "Nowhere Council", 0, True)
    assert len(nowhere.facets["council"].buckets) == 10


def test_excluding_a_value_takes_its_records_away(starter_engine: WhooshEngine) -> None:
    """Choosing and excluding one value share the matches out between them."""
    whole = starter_engine.search(SearchRequest("health", limit=0)).total
    chosen = starter_engine.search(SearchRequest("health", filters={"theme": ["public-health"]}, limit=0)).total
    left = starter_engine.search(SearchRequest("health", exclude={"theme": ["public-health"]}, limit=0))
    assert 0 < chosen < whole
    assert left.total == whole - chosen
    bucket = next(each for each in left.facets["theme"].buckets if each.value == "public-health")
    assert bucket.excluded
    assert not bucket.selected
