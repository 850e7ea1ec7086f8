"""The case-study page, the lists and the landing pages."""

from __future__ import annotations

from collections.abc import Callable

from page import Page
from plain_engine import PlainEngine

from corpus.gazetteer import gazetteer
from corpus.model import CaseStudy
from search import Engine, SearchRequest
from search.results import Marked
from webui import create_app
from webui.markdown import render_article

Get = Callable[..., Page]


def test_every_record_has_its_page(get: Get, records: list[CaseStudy]) -> None:
    """Title, councils, themes, funders and source of a record are all on its page (a sample of the corpus)."""
    for record in records[::25]:
        page = get(f"/case-studies/{record.id}")
        assert page.one("h1").text == " ".join(record.title.split())
        links = {held["href"] for held in page.all("a")}
        assert record.source_url in links
        for name in record.councils:
            assert f"/councils/{gazetteer().by_name[name].slug}" in links
        assert {f"/themes/{slug}" for slug in record.themes} <= links


def test_walk_through_the_results(get: Get, engine: Engine) -> None:
    """From a result one can go to the next and the previous, and back to the list."""
    ids = [hit.id for hit in engine.search(SearchRequest("homes", limit=3)).hits]
    page = get(f"/case-studies/{ids[1]}?q=homes&at=2")
    assert page.one("a", rel="prev")["href"] == f"/case-studies/{ids[0]}?q=homes&at=1"
    assert page.one("a", rel="next")["href"] == f"/case-studies/{ids[2]}?q=homes&at=3"
    assert page.link("Back to the results") == "/search?q=homes"


def test_words_are_carried_over(get: Get, engine: Engine) -> None:
    """The words that found a case study are marked on its page; without them nothing is."""
    first = engine.search(SearchRequest("homes", limit=1)).hits[0].id
    marks = {held.text.lower() for held in get(f"/case-studies/{first}?q=homes").all("mark")}
    assert "homes" in marks
    assert marks <= {"home", "homes"}
    assert not get(f"/case-studies/{first}").all("mark")


def test_stale_place_in_the_list(get: Get, engine: Engine) -> None:
    """A rank that is not this record's (any more) leads nowhere wrong: there are no neighbours."""
    ids = [hit.id for hit in engine.search(SearchRequest("homes", limit=3)).hits]
    page = get(f"/case-studies/{ids[0]}?q=homes&at=77")
    assert not page.all("a", rel="next")
    assert get(f"/case-studies/{ids[0]}?q=homes&at=x").link("Back to the results") == "/search?q=homes"


def test_body_is_safe() -> None:
    """Whatever a body holds, no markup of its own, no script address and no picture comes through."""
    body = (
        "## A\n<script>x</script> <b>bold</b>\n\n"
        "[a](javascript:alert(1)) [b](https://example.org/?a=1&b=2) ![i](https://x/y.png)\n\n- *one*\n- **two**"
    )
    html = str(render_article(body, Marked).html)
    assert "<script" not in html
    assert "<b>" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener external">b</a>' in html
    assert "<em>one</em>" in html
    assert "<strong>two</strong>" in html


def test_sections_have_anchors() -> None:
    """Equal headings get anchors of their own, and no heading stands above the page's."""
    article = render_article("# Top\n\n## What we did\n\ntext\n\n## What we did\n", Marked)
    assert [(held.anchor, held.level) for held in article.sections] == [
        ("section-top", 2),
        ("section-what-we-did", 2),
        ("section-what-we-did-2", 2),
    ]


def test_marks_in_the_body() -> None:
    """What is marked is escaped piece by piece."""
    article = render_article("a <x> & house", lambda text: Marked(text, ((2, 5),)))
    assert str(article.html) == "<p>a <mark>&lt;x&gt;</mark> &amp; house</p>\n"
    assert article.marks == 1


def test_lists_hold_every_used_name(get: Get, engine: Engine) -> None:
    """Each list has every name with case studies, from A to Z, with its exact count."""
    for address, facet in (("/themes", "theme"), ("/funding", "funding"), ("/councils", "council")):
        page = get(address)
        values = engine.stats().values[facet]
        assert len([held for held in page.all("a") if held["href"].startswith(address + "/")]) == len(values)


def test_list_finds_by_alias(get: Get) -> None:
    """The list's filter box knows other names too, and works without JavaScript."""
    assert get("/funding?find=ope").link("One Public Estate") == "/funding/one-public-estate"
    assert "Nothing found." in get("/themes?find=zzzz").html


def test_councils_without_case_studies(get: Get) -> None:
    """Every council of the gazetteer has a page, and can be listed."""
    page = get("/councils?all=1")
    assert len([held for held in page.all("a") if held["href"].startswith("/councils/")]) == len(gazetteer().councils)


def test_former_council_names_its_successor(get: Get) -> None:
    """A council that is no more names those that took over, and they name it."""
    former = next(council for council in gazetteer().councils if council.successors)
    heir = gazetteer().by_name[former.successors[0]]
    assert f"/councils/{heir.slug}" in {held["href"] for held in get(f"/councils/{former.slug}").all("a")}
    assert f"/councils/{former.slug}" in {held["href"] for held in get(f"/councils/{heir.slug}").all("a")}


def test_landing_page_leads_into_the_search(get: Get, engine: Engine) -> None:
    """A landing page shows the exact number, and its links narrow the same search."""
    page = get("/themes/housing")
    total = engine.search(SearchRequest("", {"theme": ["housing"]})).total
    assert page.one("a", "button").text == f"Search within {total} case studies"
    assert get(page.one("a", "button")["href"]).one("h1").text.startswith(f"{total} case studies")


def test_someone_elses_collection() -> None:
    """A collection with names that no vocabulary knows, or with nothing at all, has all its pages."""
    record = CaseStudy("a", "Überschrift & <b>", funding=("Big & Co",), councils=("Nowhere Council",), themes=("x y",))
    for records in ([record], []):
        client = create_app(PlainEngine(records)).test_client()
        for address in ("/", "/search", "/search?q=x", "/themes", "/funding", "/councils", "/search/choose/theme"):
            response = client.get(address)
            assert response.status_code == 200, address
            Page(response.get_data(as_text=True))
    client = create_app(PlainEngine([record])).test_client()
    assert client.get("/funding/big-and-co").status_code == 200
    assert client.get("/case-studies/a").status_code == 200
