"""The engine over the shipped corpus: the order of its answers, page by page, and what it says when it finds none."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from engine_support import ids
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import engine_over

from corpus import CaseStudy
from corpus.errors import BadInput
from search import open_engine
from search.request import FACETS, MODES, SORTS, SearchRequest
from search.whoosh_engine import WhooshEngine


def test_the_first_page_holds_what_the_reader_looks_for(starter_engine: WhooshEngine) -> None:
    """The question of the requirements brings Darlington's open-space strategy on the first page."""
    results = starter_engine.search(SearchRequest("health inequalities deprived areas"))
    assert "darlington-open-spaces-strategy" in [hit.id for hit in results.hits]
    assert [hit.rank for hit in results.hits] == list(range(1, 11))
    assert results.total > 100


# Order and pages


def pages(engine: WhooshEngine, request: SearchRequest, size: int) -> list[tuple[str, float, int]]:
    """Every hit of every page, one page after another, until one is empty."""
    found: list[tuple[str, float, int]] = []
    while hits := engine.search(request.but(offset=len(found), limit=size)).hits:
        found += [(hit.id, hit.score, hit.rank) for hit in hits]
    return found


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("text", ["", "health", "health inequalities deprived areas", "housing -planning"])
def test_pages_join_to_one_list(starter_engine: WhooshEngine, sort: str, text: str) -> None:
    """Pages of seven put together are the one page of all, to the last; asked again they are the same."""
    request = SearchRequest(text, sort=sort, snippets=False, facets=(), literal=True)  # type: ignore[arg-type]
    whole = starter_engine.search(request.but(limit=1000))
    expected = [(hit.id, hit.score, hit.rank) for hit in whole.hits]
    assert len(expected) == whole.total
    assert len({id for id, _, _ in expected}) == whole.total
    assert [rank for _, _, rank in expected] == list(range(1, whole.total + 1))
    assert pages(starter_engine, request, 7) == expected
    beyond = starter_engine.search(request.but(offset=10**9))
    assert (beyond.total, beyond.hits) == (whole.total, ())


def test_each_order_is_what_it_says(starter_engine: WhooshEngine) -> None:
    """Best first, newest first, oldest first, by title; no year comes last; equal ones go by id."""
    hits = starter_engine.search(SearchRequest("health", limit=1000, snippets=False, literal=True)).hits
    assert [hit.id for hit in hits] == [hit.id for hit in sorted(hits, key=lambda hit: (-hit.score, hit.id))]
    by_id = {hit.id: hit.record for hit in hits}

    def year(id: str, sign: int) -> tuple[bool, int, str]:
        found = by_id[id].year
        return found is None, sign * (found or 0), id

    assert ids(starter_engine, "health", sort="newest") == sorted(by_id, key=lambda each: year(each, -1))
    assert ids(starter_engine, "health", sort="oldest") == sorted(by_id, key=lambda each: year(each, 1))
    titles = [
        re.sub(r"[\W_]+", " ", by_id[id].title.casefold()).strip() for id in ids(starter_engine, "health", sort="title")
    ]
    titles = [re.sub(r"^(the|a|an) ", "", title) for title in titles if title.isascii()]
    assert titles == sorted(titles)


def test_several_segments_answer_as_one(starter_records: tuple[CaseStudy, ...]) -> None:
    """Every order is one order over all segments; matches do not depend on how records lie in segments."""
    records = starter_records[:60]
    with engine_over([records]) as one, engine_over([records[::3], records[1::3], records[2::3]]) as three:
        assert len(three.segments) == 3
        for text in ("", "health", "housing council planning"):
            for sort in ("newest", "oldest", "title"):
                assert ids(three, text, sort=sort) == ids(one, text, sort=sort)
            assert sorted(ids(three, text)) == sorted(ids(one, text))
            request = SearchRequest(text, snippets=False, facets=(), literal=True)
            expected = [(hit.id, hit.score, hit.rank) for hit in three.search(request.but(limit=1000)).hits]
            assert pages(three, request, 7) == expected


