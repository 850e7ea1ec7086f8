"""What programs, crawlers and citation managers find."""

from __future__ import annotations

import json
import urllib.robotparser
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given, settings
from page import Page
from plain_engine import PlainEngine

from corpus.model import CaseStudy
from search import SearchRequest, open_engine
from webui import create_app
from webui.state import PARAMETERS

Get = Callable[..., Page]


def test_the_description_holds(app: Flask) -> None:
    """schemathesis finds no 5xx, no undescribed status, header or body in the JSON interface."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {held.path for held in operations} == {"/api/v1/search", "/api/v1/case-studies/{id}", "/api/v1/suggest"}
    for operation in operations:

        @settings(
            max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
        )
        @given(operation.as_strategy())
        def run(case: schemathesis.Case) -> None:
            years = [case.query.get(name) for name in ("year_from", "year_to")]
            # That a range may not end before it begins cannot be said in OpenAPI.
            assume(None in years or years[0] <= years[1])
            case.call_and_validate()

        run()


def test_every_parameter_is_described(client: FlaskClient) -> None:
    """Description, interface and page know the same parameters."""
    described = client.get("/api/openapi.json").get_json()["paths"]["/api/v1/search"]["get"]["parameters"]
    assert {held["name"] for held in described} == PARAMETERS | {"limit", "facets", "facet_limit"}


def test_description_can_be_read(get: Get) -> None:
    """There is a page for people, with every parameter."""
    page = get("/api")
    assert {held.text for held in page.all("th", scope="row")} >= PARAMETERS


def test_robots(client: FlaskClient) -> None:
    """Crawlers may read pages about things, and no search."""
    rules = urllib.robotparser.RobotFileParser()
    rules.parse(client.get("/robots.txt").get_data(as_text=True).splitlines())
    for path in ("/", "/themes/housing", "/case-studies/abc", "/help"):
        assert rules.can_fetch("*", path)
    for path in ("/search?q=x", "/search/map", "/export/csv", "/feed?q=x", "/basket", "/api/v1/search"):
        assert not rules.can_fetch("*", path)
    assert rules.site_maps() == ["http://localhost/sitemap.xml"]


def test_facet_combinations_are_not_indexed(get: Get) -> None:
    """Search pages say noindex, and links between them nofollow."""
    page = get("/search?q=homes&theme=housing")
    assert page.one("meta", name="robots")["content"] == "noindex, nofollow"
    followed = [held["href"] for held in page.all("a") if "nofollow" not in held.attrs.get("rel", "")]
    assert not [href for href in followed if href.startswith("/search?")]


def test_sitemap_is_whole(client: FlaskClient, records: list[CaseStudy]) -> None:
    """Every case study and every theme, funder and council with case studies is in the sitemap, once."""
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    files = [held.text for held in ET.fromstring(client.get("/sitemap.xml").data).iterfind("s:sitemap/s:loc", space)]
    found = [
        held.text or ""
        for file in files
        for held in ET.fromstring(client.get((file or "").removeprefix("http://localhost")).data).iterfind(
            "s:url/s:loc", space
        )
    ]
    assert len(found) == len(set(found))
    assert {f"http://localhost/case-studies/{record.id}" for record in records} <= set(found)
    assert "http://localhost/councils/leeds" in found
    assert client.get("/sitemap-9.xml").status_code == 404


def test_search_description(client: FlaskClient, get: Get) -> None:
    """A browser can add us as a search engine."""
    assert get("/").one("link", rel="search")["href"] == "/opensearch.xml"
    root = ET.fromstring(client.get("/opensearch.xml").data)
    templates = [held.attrib["template"] for held in root if held.tag.endswith("Url")]
    assert templates[0] == "http://localhost/search?q={searchTerms}&page={startPage?}"


def test_citation_tags(get: Get, records: list[CaseStudy]) -> None:
    """A case study's page tells title, authors, year and address in the tags that citation managers read."""
    record = next(held for held in records if held.year and len(held.councils) > 1)
    page = get(f"/case-studies/{record.id}")
    tags: dict[str, list[str]] = {}
    for held in page.all("meta"):
        tags.setdefault(held.attrs.get("name", ""), []).append(held.attrs.get("content", ""))
    assert tags["citation_title"] == [record.title]
    assert tags["citation_author"] == [*record.councils, *record.organisations]
    assert tags["citation_publication_date"] == [str(record.year)]
    told = json.loads(page.one("script", type="application/ld+json").pieces[0])
    assert (told["@type"], told["name"]) == ("Report", record.title)
    assert [held["name"] for held in told["author"]] == [*record.councils, *record.organisations]


def test_awkward_titles_do_not_leave_the_script() -> None:
    """No title can end the data block that it stands in."""
    record = CaseStudy("a", "</script><script>alert(1)</script><!-- & ]]>")
    page = Page(create_app(PlainEngine([record])).test_client().get("/case-studies/a").get_data(as_text=True))
    assert json.loads(page.one("script", type="application/ld+json").pieces[0])["name"] == record.title


def test_items_in_lists(get: Get) -> None:
    """Each result carries a context object with its title and year."""
    page = get("/search?q=homes")
    found = [parse_qs(held["title"]) for held in page.all("span", "Z3988")]
    titles = [held.text for held in page.all("h3")]
    assert [" ".join(held["rft.title"][0].split()) for held in found] == titles
    assert all(held["ctx_ver"] == ["Z39.88-2004"] for held in found)


def test_why(get: Get) -> None:
    """The explanation of a result is a page with its parts; without words or without a match it says so."""
    page = get("/search?q=homes")
    why = get(page.link("Why this result"))
    assert why.one("h1").text == "Why this result"
    assert "Score" in why.one("ul", "why").text
    first = page.link("Why this result").partition("?")[0]
    assert "This search has no words" in get(first).html
    assert "does not match the search" in get(f"{first}?q=homes&theme=none").html


def test_why_speaks_plainly(index_path: Path) -> None:
    """The real engine's explanation names words as they stand in the case study, and case studies by their titles."""
    client = create_app(index_path).test_client()
    hit = open_engine(index_path).search(SearchRequest("empty homes", limit=1)).hits[0]
    page = Page(client.get(f"/case-studies/{hit.id}/why?q=empty+homes").get_data(as_text=True))
    told = page.one("ul", "why").text
    assert "word “empty”" in told
    assert "empti" not in told
    assert "sum" not in told.split()
