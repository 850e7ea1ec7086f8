"""What a question matches in the shipped corpus, against looking at every record."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_support import ids
from strategies import engine_over

from corpus import CaseStudy
from index.analysis import Analyser
from index.documents import ranked_texts
from search.request import SearchRequest
from search.whoosh_engine import WhooshEngine

PLAIN = Analyser()
EXACT_TEXTS = ("title", "summary", "keywords", "body")


def holds_word(record: CaseStudy, stem: str) -> bool:
    return any(stem in PLAIN.stems(text) for text in ranked_texts(record).values())


def holds_run(record: CaseStudy, words: list[str]) -> bool:
    """Whether the words stand one after another in one text, by the positions of the analyser."""
    for name in EXACT_TEXTS:
        places: dict[str, set[int]] = {}
        for token in PLAIN.tokens(ranked_texts(record)[name]):
            places.setdefault(token.exact, set()).add(token.position)
        starts = places.get(words[0], set())
        if any(all(start + at in places.get(word, ()) for at, word in enumerate(words)) for start in starts):
            return True
    return False


def holds_prefix(record: CaseStudy, prefix: str) -> bool:
    return any(
        word.startswith(prefix) for name in EXACT_TEXTS for word in PLAIN.exact_terms(ranked_texts(record)[name])
    )


@pytest.mark.parametrize("word", ["health", "organisations", "libraries", "covid", "obesity", "rewilding", "zebra"])
def test_a_word_finds_the_records_that_hold_it(
    starter_engine: WhooshEngine, starter_records: tuple[CaseStudy, ...], word: str
) -> None:
    """A single word's matches are those of looking for its stem in every text."""
    stem = PLAIN.stems(word)[0]
    assert sorted(ids(starter_engine, word)) == sorted(each.id for each in starter_records if holds_word(each, stem))


@pytest.mark.parametrize(
    "phrase",
    ["public health", "state of the art", "state the art", "the council", "care leavers", "health and wellbeing"],
)
def test_a_phrase_finds_the_records_that_hold_it_word_for_word(
    starter_engine: WhooshEngine, starter_records: tuple[CaseStudy, ...], phrase: str
) -> None:
    """Quoted words match in order and side by side, stop words included; so does the mode "phrase"."""
    expected = sorted(each.id for each in starter_records if holds_run(each, phrase.split()))
    assert sorted(ids(starter_engine, f'"{phrase}"')) == expected
    assert sorted(ids(starter_engine, phrase, mode="phrase")) == expected


@pytest.mark.parametrize("prefix", ["regenerat", "hous", "commission", "zz"])
def test_a_prefix_finds_every_word_that_begins_so(
    starter_engine: WhooshEngine, starter_records: tuple[CaseStudy, ...], prefix: str
) -> None:
    """`regenerat*` finds "regeneration"."""
    expected = sorted(each.id for each in starter_records if holds_prefix(each, prefix))
    assert sorted(ids(starter_engine, f"{prefix}*")) == expected


def test_stop_words_do_not_fall_out_of_phrases() -> None:
    """ "state the art" does not match "state of the art", nor the other way round."""
    records = [
        CaseStudy("with", "One", body="a state of the art library"),
        CaseStudy("without", "Two", body="they state the art is long"),
    ]
    with engine_over([records]) as engine:
        assert ids(engine, '"state of the art"') == ["with"]
        assert ids(engine, '"state the art"') == ["without"]
        assert ids(engine, "state the art", mode="phrase") == ["without"]


def test_all_of_the_words(starter_engine: WhooshEngine) -> None:
    """The mode "all" finds the intersection of what the words find; AND says the same."""
    both = set(ids(starter_engine, "housing")) & set(ids(starter_engine, "loneliness"))
    assert both
    assert set(ids(starter_engine, "housing loneliness", mode="all")) == both
    assert set(ids(starter_engine, "housing AND loneliness")) == both
    assert set(ids(starter_engine, "+housing +loneliness")) == both
    either = set(ids(starter_engine, "housing")) | set(ids(starter_engine, "loneliness"))
    assert set(ids(starter_engine, "housing OR loneliness")) == set(ids(starter_engine, "housing loneliness")) == either


def test_signs_require_and_exclude(starter_engine: WhooshEngine) -> None:
    """`+` narrows to what must match, `-` and NOT take away; an optional word only ranks."""
    housing, planning = set(ids(starter_engine, "housing")), set(ids(starter_engine, "planning"))
    assert set(ids(starter_engine, "+housing planning")) == housing
    assert set(ids(starter_engine, "housing -planning")) == housing - planning
    assert set(ids(starter_engine, "housing NOT planning")) == housing - planning
    assert set(ids(starter_engine, "-planning")) == set(ids(starter_engine, "")) - planning


def test_fields_and_years(starter_engine: WhooshEngine, starter_records: tuple[CaseStudy, ...]) -> None:
    """A field before a colon restricts to what it says."""
    by_id = {record.id: record for record in starter_records}
    assert all(by_id[id].year in (2015, 2016, 2017) for id in ids(starter_engine, "year:2015..2017"))
    expected = [record.id for record in starter_records if record.year in (2015, 2016, 2017)]
    assert sorted(ids(starter_engine, "year:2015..2017")) == sorted(expected)
    assert sorted(ids(starter_engine, "", year_from=2015, year_to=2017)) == sorted(expected)
    assert set(ids(starter_engine, "year:..2017")) >= set(expected)
    assert set(ids(starter_engine, "year:2015..")) >= set(expected)
    leeds = {record.id for record in starter_records if "Leeds City Council" in record.councils}
    assert leeds
    assert leeds <= set(ids(starter_engine, "council:leeds"))
    assert set(ids(starter_engine, 'council:"Leeds City Council"')) == leeds
    libraries = {record.id for record in starter_records if "libraries" in record.themes}
    assert set(ids(starter_engine, 'theme:"libraries"')) == libraries
    titled = {record.id for record in starter_records if "hous" in PLAIN.stems(record.title)}
    assert set(ids(starter_engine, "title:housing")) == titled


@pytest.mark.parametrize(
    ("query", "carries"),
    [
        ("OPE", lambda record: "One Public Estate" in record.funding),
        ("One Public Estate", lambda record: "One Public Estate" in record.funding),
        ("Brighton", lambda record: "Brighton and Hove City Council" in record.councils),
        ("LB Brent", lambda record: "London Borough of Brent" in record.councils or "Brent" in str(record.councils)),
    ],
)
def test_names_and_aliases_of_councils_and_funders_count(
    starter_engine: WhooshEngine, query: str, carries: Callable[[CaseStudy], bool]
) -> None:
    """A funder's acronym or a council's everyday name brings its records first."""
    results = starter_engine.search(SearchRequest(query, limit=3))
    assert results.total
    assert carries(results.hits[0].record)
