"""Places that are no council's name, and what became of former councils."""

from __future__ import annotations

import pytest
from strategies import engine_over

from corpus import CaseStudy
from corpus.errors import BadInput
from corpus.gazetteer import gazetteer
from index.analysis import Analyser
from search.known_phrases import PhraseTable
from search.places import Place, former_councils, listed_places, places
from search.read_words import WordReader
from search.request import SearchRequest
from search.results import SearchResults
from search.whoosh_engine import WhooshEngine

READER = WordReader(Analyser(), lambda _: None)
TABLE: PhraseTable[Place] = PhraseTable.of(places())


def meant(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each place in a text with all the councils that it stands for."""
    return [
        (each.typed, tuple(name for place in each.meanings for name in place.councils))
        for each in TABLE.find(READER.clauses(text), text)
    ]


def ask(engine: WhooshEngine, text: str, **options: object) -> SearchResults:
    return engine.search(SearchRequest(text, limit=200, snippets=False).but(**options))


def record(id: str, title: str, *councils: str) -> CaseStudy:
    return CaseStudy(id=id, title=title, summary="", body="What was done.", councils=councils)


def test_every_place_names_councils() -> None:
    """The list reads, every council of it is in the gazetteer, and every place has a reason."""
    for _, place in places():
        if place is not None:
            assert place.councils or place.regions
            assert place.reason
            assert set(place.councils) <= set(gazetteer().by_name)
            assert set(place.regions) <= set(gazetteer().regions())


def test_an_unknown_council_is_named() -> None:
    """A place with a council that nobody knows is refused, with the nearest names."""
    with pytest.raises(BadInput, match=r"'Leeds Council' at 'Airedale' is no council .*Leeds City Council"):
        list(listed_places([{"place": "Airedale", "councils": "Leeds Council", "reason": "on the river"}]))


def test_a_listed_former_council_brings_its_successors() -> None:
    """A curator who names Cumbria County Council need not name what it became."""
    row = {"place": "Lakeland", "councils": "Cumbria County Council", "reason": "in Cumbria"}
    ((_, place),) = listed_places([row])
    assert place.councils == ("Cumbria County Council", "Cumberland Council", "Westmorland and Furness Council")


def test_every_former_council_with_a_new_name_is_known() -> None:
    """Each council that went up in one of another name is known by its old name, and leads to a current council."""
    known = dict(former_councils(gazetteer()))
    assert len(known) > 100
    for place in known.values():
        assert all(gazetteer().by_name[name].is_current for name in place.councils)
    assert known["Suffolk Coastal"].councils == ("East Suffolk Council",)
    assert "Somerset" not in known


@pytest.mark.parametrize(
    ("text", "typed", "council"),
    [
        ("Lake District GP budgets", "Lake District", "Westmorland and Furness Council"),
        ("tourism in the lakes", "the lakes", "Cumbria County Council"),
        ("black country jobs", "black country", "Dudley Metropolitan Borough Council"),
        ("Teesside", "Teesside", "Middlesbrough Borough Council"),
        ("Cumbria", "Cumbria", "Cumberland Council"),
        ("cumbria county council budgets", "cumbria county council", "Cumberland Council"),
        ("Taunton Deane homes", "Taunton Deane", "Somerset Council"),
        ("Northampton", "Northampton", "West Northamptonshire Council"),
        ("Harrogate spa", "Harrogate", "North Yorkshire Council"),
    ],
)
def test_places_stand_for_councils(text: str, typed: str, council: str) -> None:
    """Areas, towns and former councils bring the councils that work there today."""
    (found,) = meant(text)
    assert found[0] == typed
    assert council in found[1]


@pytest.mark.parametrize(
    "text",
    [
        "North Somerset", "West Berkshire", "Cheshire East housing", "Redcar and Cleveland", "Leeds", "lake",
        "district", "lakes and ponds", "north", "the south and the east", "Scottish Borders", "get down",
        "North East Lincolnshire", "North West Leicestershire", "City of London", "Bath and North East Somerset",
        "East Sussex", "sea and town", "", "South Gloucestershire",
    ],
)  # fmt: skip
def test_what_is_no_such_place(text: str) -> None:
    """Names of current councils hide the places in them, and ordinary words are none."""
    assert meant(text) == []


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("energy schemes in Scotland", ("Scotland",)),
        ("Welsh councils", ("Wales",)),
        ("buses in the north east", ("North East",)),
        ("Yorkshire and the Humber", ("Yorkshire and The Humber",)),
        ("Midlands jobs", ("East Midlands", "West Midlands")),
    ],
)
def test_names_of_regions_stand_for_all_that_lies_there(text: str, regions: tuple[str, ...]) -> None:
    """Nations and regions are places too, under their usual names."""
    (found,) = TABLE.find(READER.clauses(text), text)
    (place,) = found.meanings
    assert place.regions == regions
    assert place.councils == ()


def test_every_region_is_a_place() -> None:
    """Whoever types the name that the filter shows finds what the filter finds."""
    listed = {region for _, place in places() if place is not None for region in place.regions}
    assert listed == set(gazetteer().regions())


def test_a_region_finds_what_lies_in_it() -> None:
    """Records rarely say in which nation their council lies: its name finds them all, and the answer says so."""
    records = [
        CaseStudy(id="a", title="Heat from the river", summary="", body="What was done.", region="Scotland"),
        CaseStudy(id="b", title="Heat from the river", summary="", body="What was done.", region="North West"),
        CaseStudy(id="c", title="Homes", summary="", body="What was done.", region="Scotland"),
        CaseStudy(id="d", title="Parks", summary="", body="What was done.", region="North West"),
    ]
    with engine_over([records]) as engine:
        results = ask(engine, "heat in Scotland")
        assert [hit.id for hit in results.hits[:1]] == ["a"]
        assert {hit.id for hit in results.hits} >= {"a", "b", "c"}
        assert results.total == 3
        (note,) = results.notes
        assert note.text == (
            "Also searched for case studies from anywhere in Scotland; the total and the counts include them."
        )
        assert note.offers == ("Scotland",)
        assert "c" not in {hit.id for hit in ask(engine, "heat in Scotland", omit=("Scotland",)).hits[:2]}


def test_a_place_finds_what_its_councils_did() -> None:
    """A record of a council of the place is found although no text of it names the place; the answer says so."""
    records = [
        record("a", "Walks by the lake", "Leeds City Council"),
        record("b", "Homes for nurses", "Westmorland and Furness Council"),
        record("c", "Lake District visitors"),
        record("d", "Parks", "Leeds City Council"),
    ]
    with engine_over([records]) as engine:
        results = ask(engine, "Lake District")
        assert results.hits[0].id == "c"
        assert {hit.id for hit in results.hits} == {"a", "b", "c"}
        (note,) = results.notes
        assert note.code == "place"
        assert "Westmorland and Furness Council (Lake District)" in note.text
        assert note.query == "Lake District"
        assert results.total == 3
        assert 'council:"Westmorland and Furness Council"' in results.read_as
        council = results.facets["council"].buckets[0]
        assert (council.value, council.count) == ("Leeds City Council", 1)
        assert ask(engine, "Lake District", literal=True).total == 2
        assert {hit.id for hit in ask(engine, "Lake District homes", mode="all").hits} == {"b"}
        explained = engine.explain(SearchRequest("Lake District"), "b")
        assert explained is not None
        assert explained.name == "a council of Lake District"


def test_no_council_of_the_place_in_the_collection() -> None:
    """Where no council of the place has a case study, nothing is added and nothing said."""
    with engine_over([[record("a", "Black country roads", "Leeds City Council")]]) as engine:
        assert ask(engine, "Black Country").notes == ()


def test_a_former_name_finds_the_work_of_today(starter_engine: WhooshEngine) -> None:
    """Who searches for Cumbria also sees what its successors did."""
    results = ask(starter_engine, "Cumbria")
    councils = {name for hit in results.hits for name in hit.record.councils}
    assert {"Cumbria County Council", "Westmorland and Furness Council"} <= councils
    assert [note.code for note in results.notes] == ["place"]


def test_a_current_council_is_found_by_its_name(starter_engine: WhooshEngine) -> None:
    """The name of a council needs no note: it stands in the index with every alias."""
    results = ask(starter_engine, "Brighton")
    assert results.notes == ()
    assert "Brighton and Hove City Council" in results.hits[0].record.councils