def test_threads_share_an_engine(starter_engine: WhooshEngine) -> None:
    """Eight threads that ask at once hear what one alone hears."""
    texts = [
        "health",
        "housing council planning",
        '"public health"',
        "hous*",
        "NOT housing",
        "deprived areas",
        "",
        "helth",
    ]
    asked = [
        SearchRequest(text, filters=filters, facets=FACETS, snippets=False)
        for text in texts
        for filters in ({}, {"theme": ["housing"]})
    ]

    def answer(request: SearchRequest) -> object:
        results = starter_engine.search(request)
        return results.total, results.hits, results.facets

    alone = [answer(request) for request in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, asked * 5)) == alone * 5


# Words that cannot be read


@pytest.mark.parametrize(
    "text",
    [
        '"unbalanced', "housing)", "(housing", "((((((", "AND", "OR OR", "NOT", "+", "-", "+-+", "* ** ***", "a AND",
        "()", "title:", "title:(health", "year:nineteen", "year:9999999", "year:2020..2010", "council:nowhere",
        "nofield:x", ":::", "\x00", "\ud800", "health\x00care", "\ud800\udc00 health", "🦊", "🦊*", "“”", "'", "’’",
        "a" * 10_000, "health " * 2_000,
        "(" * 5_000, '"' * 999, "-" * 300, "*" * 300, "NOT " * 300, "a AND " * 300, "title:" * 300, "x" * 63 + "*",
        " " * 3_000 + "health", "\n" * 9_999, "co-" * 500, "20mph" * 200, "[a-z]*", "?*", "h[", "\\*", "<script>",
        "' OR 1=1 --", "%", "\u202ehtlaeh",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", MODES)
def test_no_query_fails(starter_engine: WhooshEngine, text: str, mode: str) -> None:
    """Whatever is typed is answered, in every mode, with its total and its facets."""
    results = starter_engine.search(SearchRequest(text, mode=mode))  # type: ignore[arg-type]
    assert results.total + results.by_meaning >= len(results.hits)
    assert list(results.facets) == ["theme", "funding", "council"]


PIECES = st.sampled_from(
    ["health", "housing", '"', "(", ")", "+", "-", "*", "AND", "OR", "NOT", "title:", "year:", "council:", "2015..",
     " ", "the", "co-production", "20mph", ":", "..", "’", "\x00", "\ud800", "é", "🦊"]
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60), st.sampled_from(MODES), st.sampled_from(SORTS)
)
def test_random_text_is_answered(starter_engine: WhooshEngine, text: str, mode: str, sort: str) -> None:
    """Random signs and words never fail, and what is found is exact: the last page ends at the total."""
    results = starter_engine.search(SearchRequest(text, mode=mode, sort=sort, facets=FACETS))  # type: ignore[arg-type]
    assert len(results.hits) == min(10, results.total + results.by_meaning)
    if results.total:
        last = starter_engine.search(SearchRequest(text, mode=mode, sort=sort, offset=results.total - 1))  # type: ignore[arg-type]
        assert [hit.by_meaning for hit in last.hits].count(False) == 1


@settings(max_examples=settings().max_examples // 10)
@given(st.text(min_size=1, max_size=60) | st.lists(PIECES, min_size=1, max_size=25).map(" ".join))
def test_very_long_text_is_answered(starter_engine: WhooshEngine, piece: str) -> None:
    """Ten thousand characters are cut, said so, and answered."""
    text = f"health {piece} " * (10_000 // (len(piece) + 8))
    results = starter_engine.search(SearchRequest(text, limit=3))
    assert "truncated" in [note.code for note in results.notes]


@pytest.mark.parametrize(
    ("text", "code", "same_as"),
    [
        ('"public health', "malformed", "public health"),
        ("(housing planning", "malformed", "housing planning"),
        ("housing)", "malformed", "housing"),
        ("title:(health", "malformed", "title health"),
        ("year:soon", "unknown-year", None),
        ("!!! ???", "no-words", None),
    ],
)
def test_what_cannot_be_read_is_said(starter_engine: WhooshEngine, text: str, code: str, same_as: str | None) -> None:
    """Malformed text is read as plain words, and a note says so."""
    results = starter_engine.search(SearchRequest(text, limit=1000, snippets=False))
    assert code in [note.code for note in results.notes]
    if same_as is None:
        assert results.total == 0
    else:
        assert sorted(hit.id for hit in results.hits) == sorted(ids(starter_engine, same_as))


# When nothing is found


def test_nothing_found_tells_each_words_own_count(starter_engine: WhooshEngine) -> None:
    """Words that never meet: each is shown with what it finds alone, under the same filters."""
    filters = {"theme": ["libraries"]}
    results = starter_engine.search(
        SearchRequest("libraries potholes zebra", mode="all", filters=filters, literal=True)
    )
    assert results.total == 0
    assert [word.word for word in results.words] == ["libraries", "potholes", "zebra"]
    for word in results.words:
        assert word.count == starter_engine.search(SearchRequest(word.word, filters=filters, literal=True)).total
    assert results.words[0].count > 0


def test_nothing_found_tells_which_filter_to_drop(starter_engine: WhooshEngine) -> None:
    """For each filter, what would be found without it; filters whose loss does not help are left out."""
    request = SearchRequest(
        "health", filters={"council": ["Nowhere Council"], "theme": ["public-health"]}, year_from=2000, literal=True
    )
    results = starter_engine.search(request)
    assert results.total == 0
    without = starter_engine.search(request.but(filters={"theme": ["public-health"]})).total
    assert [(relief.facet, relief.total) for relief in results.reliefs] == [("council", without)]
    assert without > 0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("chidrens mentel helth", "children"), ("obestiy", "obesity"), ("regenaration", "regeneration")],
)
def test_misspelt_words_get_a_suggestion_that_finds_something(
    starter_engine: WhooshEngine, typed: str, meant: str
) -> None:
    """ "Did you mean" offers words of the corpus, and what it offers has results."""
    suggestion = starter_engine.search(SearchRequest(typed)).suggestion
    if suggestion is None:  # corrected in sight of the reader, who may go back
        notes = starter_engine.search(SearchRequest(typed)).notes
        assert any(meant in (note.text + (note.query or "")) for note in notes)
    else:
        assert meant in suggestion
        assert starter_engine.search(SearchRequest(suggestion)).total > 0
    assert starter_engine.search(SearchRequest(typed, literal=True)).suggestion is None
    assert starter_engine.search(SearchRequest("health")).suggestion is None


# The rest of the interface


def test_records_come_back_whole(starter_engine: WhooshEngine, starter_records: tuple[CaseStudy, ...]) -> None:
    """What was indexed is what is answered, every field of it."""
    for record in starter_records[::25]:
        assert starter_engine.get(record.id) == record
    assert starter_engine.get("no-such-record") is None
    assert starter_engine.get("") is None
    hit = starter_engine.search(SearchRequest("housing", limit=1)).hits[0]
    assert hit.record == starter_engine.get(hit.id)


def test_stats_count_the_collection(starter_engine: WhooshEngine, starter_records: tuple[CaseStudy, ...]) -> None:
    """The collection at a glance: all records, every value of every facet."""
    stats = starter_engine.stats()
    assert stats.documents == len(starter_records)
    councils = {name for record in starter_records for name in record.councils}
    assert {bucket.value for bucket in stats.values["council"]} == councils


def test_an_empty_corpus_is_answered(tmp_path: Path) -> None:
    """No records: every question is answered with nothing."""
    with engine_over([[]]) as engine:
        for text in ("", "health", '"a b"', "hous*", "-x", "year:2015..", "helth"):
            for mode in MODES:
                for sort in SORTS:
                    results = engine.search(SearchRequest(text, mode=mode, sort=sort, facets=FACETS))
                    assert (results.total, results.hits) == (0, ())
                    assert all(counts.total == 0 for counts in results.facets.values())
        assert engine.search(SearchRequest("x", filters={"theme": ["housing"]}, year_from=2000)).total == 0
        assert engine.stats().documents == 0
        assert engine.suggest("hou") == ()
        assert engine.similar("x") == ()
        assert engine.get("x") is None
        assert engine.explain(SearchRequest("x"), "x") is None


def test_addresses_of_an_unknown_kind_are_refused() -> None:
    """Only kinds of engines that exist can be opened."""
    with pytest.raises(BadInput, match="no engine is called 'solr'"):
        open_engine("solr://host/core")
