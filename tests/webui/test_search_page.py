"""The results page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote_plus

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import Page
from plain_engine import PlainEngine

from corpus.model import CaseStudy
from search import FACETS, NO_VALUE, Engine, Hit, SearchRequest, SearchResults
from search.results import Marked
from webui import create_app
from webui.state import PAGE_SIZE, SearchState
from webui.wording import FACET_WORDS

Get = Callable[..., Page]


def total(page: Page) -> int:
    found = re.match(r"(?:All )?([\d,]+|No) case stud", page.one("h1").text)
    assert found, page.one("h1").text
    return 0 if found[1] == "No" else int(found[1].replace(",", ""))


def test_total_in_heading_and_title(get: Get, engine: Engine) -> None:
    """Heading and title both hold the exact total and the words."""
    page = get("/search?q=housing")
    expected = engine.search(SearchRequest("housing")).total
    assert page.one("h1").text == f"{expected} case studies for “housing”"
    assert page.title == f"{expected} case studies for “housing” – Casefinder"


def test_title_names_page_and_filters(get: Get) -> None:
    """Two tabs of one search can be told apart by their titles."""
    page = get("/search?q=housing&theme=housing&page=2")
    assert "with 1 filter – page 2 of " in page.title


def test_no_words_means_everything(get: Get, records: list[CaseStudy]) -> None:
    """Without words and filters every case study is listed, newest first."""
    page = get("/search")
    assert page.one("h1").text == f"All {len(records)} case studies"
    years = [int(held.text[-4:]) for held in page.all("p", "meta")]
    assert years == sorted(years, reverse=True)


def test_facets_in_order(get: Get) -> None:
    """Each facet is a fieldset with a legend, in the order theme, funder, council, region, type, year."""
    page = get("/search?q=housing")
    assert [held["id"] for held in page.all("fieldset")] == [f"facet-{facet}" for facet in FACETS]
    assert [held.text for held in page.all("legend")] == [FACET_WORDS[facet].title for facet in FACETS]


def test_every_box_has_a_label(get: Get) -> None:
    """Each form control has a label of its own or a name for assistive technology."""
    for address in ("/search?q=housing", "/search/choose/council", "/", "/councils?find=x"):
        page = get(address)
        labelled = {held.attrs.get("for") for held in page.all("label")}
        for control in [*page.all("input"), *page.all("select")]:
            if control.attrs.get("type") != "hidden" and control.attrs.get("name") not in ("council", "not_council"):
                assert control["id"] in labelled, control.attrs


def test_ids_are_unique(get: Get) -> None:
    """No id is given twice, on any kind of page."""
    pages = ["/", "/search?q=council", "/search/choose/theme", "/themes", "/councils/leeds", "/help", "/api", "/basket"]
    pages += [
        "/search/map",
        "/search/gaps",
        "/search/record?q=x",
        "/export",
        "/case-studies/leeds-community-hubs-ope?q=a",
    ]
    for address in pages:
        ids = [held["id"] for held in get(address).elements if "id" in held.attrs]
        assert len(ids) == len(set(ids)), address


def test_selected_values_are_carried(get: Get) -> None:
    """The form sends what the address said: words, mode, values of every facet, exclusions, years."""
    page = get("/search?q=council&theme=housing&theme=planning&not_region=London&year_from=2015&mode=all&literal=1")
    assert page.field("theme") == ["housing", "planning"]
    assert page.field("not_region") == ["London"]
    assert (page.field("q"), page.field("year_from"), page.field("literal")) == (["council"], ["2015"], ["1"])
    assert [held["value"] for held in page.all("option") if "selected" in held.attrs] == ["all", "relevance"]


def test_value_without_matches_keeps_its_box(get: Get) -> None:
    """A chosen value that matches nothing stays ticked, so that the form does not lose it."""
    page = get("/search?q=zzzz&theme=housing&council=Atlantis+Council")
    assert page.field("theme") == ["housing"]
    assert page.field("council") == ["Atlantis Council"]


def test_chips_remove_one_filter_each(get: Get) -> None:
    """Each active filter is a chip whose link is the same search without it."""
    state = SearchState("council", {"theme": ("housing",), "region": ("London",)}, {"theme": ("covid-19",)}, 2015, 2022)
    page = get(f"/search?{state.to_query()}")
    links = {held.text: held["href"] for held in page.all("a", "chip")}
    assert links == {
        "Remove filter Theme: Housing": f"/search?{state.without_filter('theme', 'housing').to_query()}",
        "Remove filter Region or nation: London": f"/search?{state.without_filter('region', 'London').to_query()}",
        "Remove filter Year: 2015 to 2022": f"/search?{state.with_years(None, None).to_query()}",
        "Remove filter Theme: not COVID-19": f"/search?{state.without_exclude('theme', 'covid-19').to_query()}",
    }
    assert page.link("Clear all filters") == "/search?q=council"


@pytest.mark.parametrize("facet", [facet for facet in FACETS if facet != "year"])
def test_count_is_the_total_after_choosing(get: Get, facet: str) -> None:
    """The number beside a value is the total of the page that choosing it gives."""
    page = get("/search?q=health&theme=public-health&region=London")
    for box in page.all("input", type="checkbox", name=facet)[:4]:
        label = page.one("label", for_=box["id"]).text
        count = int(re.search(r", ([\d,]+) case stud", label)[1].replace(",", ""))  # type: ignore[index]
        base = SearchState("health", {"theme": ("public-health",), "region": ("London",)})
        assert total(get(f"/search?{base.only_filter(facet, box['value']).to_query()}")) == count


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_walk(get: Get, engine: Engine, data: st.DataObject) -> None:
    """Ticking any shown value, anywhere, leads to as many case studies as its label says."""
    state = SearchState(data.draw(st.sampled_from(["", "housing", "older people", "flood council"])))
    for _ in range(2):
        page = get(f"/search?{state.to_query()}")
        boxes = [box for box in page.all("input", type="checkbox") if "checked" not in box.attrs]
        if not boxes:
            return
        box = data.draw(st.sampled_from(boxes))
        alone = state.only_filter(box["name"], box["value"])
        count = int(re.search(r", ([\d,]+) case stud", page.one("label", for_=box["id"]).text)[1].replace(",", ""))  # type: ignore[index]
        assert total(get(f"/search?{alone.to_query()}")) == count
        state = state.with_filter(box["name"], box["value"])


def test_none_recorded_can_be_chosen(get: Get, engine: Engine) -> None:
    """ "No funder recorded" is a choice like any other."""
    page = get("/search?q=housing")
    assert page.one("label", for_=page.one("input", name="funding", value=NO_VALUE)["id"]).text.startswith(
        "No funder recorded"
    )
    narrowed = get("/search?q=housing&funding=none")
    assert total(narrowed) == engine.search(SearchRequest("housing", {"funding": [NO_VALUE]})).total
    assert "Funder: No funder recorded" in [
        held.text.removeprefix("Remove filter ") for held in narrowed.all("a", "chip")
    ]


def test_matches_are_marked_and_safe(client: object, get: Get) -> None:
    """Matched words are marked; what a query holds is never markup."""
    assert any(held.text.lower() == "housing" for held in get("/search?q=housing").all("mark"))
    page = get("/search?q=" + quote_plus('<script>alert(1)</script> "><b>'))
    assert "<script>alert" not in page.html
    assert not page.all("b")


def test_results_link_carries_the_search(get: Get) -> None:
    """A result's address carries the search and its rank, so that reading can go on from it."""
    page = get("/search?q=housing&theme=planning")
    first = page.all("h3")[0].text
    assert page.link(first).endswith("?q=housing&theme=planning&at=1")


