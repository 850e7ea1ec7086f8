"""When nothing fits: the steps down, in sight of the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import query_syntax as syntax
from search.relax import FEW, steps
from search.request import MODES, Mode, SearchRequest
from search.results import Note, SearchResults
from search.whoosh_engine import WhooshEngine


def ask(engine: WhooshEngine, text: str, **options: object) -> SearchResults:
    return engine.search(SearchRequest(text, limit=500, snippets=False).but(**options))


def ids(results: SearchResults) -> set[str]:
    """The matches; what was found by meaning belongs to questions that are asked in the ordinary way."""
    return {hit.id for hit in results.hits if not hit.by_meaning}


def relaxed(results: SearchResults) -> Note:
    (note,) = [note for note in results.notes if note.code == "relaxed"]
    return note


@pytest.mark.parametrize(
    ("text", "mode", "modes"),
    [
        ("parks health", "best", []),
        ("parks health", "all", ["best"]),
        ("parks health", "phrase", ["all", "best"]),
        ("parks", "phrase", ["all"]),
        ('"parks health"', "best", ["best", "best"]),
        ("+parks health", "best", ["best"]),
        ("parks AND health", "best", ["best"]),
        ("parks -health", "best", []),
        ("parks -health", "all", ["best"]),
        ("council:leeds", "best", []),
        ("parks AND", "best", []),
        ("parks AND", "all", ["best"]),
    ],
)
def test_the_steps_of_a_query(text: str, mode: Mode, modes: list[str]) -> None:
    """A phrase comes down by all of its words to any of them, all words to any; what is loose has no step."""
    assert [step.mode for step in steps(text, mode)] == modes


@given(st.text(max_size=60), st.sampled_from(MODES))
def test_any_text_has_few_steps(text: str, mode: Mode) -> None:
    """Any text has at most two steps down, each with a reason."""
    found = list(steps(text, mode))
    assert len(found) <= 2
    assert all(step.reason for step in found)


def excluded(node: syntax.Node) -> list[syntax.Node]:
    """What a tree excludes."""
    match node:
        case syntax.Sequence(clauses):
            return [part for sign, part in clauses if sign == "-"] + [
                each for sign, part in clauses if sign != "-" for each in excluded(part)
            ]
        case syntax.Both(parts) | syntax.Either(parts):
            return [each for part in parts for each in excluded(part)]
        case syntax.Negated(part):
            return [part]
        case _:
            return []


@given(
    st.lists(
        st.sampled_from(
            ["parks", "+health", '"park life"', "-roads", "(a OR b)", "(a NOT c)", "council:leeds", "AND", "OR", "NOT"]
        ),
        max_size=7,
    ).map(" ".join)
)
def test_what_is_excluded_stays_excluded(text: str) -> None:
    """No step down brings in what the reader asked to leave out."""
    try:
        asked = syntax.read(text)
    except syntax.Malformed:
        return
    for step in steps(text, "best"):
        if isinstance(step.query, syntax.Sequence):
            assert len(excluded(step.query)) == len(excluded(asked))


def test_all_of_the_words(starter_engine: WhooshEngine) -> None:
    """Where no case study has all of the words, those that have some of them are shown, and the note says so."""
    results = ask(starter_engine, "xylophone libraries hubs", mode="all")
    note = relaxed(results)
    assert "all of these words" in note.text
    assert note.query == "xylophone libraries hubs"
    best = ask(starter_engine, "xylophone libraries hubs")
    assert (results.total, ids(results)) == (best.total, ids(best))
    assert results.facets == best.facets
    assert results.read_as == "xylophone OR libraries OR hubs"
    literal = ask(starter_engine, "xylophone libraries hubs", mode="all", literal=True)
    assert (literal.total, literal.notes) == (0, ())


def test_an_exact_phrase(starter_engine: WhooshEngine) -> None:
    """A phrase that nobody wrote gives the records with all of its words, nearest together first."""
    results = ask(starter_engine, "hubs library community", mode="phrase")
    assert "side by side" in relaxed(results).text
    assert ids(results) == ids(ask(starter_engine, "hubs library community", mode="all", literal=True))


def test_a_quoted_phrase(starter_engine: WhooshEngine) -> None:
    """So does a phrase in quotation marks; the other words stay what they were."""
    results = ask(starter_engine, '"hubs library community" wigan')
    assert "side by side" in relaxed(results).text
    assert ids(results) == ids(ask(starter_engine, "+hubs +library +community", literal=True))


def test_required_words(starter_engine: WhooshEngine) -> None:
    """A required word that no case study has is required no more."""
    results = ask(starter_engine, "+libraries +xylophone")
    assert relaxed(results).query == "+libraries +xylophone"
    assert ids(results) == ids(ask(starter_engine, "libraries", literal=True))


def test_fields_and_exclusions_hold(starter_engine: WhooshEngine) -> None:
    """Fields that say which records are meant, and what is excluded, are never relaxed; some word must match."""
    results = ask(starter_engine, "+health +xylophone -deal council:wigan")
    assert relaxed(results)
    wigan = ids(ask(starter_engine, "council:wigan", literal=True))
    health = ids(ask(starter_engine, "health", literal=True))
    deal = ids(ask(starter_engine, "deal", literal=True))
    assert ids(results) == (wigan & health) - deal
    assert ask(starter_engine, "+xylophone council:wigan").total == 0


def test_filters_are_never_relaxed(starter_engine: WhooshEngine) -> None:
    """Where filters leave nothing, the answer is empty and says what each filter costs; the words stay as asked."""
    filters = {"council": ["Darlington Borough Council"]}
    results = ask(starter_engine, "libraries hubs", mode="all", filters=filters)
    assert (results.total, results.notes) == (0, ())
    assert [relief.facet for relief in results.reliefs] == ["council"]


def test_what_is_found_by_no_word_stays_empty(starter_engine: WhooshEngine) -> None:
    """Where no step finds anything, nothing is claimed to have been relaxed."""
    results = ask(starter_engine, "xylophone zither", mode="all")
    assert results.total == 0
    assert [note.code for note in results.notes] == []
    assert [word.count for word in results.words] == [0, 0]


def test_little_was_found(starter_engine: WhooshEngine) -> None:
    """An answer of one or two says how many more have some of the words, and stays as it is."""
    strict = "cumbria budgets consortia"
    results = ask(starter_engine, strict, mode="all")
    assert 0 < results.total < FEW
    (note,) = [note for note in results.notes if note.code == "few"]
    assert str(ask(starter_engine, strict).total) in note.text
    assert results.total == ask(starter_engine, strict, mode="all", literal=True).total
    loose = next(note for note in ask(starter_engine, "+cumbria +budgets +consortia").notes if note.code == "few")
    assert loose.query is not None
    assert ask(starter_engine, loose.query).total == ask(starter_engine, strict).total


def test_a_relaxed_hit_can_be_explained(starter_engine: WhooshEngine) -> None:
    """The explanation of a hit reads the query as the answer did."""
    request = SearchRequest("xylophone libraries", mode="all")
    hit = starter_engine.search(request).hits[0]
    explained = starter_engine.explain(request, hit.id)
    assert explained is not None
    assert explained.value == pytest.approx(hit.score, rel=1e-5)
    assert starter_engine.explain(request.but(literal=True), hit.id) is None
