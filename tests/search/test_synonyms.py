"""Synonyms: the curator's list, and what it adds to a question."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import WORDS, corpora, engine_over
from whoosh.query import Query

from corpus import CaseStudy
from corpus.errors import BadInput
from index.analysis import Analyser
from search.expansion import APART, Expander
from search.known_phrases import PhraseTable, singular, words_of
from search.read_words import WordReader
from search.request import SearchRequest
from search.results import Explanation, SearchResults
from search.synonyms import Synonym, read_synonyms, synonyms
from search.whoosh_engine import WhooshEngine

READER = WordReader(Analyser(), lambda _: None)


def ask(engine: WhooshEngine, text: str, **options: object) -> SearchResults:
    return engine.search(SearchRequest(text, limit=200, snippets=False, facets=("theme",)).but(**options))


def found(table: PhraseTable[str], text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.typed, each.meanings) for each in table.find(READER.clauses(text), text)]


def row(**changes: str) -> dict[str, str]:
    return {"from": "bins", "to": "waste", "direction": "one-way", "weight": "0.7", "reason": "plain word"} | changes


# The list


def test_every_entry_can_be_used() -> None:
    """Each row of the list reads, has a reason, and adds something else than what was typed."""
    entries = synonyms()
    assert len(entries) > 300
    assert all(synonym.reason for _, synonym in entries)
    assert [phrase for phrase, synonym in entries if words_of(phrase) == words_of(synonym.text)] == []


def test_no_entry_stands_twice() -> None:
    """A phrase leads to another one once: two weights for one thing would contradict each other."""
    pairs = [(words_of(phrase), words_of(synonym.text)) for phrase, synonym in synonyms()]
    assert {pair for pair in pairs if pairs.count(pair) > 1} == set()


def test_the_list_is_a_plain_table() -> None:
    """Every row of the file has the five cells that its head names, so that a spreadsheet shows it right."""
    import search

    text = (Path(search.__file__).parent / "data" / "synonyms.csv").read_text(encoding="utf-8")
    table = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))
    assert {len(cells) for cells in table} == {5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"direction": "either"}, "direction 'either'"),
        ({"weight": "2"}, "weight '2'"),
        ({"weight": "much"}, "weight 'much'"),
        ({"weight": ""}, "weight ''"),
        ({"to": ""}, "needs a phrase"),
        ({"from": " | "}, "needs a phrase"),
    ],
)
def test_a_wrong_row_is_named(changes: dict[str, str], message: str) -> None:
    """A row that cannot be used is refused with what is wrong in it."""
    with pytest.raises(BadInput, match=message):
        list(read_synonyms([row(**changes)]))


def test_a_direction_is_kept() -> None:
    """One-way leads from the first phrase to the second only; both leads back as well."""
    one_way = list(read_synonyms([row(**{"from": "bins|dustbins"})]))
    assert [(phrase, synonym.text) for phrase, synonym in one_way] == [("bins", "waste"), ("dustbins", "waste")]
    both = list(read_synonyms([row(**{"from": "=SEND", "to": "special needs", "direction": "both"})]))
    assert [(phrase, synonym.text) for phrase, synonym in both] == [
        ("=SEND", "special needs"),
        ("special needs", "SEND"),
    ]


@pytest.mark.parametrize(
    ("text", "alien"),
    [
        ("health visitors and new parents", "tourism"),
        ("community centres in villages", "town centres"),
        ("children looked after", "older people"),
        ("loneliness", "isolated"),
        ("stop smoking services", "shared services"),
    ],
)
def test_a_longer_phrase_keeps_false_friends_away(text: str, alien: str) -> None:
    """A word that means something else in a phrase is not taken for itself: health visitors are no tourists."""
    table = PhraseTable.of(synonyms())
    meant = {each.text for found in table.find(READER.clauses(text), text) for each in found.meanings}
    assert alien not in meant


# Finding phrases


@pytest.mark.parametrize(
    ("phrase", "text", "typed"),
    [
        ("GP", "how GPs work", "GPs"),
        ("gp", "GP", "GP"),
        ("old folk", "stopping old folk falling", "old folk"),
        ("old folk", "old and folk", None),
        ("old folk", "folk old", None),
        ("=SEND", "SEND support", "SEND"),
        ("=SEND", "send support", None),
        ("anti-social behaviour", "anti social behaviour in parks", "anti social behaviour"),
        ("out of work", "work", None),
        ("out of work", "people out of work", "out of work"),
        ("cost of living", "the cost of living crisis", "cost of living"),
        ("communities", "community", "community"),
        ("library's", "libraries", "libraries"),
        ("bus", "buses", None),
    ],
)
def test_phrases_are_found_as_people_write_them(phrase: str, text: str, typed: str | None) -> None:
    """Case, plural's s and hyphens do not matter; order, stop words and "=" do."""
    expected = [] if typed is None else [(typed, ("meaning",))]
    assert found(PhraseTable.of([(phrase, "meaning")]), text) == expected