def test_pages_to_the_last(get: Get, engine: Engine) -> None:
    """Page by page the whole result is listed once, in order, numbered through."""
    expected = [hit.id for hit in engine.search(SearchRequest("homes", limit=1000, facets=())).hits]
    seen: list[str] = []
    address = "/search?q=homes"
    while address:
        page = get(address)
        assert page.one("ol", "hits")["start"] == str(len(seen) + 1)
        seen += [
            re.search(r"/case-studies/([^?]+)", link["href"])[1]
            for link in page.all("a")
            if "&at=" in link.attrs.get("href", "") and "#" not in link["href"]
        ]  # type: ignore[index]
        address = next((held["href"] for held in page.all("a", "page-step") if held.text.startswith("Next")), "")
    assert seen == expected


def test_beyond_the_last_page(get: Get) -> None:
    """A page that does not exist is a 404 with a link to the last one."""
    page = get("/search?q=housing&page=1000000000", 404)
    assert page.one("h1").text == "There is no page 1,000,000,000"
    last = page.link("Go to the last page")
    assert get(last).one("a", aria_current="page", class_="page-number") is not None


def test_zero_results_help(get: Get, engine: Engine) -> None:
    """Nothing found: each word's own count, and what dropping each filter would give, as links."""
    page = get("/search?q=loneliness+zzzz&theme=transport&mode=all")
    assert page.one("h1").text == "No case studies for “loneliness zzzz” with 1 filter"
    assert "zzzz: none" in [held.text for held in page.all("li")]
    page = get("/search?q=council&council=Leeds+City+Council&region=Wales")
    expected = engine.search(SearchRequest("council", {"council": ["Leeds City Council"]})).total
    assert total(page) == 0
    assert total(get(page.link("Any region or nation"))) == expected
    assert page.link("No filters at all") == "/search?q=council"


