"""A reader takes back one synonym or place and keeps the others."""

from __future__ import annotations

from search.request import SearchRequest
from search.whoosh_engine import WhooshEngine

QUERY = "ASB young people in the Lake District"


def offered(engine: WhooshEngine, omit: tuple[str, ...] = ()) -> list[str]:
    """What the notes of an answer offer to take back."""
    notes = engine.search(SearchRequest(QUERY, omit=omit)).notes
    return [meaning for note in notes for meaning in note.offers]


def test_every_offer_can_be_taken_back_by_itself(starter_engine: WhooshEngine) -> None:
    """What is omitted is not searched for and not spoken of; the rest stays; totals never grow."""
    everything = offered(starter_engine)
    assert "anti-social behaviour" in everything
    assert "Lake District" in everything
    total = starter_engine.search(SearchRequest(QUERY)).total
    for meaning in everything:
        results = starter_engine.search(SearchRequest(QUERY, omit=(meaning,)))
        assert offered(starter_engine, (meaning,)) == [each for each in everything if each != meaning]
        assert results.total <= total
        assert all(f"“{meaning}”" not in note.text for note in results.notes)


def test_everything_taken_back_is_the_literal_reading(starter_engine: WhooshEngine) -> None:
    """Without all of them the answer is that of the words as typed."""
    omitted = starter_engine.search(SearchRequest(QUERY, omit=tuple(offered(starter_engine)), limit=100))
    literal = starter_engine.search(SearchRequest(QUERY, literal=True, limit=100))
    assert omitted.total == literal.total
    assert [hit.id for hit in omitted.hits] == [hit.id for hit in literal.hits]
    assert not omitted.notes


def test_what_was_not_offered_does_no_harm(starter_engine: WhooshEngine) -> None:
    """Names that no note offers change nothing."""
    assert offered(starter_engine, ("no such thing",)) == offered(starter_engine)
