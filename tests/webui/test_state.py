"""The address as a value object."""

from __future__ import annotations

from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st

from search.request import FACETS, MAX_TEXT, MODES, SORTS
from webui.state import SearchState, clean, parse

words = st.text(max_size=40).map(clean)
values = st.lists(words.filter(bool), max_size=3, unique=True).map(tuple)
chosen = st.dictionaries(st.sampled_from(FACETS), values, max_size=4)
maybe_year = st.none() | st.integers(1, 9999)


@st.composite
def states(draw: st.DrawFn) -> SearchState:
    years = draw(st.tuples(maybe_year, maybe_year))
    year_from, year_to = sorted(years, key=lambda year: year or 0) if None not in years else years
    return SearchState(
        text=draw(words),
        filters=draw(chosen),
        exclude=draw(chosen),
        year_from=year_from,
        year_to=year_to,
        mode=draw(st.sampled_from(MODES)),
        sort=draw(st.none() | st.sampled_from(SORTS)),
        page=draw(st.integers(1, 10**9)),
        literal=draw(st.booleans()),
    )


def read(query: str) -> SearchState:
    parsed = parse(parse_qs(query, keep_blank_values=True))
    assert not parsed.problems
    return parsed.state


@given(states())
def test_round_trip(state: SearchState) -> None:
    """What to_query writes, parse reads back as the same value, also as programs must write it."""
    assert read(state.to_query()) == state
    assert parse(parse_qs(state.to_query(), keep_blank_values=True), also=frozenset()).problems == ()


@given(states(), st.sampled_from(FACETS), words.filter(bool))
def test_filters_come_and_go(state: SearchState, facet: str, value: str) -> None:
    """A filter added is there once, is not left out as well, and its removal leaves no trace of it."""
    added = state.with_filter(facet, value)
    assert added.filters[facet].count(value) == 1
    assert value not in added.exclude.get(facet, ())
    assert value not in added.without_filter(facet, value).filters.get(facet, ())
    swapped = added.with_exclude(facet, value)
    assert value not in swapped.filters.get(facet, ())
    assert value in swapped.exclude[facet]
    assert swapped.without_facet(facet).exclude.get(facet) is None
    assert added.without_filters().filtered is False


@given(states())
def test_every_change_starts_at_page_one(state: SearchState) -> None:
    """Whatever changes the result leads to its first page."""
    changes = (state.with_text("x"), state.with_mode("all"), state.with_sort("title"), state.with_years(1, 2))
    assert {changed.page for changed in (*changes, state.without_filters(), state.with_literal())} == {1}


@given(
    st.dictionaries(
        st.sampled_from([*FACETS, "q", "page", "sort", "mode", "year_from", "literal", "z"]),
        st.lists(st.text(), max_size=3),
    )
)
def test_parse_never_fails(args: dict[str, list[str]]) -> None:
    """Any address gives a state that the engine accepts, and problems that name their parameter."""
    parsed = parse(args)
    parsed.state.to_request()
    assert all(problem.parameter in args for problem in parsed.problems)


def test_long_text_is_cut() -> None:
    """A query beyond the limit is cut, and the cut is told."""
    parsed = parse({"q": ["x" * 10_000]})
    assert (len(parsed.state.text), parsed.truncated) == (MAX_TEXT, True)


def test_problems_name_value_and_expectation() -> None:
    """Every wrong value is reported, not only the first."""
    parsed = parse({"page": ["-1"], "sort": ["up"], "year_from": ["soon"], "mode": ["any"]})
    told = {problem.parameter: (problem.value, problem.message) for problem in parsed.problems}
    assert told["page"] == ("-1", "expected a page number: 1, 2, 3 and so on")
    assert told["sort"] == ("up", "expected one of relevance, newest, oldest, title")
    assert told["year_from"] == ("soon", "expected a year, such as 2015")
    assert told["mode"] == ("any", "expected one of best, all, phrase")


def test_years_must_be_in_order() -> None:
    """A range that ends before it begins is an error in words."""
    (problem,) = parse({"year_from": ["2020"], "year_to": ["2015"]}).problems
    assert problem.message == "expected a year not later than year_to (2015)"


def test_empty_form_fields_mean_nothing() -> None:
    """Fields that a form sends empty are as good as absent."""
    assert parse({"q": [""], "year_from": [""], "theme": ["", " "]}).state == SearchState()


def test_programs_are_told_more() -> None:
    """For programs an unknown or repeated parameter is an error; on the pages it is passed over."""
    args = {"q": ["a", "b"], "utm_source": ["x"]}
    assert parse(args).problems == ()
    assert {problem.parameter for problem in parse(args, also=frozenset()).problems} == {"q", "utm_source"}


def test_order_without_words() -> None:
    """Without words there is nothing to be relevant to: newest first."""
    assert SearchState().effective_sort == "newest"
    assert SearchState(text="x").effective_sort == "relevance"
    assert SearchState(text="x", sort="title").effective_sort == "title"
