"""An explanation is a tree of named parts that adds up to the score."""

from __future__ import annotations

import pytest

from search.request import SearchRequest
from search.results import Explanation
from search.whoosh_engine import WhooshEngine

QUERIES = (
    "health",
    "health inequalities deprived areas",
    "health health health",
    "the",
    "what if",
    "co-production",
    "co production of services",
    "wellbeing",
    "well-being hub",
    "20mph zones",
    "OPE Brighton",
    "LB Brent",
    '"public health"',
    '"the council" libraries',
    "regenerat*",
    "+housing planning -london",
    "housing AND (planning OR parks)",
    "NOT housing",
    "title:housing",
    "council:leeds",
    'council:"Leeds City Council" health',
    "year:2015..2017 housing",
    "theme:libraries funding:OPE digital",
    '"unbalanced health',
)


def check_sums(part: Explanation) -> None:
    """Every inner value is the sum of its details'."""
    if part.details:
        assert sum(detail.value for detail in part.details) == pytest.approx(part.value, rel=1e-6, abs=1e-9)
    for detail in part.details:
        check_sums(detail)


@pytest.mark.parametrize("mode", ["best", "all", "phrase"])
@pytest.mark.parametrize("text", QUERIES)
def test_the_parts_add_up_to_the_score(starter_engine: WhooshEngine, text: str, mode: str) -> None:
    """For the first hits and one further down: the tree's value is the hit's score, and all its sums are right."""
    request = SearchRequest(text, mode=mode, snippets=False, limit=60, facets=())  # type: ignore[arg-type]
    hits = starter_engine.search(request).hits
    for hit in (*hits[:4], *hits[-1:]):
        explanation = starter_engine.explain(request, hit.id)
        assert explanation is not None
        assert explanation.value == pytest.approx(hit.score, rel=1e-6)
        check_sums(explanation)


def test_fields_are_named_as_people_name_them(starter_engine: WhooshEngine) -> None:
    """A word's share is told field by field."""
    request = SearchRequest("housing")
    hit = next(hit for hit in starter_engine.search(request).hits if "housing" in hit.record.title)
    explanation = starter_engine.explain(request, hit.id)

    def names(part: Explanation) -> set[str]:
        return {part.name}.union(*(names(detail) for detail in part.details))

    assert explanation is not None
    assert "word “housing”" in names(explanation) or "word “hous”" in names(explanation)
    assert "in the title" in names(explanation)


def test_what_does_not_match_has_no_explanation(starter_engine: WhooshEngine) -> None:
    """None for a record that the words or the filters leave out, and for one that does not exist."""
    darlington = "darlington-open-spaces-strategy"
    assert starter_engine.explain(SearchRequest("zebra", literal=True), darlington) is None
    assert starter_engine.explain(SearchRequest("health"), "no-such-record") is None
    elsewhere = SearchRequest("health", filters={"council": ["Leeds City Council"]})
    assert starter_engine.explain(elsewhere, darlington) is None


def test_without_words_nothing_is_scored(starter_engine: WhooshEngine) -> None:
    """An empty query gives every record the same explanation."""
    explanation = starter_engine.explain(SearchRequest(), "darlington-open-spaces-strategy")
    assert explanation is not None
    assert explanation.value == 0.0