def test_unknown_value_is_said_in_words(get: Get) -> None:
    """A value that no case study carries is named, with the nearest one and a way to remove it."""
    page = get("/search?q=homes&theme=hosing")
    notes = page.one("div", "notes").text
    assert "No case study carries the theme “hosing”. Did you mean Housing? Remove this filter" in notes
    assert page.link("Housing") == "/search?q=homes&theme=housing"
    assert total(page) == 0


def test_alias_of_a_funder_is_understood(get: Get) -> None:
    """An abbreviation in the address is not a value, but the page knows what it means."""
    assert "Did you mean One Public Estate?" in get("/search?funding=OPE").one("div", "notes").text
    assert "Did you mean Brighton and Hove City Council?" in get("/search?council=Brighton").one("div", "notes").text


def test_choose_page_lists_every_value(get: Get, engine: Engine) -> None:
    """The full list has every value with its count, and carries the rest of the search."""
    page = get("/search/choose/council?q=housing&theme=planning&not_council=Leeds+City+Council")
    counts = engine.search(
        SearchRequest("housing", {"theme": ["planning"]}, facets=("council",), facet_limit=None)
    ).facets["council"]
    listed = [held["value"] for held in page.all("input", name="council")]
    assert set(listed) == {bucket.value for bucket in counts.buckets} | ({NO_VALUE} if counts.missing else set()) | {
        "Leeds City Council"
    }
    assert page.field("q") == ["housing"]
    assert page.field("theme") == ["planning"]
    assert page.field("not_council") == ["Leeds City Council"]


def test_choose_page_finds_without_javascript(get: Get) -> None:
    """The filter box narrows the list on the server, and never hides what is chosen."""
    page = get("/search/choose/council?council=Kent+County+Council&find=leeds")
    assert [held["value"] for held in page.all("input", name="council")] == [
        "Kent County Council",
        "Leeds City Council",
    ]


def test_histogram_bars_are_links(get: Get, engine: Engine) -> None:
    """A bar leads to its year alone, and says how many case studies that gives."""
    page = get("/search?q=housing&year_from=2010&year_to=2024")
    bar = next(held for held in page.all("a", tabindex="-1") if held.text.startswith("2021:"))
    assert bar["href"] == "/search?q=housing&year_from=2021&year_to=2021"
    assert bar.text.startswith(f"2021: {total(get(bar['href']))} case stud")