def test_the_longest_phrase_wins() -> None:
    """A longer phrase hides the shorter ones in it, and a phrase without meaning hides them too."""
    table: PhraseTable[str] = PhraseTable.of(
        [("care", "a"), ("care home", "b"), ("care leaver", None), ("care home", "c")]
    )
    assert found(table, "care homes and care") == [("care homes", ("b", "c"))]
    assert found(table, "care leavers") == []


@given(st.text(max_size=20), st.text(max_size=40))
def test_any_phrase_and_any_text(phrase: str, text: str) -> None:
    """No phrase and no text can make the search for phrases fail, and what is found stands in the clauses."""
    table = PhraseTable.of([(phrase, "meaning"), ("health", "other")])
    clauses = READER.clauses(text)
    until = 0
    for each in table.find(clauses, text):
        assert until <= each.start < each.end <= len(clauses)
        until = each.end


@pytest.mark.parametrize(
    ("word", "expected"),
    [("parks", "park"), ("glass", "glass"), ("bus", "bus"), ("gps", "gp"), ("us", "us"), ("cities", "city")],
)
def test_plurals(word: str, expected: str) -> None:
    """Only a plain plural's s is cut; words that end in ss, us or is stay."""
    assert singular(word) == expected


# What they add


@pytest.mark.parametrize(
    ("typed", "added"),
    [
        ("ASB", "anti-social behaviour"),
        ("BAME", "ethnic minorities"),
        ("old folk", "older people"),
        ("kids", "children"),
        ("bins", "waste collection"),
        ("HMO", "houses in multiple occupation"),
        ("jobless", "unemployed"),
        ("deprived", "disadvantaged"),
        ("disadvantaged", "deprived"),
    ],
)
def test_the_usual_words_are_searched_for_as_well(starter_engine: WhooshEngine, typed: str, added: str) -> None:
    """Plain words and acronyms find what councils write, and the answer says so."""
    results = ask(starter_engine, typed)
    (note,) = [note for note in results.notes if note.code == "synonym"]
    assert f"“{added}” ({typed})" in note.text
    assert note.query == typed
    assert results.total > ask(starter_engine, typed, literal=True).total
    assert added in results.read_as


@pytest.mark.parametrize("typed", ["older people", "waste collection", "children"])
def test_who_types_the_usual_word_gets_no_plain_one(starter_engine: WhooshEngine, typed: str) -> None:
    """A direction is a direction: "older people" does not bring "old folk"."""
    assert not any(word in ask(starter_engine, typed).read_as for word in ("folk", "bins", "kids", "elderly"))


@pytest.mark.parametrize("mode", ["best", "all"])
def test_within_the_clause(starter_engine: WhooshEngine, mode: str) -> None:
    """With all of the words, a synonym stands for its own words only: every other word must still match."""
    results = ask(starter_engine, "kids libraries", mode=mode)
    every = {hit.id for hit in ask(starter_engine, "children libraries", mode=mode, literal=True).hits}
    assert every <= {hit.id for hit in results.hits}
    if mode == "all":
        libraries = {hit.id for hit in ask(starter_engine, "libraries", literal=True).hits}
        assert {hit.id for hit in results.hits} <= libraries


@pytest.mark.parametrize("text", ['"GP" homes', "-GP homes", "title:GP homes", "GP* homes"])
def test_what_was_marked_is_left_alone(starter_engine: WhooshEngine, text: str) -> None:
    """Quoted words, excluded words, beginnings of words and words of one field have no synonyms."""
    assert [note for note in ask(starter_engine, text).notes if note.code == "synonym"] == []


def test_a_synonym_that_finds_nothing_is_not_told(starter_engine: WhooshEngine) -> None:
    """Nobody is told about words that no case study holds."""
    assert ask(starter_engine, "SuDS").notes == ()


def test_the_words_typed_come_first() -> None:
    """Of two records alike, the one with the word typed stands before the one with its synonym."""
    records = [
        CaseStudy(id=id, title=title, summary="A council did some work.", body="It went well.")
        for id, title in (("a-synonym", "The jobless in towns"), ("b-typed", "The unemployed in towns"))
    ]
    with engine_over([[*records, CaseStudy(id="c", title="Other", summary="", body="Parks.")]]) as engine:
        assert [hit.id for hit in ask(engine, "unemployed").hits] == ["b-typed"]
        results = ask(engine, "jobless")
        assert [hit.id for hit in results.hits] == ["a-synonym", "b-typed"]
        assert results.hits[0].score > results.hits[1].score > 0


COMMON = [CaseStudy(id=f"common-{at}", title="Gardens", body="Shared gardens and services.") for at in range(20)]
"""Records that hold the words of "shared services", but not side by side."""


def test_a_synonym_of_common_words_counts_as_one_rare_word() -> None:
    """Who merges services means "shared services" rather than anything that was merged."""
    named = CaseStudy(id="named", title="Trading standards", body="Two councils run shared services with one manager.")
    body = "Two councils were merging grants with one manager."
    merging = [CaseStudy(id=f"merging-{at}", title="Funding", body=body) for at in range(4)]
    with engine_over([[*COMMON, named, *merging]]) as engine:
        assert ask(engine, "merging services").hits[0].id == "named"


