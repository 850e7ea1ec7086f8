"""Councils: what they are called, where they lie, what became of them."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.gazetteer import Council, gazetteer, may_name_council, written_names

NAMES = {
    # official names, as they stand and as people type them
    "Leeds City Council": "Leeds City Council",
    "leeds city council": "Leeds City Council",
    "  LEEDS   City-Council ": "Leeds City Council",
    "North Yorkshire County Council": "North Yorkshire County Council",
    "Somerset County Council": "Somerset County Council",
    "City of York Council": "City of York Council",
    "London Borough of Hammersmith and Fulham": "London Borough of Hammersmith & Fulham",
    "Telford and Wrekin Council": "Telford & Wrekin Council",
    "Borough Council of King's Lynn & West Norfolk": "Borough Council of Kings Lynn and West Norfolk",
    "King’s Lynn and West Norfolk": "Borough Council of Kings Lynn and West Norfolk",
    "Armagh City, Banbridge & Craigavon Borough Council": "Armagh City, Banbridge and Craigavon Borough Council",
    # London boroughs
    "LB Brent": "London Borough of Brent",
    "Brent LBC": "London Borough of Brent",
    "London Borough of Brent": "London Borough of Brent",
    "Brent Council": "London Borough of Brent",
    "Brent London Borough Council": "London Borough of Brent",
    "brent london boro": "London Borough of Brent",
    "Brent": "London Borough of Brent",
    "LBBD": "London Borough of Barking and Dagenham",
    "Barking": "London Borough of Barking and Dagenham",
    "Royal Borough of Greenwich": "Royal Borough of Greenwich",
    "LB Greenwich": "Royal Borough of Greenwich",
    "RBKC": "Royal Borough of Kensington and Chelsea",
    "Westminster City Council": "City of Westminster",
    "City of London": "City of London Corporation",
    # places
    "Brighton": "Brighton and Hove City Council",
    "Brighton & Hove": "Brighton and Hove City Council",
    "Bristol": "Bristol City Council",
    "Hull": "Hull City Council",
    "Kingston upon Hull": "Hull City Council",
    "Kingston upon Thames": "Royal Borough of Kingston upon Thames",
    "Newcastle": "Newcastle City Council",
    "Newcastle upon Tyne": "Newcastle City Council",
    "Newcastle-under-Lyme": "Newcastle-under-Lyme Borough Council",
    "Bath": "Bath and North East Somerset Council",
    "Stoke": "Stoke-on-Trent City Council",
    "Southend": "Southend-on-Sea Borough Council",
    "St. Helens": "St Helens Council",
    "St Albans": "St Albans City and District Council",
    "Durham": "Durham County Council",
    "Perth": "Perth and Kinross Council",
    "Windsor": "Royal Borough of Windsor and Maidenhead",
    # the kind of council, written in full or short
    "Wigan MBC": "Wigan Metropolitan Borough Council",
    "Wigan Metropolitan Borough": "Wigan Metropolitan Borough Council",
    "Bradford MDC": "City of Bradford Metropolitan District Council",
    "Kent CC": "Kent County Council",
    "Leeds CC": "Leeds City Council",
    "Mid Suffolk DC": "Mid Suffolk District Council",
    "City of Lincoln": "City of Lincoln Council",
    "Borough of Broxbourne": "Broxbourne Borough Council",
    "Rutland CC": "Rutland County Council",
    "Wrexham County Borough": "Wrexham County Borough Council",
    "Cornwall County Council": "Cornwall Council",
    "The Moray Council": "The Moray Council",
    # a name shared by a former and a current council means the current one
    "North Yorkshire": "North Yorkshire Council",
    "Somerset": "Somerset Council",
    "Buckinghamshire": "Buckinghamshire Council",
    "Dorset": "Dorset Council",
    "Dorset County": "Dorset County Council",
    # a former council that shares its name with nobody is itself
    "Bournemouth": "Bournemouth Borough Council",
    "Craven": "Craven District Council",
    # old and new names, other languages
    "Shepway District Council": "Folkestone and Hythe District Council",
    "Colchester City Council": "Colchester Borough Council",
    "Doncaster Metropolitan Borough Council": "City of Doncaster Council",
    "Caerdydd": "City of Cardiff Council",
    "Ynys Mon": "Isle of Anglesey County Council",
    "Western Isles": "Comhairle nan Eilean Siar",
    # combined authorities
    "GMCA": "Greater Manchester Combined Authority",
    "West Midlands Combined Authority": "West Midlands Combined Authority",
    "Tees Valley CA": "Tees Valley Combined Authority",
}


@pytest.mark.parametrize(("written", "official"), NAMES.items())
def test_resolve(written: str, official: str) -> None:
    """A written name means the council that a reader would take it for."""
    council = gazetteer().resolve(written)
    assert council is not None
    assert council.name == official


@pytest.mark.parametrize(
    "written",
    [
        "",
        "  ",
        "---",
        "Council",
        "City Council",
        "County",
        "the",
        "London",  # which of the 33?
        "Kingston",  # upon Hull or upon Thames?
        "Cheshire",  # East or West?
        "Sussex",
        "Derby County Council",  # there is Derby City and there is Derbyshire
        "Kent Borough Council",
        "Leeds District Combined Authority",
        "Cheshire Fire Authority",
        "Lowestoft Town Council",
        "Atlantis Borough Council",
    ],
)
def test_not_certain_is_none(written: str) -> None:
    """What names no council, or more than one, is not guessed."""
    assert gazetteer().resolve(written) is None


@given(st.text(max_size=60))
def test_resolve_is_total(text: str) -> None:
    """Any text may be asked for."""
    council = gazetteer().resolve(text)
    assert council is None or isinstance(council, Council)


def test_every_spelling_leads_to_its_council() -> None:
    """Every spelling of every council resolves to it, or to the current council of the same name."""
    places = gazetteer()
    for council in places.councils:
        for name in places.names_of(council):
            found = places.resolve(name)
            assert found is not None
            assert found is council or (found.name in council.successors and name == found.short_name)


def test_official_names_win() -> None:
    """An official name always resolves to its own council, whatever others are called."""
    assert all(gazetteer().resolve(council.name) is council for council in gazetteer().councils)


def test_names_of() -> None:
    """The spellings worth indexing: official, short, aliases and the London forms, each once."""
    places = gazetteer()
    brent = places.by_name["London Borough of Brent"]
    assert places.names_of(brent) == ("London Borough of Brent", "Brent", "LB Brent")
    names = places.names_of(places.by_name["Bournemouth, Christchurch and Poole Council"])
    assert {"BCP", "Bournemouth, Christchurch and Poole"} <= set(names)


def test_current_follows_chains() -> None:
    """A former council is followed through every merger to the councils of today."""
    places = gazetteer()

    def today(name: str) -> set[str]:
        return {council.name for council in places.current(places.by_name[name])}

    assert today("Leeds City Council") == {"Leeds City Council"}
    assert today("Taunton Deane Borough Council") == {"Somerset Council"}  # by way of Somerset West and Taunton
    assert today("Cumbria County Council") == {"Cumberland Council", "Westmorland and Furness Council"}
    assert today("Ballymena Borough Council") == {"Mid and East Antrim Borough Council"}


def test_every_former_council_has_a_current_successor() -> None:
    """Nobody who follows successions is left with nothing."""
    assert all(gazetteer().current(council) for council in gazetteer().councils)


def test_predecessors_mirror_successors() -> None:
    """B succeeds A exactly if A precedes B."""
    places = gazetteer()
    forward = {(council.name, name) for council in places.councils for name in council.successors}
    backward = {(name, council.name) for council in places.councils for name in council.predecessors}
    assert forward == backward
    assert all(not places.by_name[old].is_current for old, _ in forward)


def test_typed_facts() -> None:
    """Dates, numbers and references are typed; what the source does not give is None."""
    places = gazetteer()
    cumbria = places.by_name["Cumbria County Council"]
    assert (cumbria.end_date, cumbria.population, cumbria.is_current) == (date(2023, 4, 1), 499_781, False)
    blaby = places.by_name["Blaby District Council"]
    assert (blaby.county, blaby.region, blaby.start_date) == ("Leicestershire County Council", "East Midlands", None)
    assert places.by_name["Leeds City Council"].combined_authority == "West Yorkshire Combined Authority"
    assert places.by_name["Derry City Council"].population is None


def test_the_whole_table() -> None:
    """470 councils with unique names and slugs, on the map of the United Kingdom, with names fit to print."""
    councils = gazetteer().councils
    assert len(councils) == len(gazetteer().by_name) == len(gazetteer().by_slug) == 470
    for council in councils:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", council.slug), council.slug
        assert council.lat is None or 49 < council.lat < 61.5
        assert council.lon is None or -9 < council.lon < 2
        assert (council.lat is None) == (council.lon is None)
        for name in (council.name, council.short_name, *council.aliases):
            assert name == " ".join(name.split())
            assert not set(name) & set("ï¿½¾_")
    assert len(gazetteer().regions()) == 12
    assert "London borough" in gazetteer().types()


def test_nearest() -> None:
    """A slip of the pen is answered with the official name, whichever spelling it was near."""
    assert gazetteer().nearest("Briggton and Hove")[0] == "Brighton and Hove City Council"
    assert gazetteer().nearest("Shepwey", limit=1) == ("Folkestone and Hythe District Council",)
    assert gazetteer().nearest("zzzzzzzz") == ()


def test_a_cheap_look_never_misses_a_council() -> None:
    """What `resolve` finds, `may_name_council` lets through: every name, place and spelling of every council."""
    known = gazetteer()
    for council in known.councils:
        for name in (*known.names_of(council), f"the {council.short_name} council", f"{council.short_name} UA".upper()):
            assert known.resolve(name) is None or may_name_council(name), name
    assert may_name_council("Brighton")
    assert not may_name_council("")
    assert not may_name_council("health inequalities in deprived areas")


def test_written_names_are_those_of_the_gazetteer() -> None:
    """The names that are read without the gazetteer are its own."""
    assert list(written_names()) == [name for each in gazetteer().councils for name in (each.name, *each.aliases)]
