"""A request is checked when it is made."""

from __future__ import annotations

import dataclasses

import pytest

from corpus.errors import BadInput
from search.request import MAX_FILTER_VALUES, MAX_LIMIT, SearchRequest


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"filters": {"colour": ["red"]}}, "no facet 'colour' (expected one of theme, funding"),
        ({"exclude": {"colour": ["red"]}}, "no facet 'colour'"),
        ({"facets": ("colour",)}, "no facet 'colour'"),
        ({"mode": "fuzzy"}, "no match mode 'fuzzy' (expected one of best, all, phrase)"),
        ({"sort": "size"}, "no sort order 'size' (expected one of relevance, newest, oldest, title)"),
        ({"offset": -1}, "offset is -1 (expected 0 or more)"),
        ({"limit": -1}, "limit is -1 (expected 0 to 1000)"),
        ({"limit": MAX_LIMIT + 1}, "limit is 1001"),
        ({"facet_limit": -1}, "facet_limit is -1"),
        ({"filters": {"council": [str(n) for n in range(MAX_FILTER_VALUES + 1)]}}, "Too many filter values"),
    ],
)
def test_what_cannot_be_used_is_named(wrong: dict[str, object], message: str) -> None:
    """The message names the value and what is allowed."""
    with pytest.raises(BadInput) as caught:
        SearchRequest(**wrong)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_all_problems_are_told_together() -> None:
    """One error for a request, however much is wrong with it."""
    with pytest.raises(BadInput) as caught:
        SearchRequest(offset=-1, mode="fuzzy", facets=("colour",))  # type: ignore[arg-type]
    for part in ("colour", "fuzzy", "offset"):
        assert part in str(caught.value)


def test_values_are_kept_once_and_in_order() -> None:
    """Repeated filter values and facets count once; empty ones are dropped."""
    request = SearchRequest(filters={"theme": ["b", "a", "b"], "council": []}, facets=["year", "theme", "year"])
    assert dict(request.filters) == {"theme": ("b", "a")}
    assert request.facets == ("year", "theme")


def test_a_request_cannot_be_changed() -> None:
    """It is a value: `but` makes another one, which is checked too."""
    request = SearchRequest("x", filters={"theme": ["a"]})
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.text = "y"  # type: ignore[misc]
    with pytest.raises(TypeError):
        request.filters["theme"] = ("b",)  # type: ignore[index]
    assert request.but(text="y").filters == request.filters
    with pytest.raises(BadInput):
        request.but(limit=10**6)