def test_a_phrase_with_synonyms_counts_as_one_word_too() -> None:
    """The typed words side by side are what was meant; apart they match as ever."""
    named = CaseStudy(id="named", title="Trading standards", body="Two councils run shared services with one manager.")
    joint = CaseStudy(id="joint", title="Managers", body="The joint management of two councils.")
    apart = CaseStudy(id="apart", title="Services", body="Services, services. " + "Gardens are shared. " * 9)
    with engine_over([[*COMMON, named, joint, apart]]) as engine:
        results, plain = ask(engine, "shared services"), ask(engine, "shared services", literal=True)
        assert plain.hits[0].id == "apart"
        assert [hit.id for hit in results.hits if hit.id != "joint"][:2] == ["named", "apart"]
        assert {hit.id for hit in results.hits} == {hit.id for hit in plain.hits} | {"joint"}
        explained = engine.explain(SearchRequest("shared services"), "named")
        assert explained is not None
        (scored,) = (hit.score for hit in results.hits if hit.id == "named")
        assert explained.value == pytest.approx(scored, rel=1e-5)
        assert "“shared services” as one term" in names(explained)


def test_explanations_name_the_synonym(starter_engine: WhooshEngine) -> None:
    """The part of a score that a synonym gave has its name, and the parts still sum up."""
    best = ask(starter_engine, "ASB").hits[0]
    explained = starter_engine.explain(SearchRequest("ASB"), best.id)
    assert explained is not None
    assert explained.value == pytest.approx(best.score, rel=1e-5)
    assert "synonym “anti-social behaviour”" in names(explained)


def names(part: Explanation) -> set[str]:
    return {part.name}.union(*map(names, part.details))


def test_matches_of_a_synonym_are_marked(starter_engine: WhooshEngine) -> None:
    """A page shows why a record was found: the synonym's words are marked in it."""
    results = starter_engine.search(SearchRequest("kids", limit=5))
    texts = [
        piece.lower()
        for hit in results.hits
        for passage in hit.snippet.passages
        for piece, matched in passage.marked.parts()
        if matched
    ]
    assert any(text.startswith("child") for text in texts)


@settings(max_examples=30)
@given(corpora(), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join))
def test_synonyms_only_add(records: list[CaseStudy], text: str) -> None:
    """With synonyms, every record that matched before matches still, and none scores less by its words."""
    entries = [("health", Synonym("police", 0.5, "test")), ("the parks", Synonym("co-production", 0.9, "test"))]
    with engine_over([records]) as engine:

        def count(query: Query) -> int:
            return sum(map(len, engine.score(query)))

        expander = Expander(engine.parser.reader, engine.collection, count, entries)
        plain = engine.parser.parse(text).query
        meant = engine.parser.parse(text, "best", expander).query
        if plain is None or meant is None:
            return
        for before, after in zip(engine.score(plain), engine.score(meant), strict=True):
            now = dict(zip(after.docs.tolist(), after.scores().tolist(), strict=True))
            for doc, score in zip(before.docs.tolist(), before.scores().tolist(), strict=True):
                assert now[doc] >= score - 1e-5


def test_a_known_phrase_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a curator's phrase matches is kept at hand, unless it is much; answers are the same either way."""
    records = [
        CaseStudy(id="a", title="Shared services", summary="", body="Two councils share services."),
        CaseStudy(id="b", title="Services", summary="", body="What was shared."),
    ]
    with engine_over([records]) as engine:
        (evaluator,) = engine.evaluators
        asked = SearchRequest("merging services", facets=(), snippets=False)
        first = [(hit.id, hit.score) for hit in engine.search(asked).hits]
        kept = dict(evaluator._phrases)
        assert kept
        assert [(hit.id, hit.score) for hit in engine.search(asked).hits] == first
        assert evaluator._phrases == kept
    monkeypatch.setattr("search.evaluate_query.REMEMBERED_DOCS", -1)
    with engine_over([records]) as engine:
        assert [(hit.id, hit.score) for hit in engine.search(asked).hits] == first
        assert not engine.evaluators[0]._phrases


def test_words_of_a_phrase_count_less_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side the words of a known phrase stand for one thing and count in full; here and there, less."""
    records = [
        CaseStudy(id="a", title="Work", summary="", body="Making money at last, all of it."),
        CaseStudy(id="b", title="Work", summary="", body="Making it at last, and all money."),
        CaseStudy(id="c", title="Income generation", summary="", body="What was done."),
        *(CaseStudy(id=f"other-{at}", title="Other things", summary="", body="What was done.") for at in range(6)),
    ]

    def scores() -> dict[str, float]:
        with engine_over([records]) as engine:
            query = engine.understanding.read(SearchRequest("making money")).parsed.query
            assert query is not None
            (found,) = engine.score(query)
            return dict(zip("abc", found.scores().tolist(), strict=True))

    now = scores()
    monkeypatch.setattr("search.expansion.APART", 1.0)
    once = scores()
    assert now["a"] == once["a"] == once["b"]
    assert now["b"] == pytest.approx(APART * once["b"])
    assert now["c"] == once["c"] > 0.0