def test_corrections_can_be_taken_back(engine: Engine, get: Get) -> None:
    """What was corrected or added is said, with a link to the words as typed, and from there back again."""
    for words in ("chidrens mentel helth", "deprived areas"):
        answer = engine.search(SearchRequest(words))
        page = get(f"/search?q={quote_plus(words)}")
        for note in answer.notes:
            assert note.text in page.one("div", "notes").text
        if answer.notes:
            literal = get(page.link("Search only for exactly"))
            assert total(literal) == engine.search(SearchRequest(words, literal=True)).total
            assert literal.link("Allow corrections and synonyms") == f"/search?q={quote_plus(words)}"


def test_how_it_was_read(get: Get, engine: Engine) -> None:
    """The page tells the query as the engine understood it."""
    assert (
        engine.search(SearchRequest("flood AND river")).read_as
        in get("/search?q=flood+AND+river").one("details", "read-as").text
    )


class ByMeaning(PlainEngine):
    """An engine that finds one case study by its meaning, after the last match."""

    def search(self, request: SearchRequest) -> SearchResults:
        answer = super().search(request)
        if request.offset + request.limit < answer.total or not request.limit:
            return answer
        extra = Hit("extra", 0.1, answer.total + 1, self.records[0], Marked("Found otherwise"), by_meaning=True)
        room = request.offset <= answer.total < request.offset + request.limit
        return replace(answer, hits=(*answer.hits, *([extra] * room)), by_meaning=1)


def test_found_by_meaning_stands_apart(records: list[CaseStudy]) -> None:
    """What was found by meaning has a heading of its own, and is in no count, also where nothing else was found."""
    client = create_app(ByMeaning(records)).test_client()
    for words, nothing in (("zzzz", True), ("loneliness", False)):
        page = Page(client.get(f"/search?q={words}").get_data(as_text=True))
        assert ("Found by meaning" in [held.text for held in page.all("h2")]) is True
        assert (total(page) == 0) is nothing
        assert page.all("h3")[-1].text == "Found otherwise"


def test_found_by_meaning_after_a_full_page(records: list[CaseStudy]) -> None:
    """Where the matches end with a page, the next one exists, is linked, and shows what was found by meaning."""
    held = [replace(record, title="Wombles", summary="", body="") for record in records[:PAGE_SIZE]]
    client = create_app(ByMeaning(held)).test_client()
    first = Page(client.get("/search?q=wombles").get_data(as_text=True))
    assert total(first) == PAGE_SIZE
    assert "Found by meaning" not in [heading.text for heading in first.all("h2")]
    assert first.link("Next page") == "/search?q=wombles&page=2"
    answer = client.get("/search?q=wombles&page=2")
    assert answer.status_code == 200
    second = Page(answer.get_data(as_text=True))
    assert total(second) == PAGE_SIZE
    assert [heading.text for heading in second.all("h3")][-1] == "Found otherwise"
    assert "What you can try" not in [heading.text for heading in second.all("h2")]
    assert client.get("/search?q=wombles&page=3").status_code == 404


def test_every_page_of_what_was_found_by_meaning_exists(client: FlaskClient, engine: Engine) -> None:
    """Whoever follows the links from page to page sees every record that the engine has for the words, and no error."""
    answer = engine.search(SearchRequest("knife", limit=100))
    seen: list[str] = []
    for number in range(1, -(-(answer.total + answer.by_meaning) // PAGE_SIZE) + 1):
        page = client.get(f"/search?q=knife&page={number}")
        assert page.status_code == 200
        seen += [h3.text for h3 in Page(page.get_data(as_text=True)).all("h3")]
    assert all(hit.record.title in seen for hit in answer.hits)
    assert client.get(f"/search?q=knife&page={number + 1}").status_code == 404
