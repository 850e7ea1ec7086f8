"""What every answer tells the browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from importlib.resources import files
from pathlib import Path
from typing import Self

from flask.testing import FlaskClient
from page import Page
from plain_engine import PlainEngine

from corpus.errors import IndexDamaged, IndexMissing
from corpus.model import CaseStudy
from search import Engine, SearchRequest, SearchResults
from webui import create_app
from webui.collection import REFRESH_SECONDS, Collection

ADDRESSES = ("/", "/search?q=homes", "/themes", "/help", "/search/choose/theme", "/nowhere", "/api/v1/search?q=x")


def test_security_headers(client: FlaskClient) -> None:
    """Every answer carries the strict policy: nothing inline, nothing from elsewhere, no frames."""
    for address in ADDRESSES:
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_pages_keep_their_own_policy(client: FlaskClient) -> None:
    """No page has inline script or style, and none needs another host."""
    for address in ADDRESSES[:-1]:
        page = Page(client.get(address).get_data(as_text=True))
        for held in page.elements:
            assert "style" not in held.attrs
            assert not [name for name in held.attrs if name.startswith("on")]
            assert held.tag != "style"
        for held in page.all("script"):
            assert held.attrs.get("src", "").startswith("/static/") or held.attrs.get("type") == "application/ld+json"
        for held in [*page.all("link"), *page.all("img")]:
            assert (
                not re.match("https?:", held.attrs.get("href", held.attrs.get("src", ""))) or held["rel"] == "canonical"
            )


def test_pages_are_light(client: FlaskClient) -> None:
    """A page with its style and script weighs under 100 KB before compression."""
    fixed = sum(
        len(client.get(f"/static/{name}", buffered=True).data)
        for name in ("casefinder.css", "casefinder.js", "icon.svg")
    )
    for address in ("/", "/search?q=health+inequalities", "/themes", "/case-studies/darlington-open-spaces-strategy"):
        assert fixed + len(client.get(address).data) < 100_000, address


def test_unchanged_page_costs_no_search(client: FlaskClient, engine: Engine) -> None:
    """A page asked for again with its ETag is answered 304 with the date of the collection."""
    first = client.get("/search?q=homes")
    assert first.headers["Cache-Control"] == "no-cache"
    built = datetime.fromisoformat(engine.stats().built_at).replace(microsecond=0)
    assert parsedate_to_datetime(first.headers["Last-Modified"]) == built
    again = client.get("/search?q=homes", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/search?q=house", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_static_files_are_kept_for_good(client: FlaskClient) -> None:
    """A static file under the address that the pages use never needs asking again."""
    page = Page(client.get("/").get_data(as_text=True))
    response = client.get(page.one("link", rel="stylesheet")["href"], buffered=True)
    assert "immutable" in response.headers["Cache-Control"]
    assert "immutable" not in client.get("/static/casefinder.css", buffered=True).headers["Cache-Control"]


class Changing(PlainEngine):
    """An engine that finds a newer generation when asked to refresh."""

    newer: Self | None = None

    def refresh(self) -> Self:
        return self.newer or self


def test_newer_generation_is_picked_up(records: list[CaseStudy]) -> None:
    """A new generation is served without a restart, under a new ETag."""
    clock = [0.0]
    old, new = Changing(records[:3], "one"), Changing(records[:5], "two")
    held = Collection(old, clock=lambda: clock[0])
    old.newer = new
    assert held.now()[0] is old
    clock[0] += REFRESH_SECONDS + 1
    engine, glance = held.now()
    assert (engine, glance.stats.documents) == (new, 5)


class Broken(PlainEngine):
    """An engine whose newer generation cannot be opened."""

    def refresh(self) -> Self:
        raise IndexDamaged("A file is truncated.")


def test_broken_generation_leaves_the_last_good_one(records: list[CaseStudy]) -> None:
    """When the newer index cannot be opened, the last good one goes on answering."""
    clock = [0.0]
    held = Collection(Broken(records[:3]), clock=lambda: clock[0])
    clock[0] += REFRESH_SECONDS + 1
    assert held.now()[1].stats.documents == 3


def test_nothing_is_borrowed_from_gov_uk() -> None:
    """Neither its typeface nor its crown nor its name is in what we ship."""
    folder = Path(str(files("webui")))
    shipped = [held for held in folder.rglob("*") if held.suffix in (".css", ".html", ".svg", ".js")]
    assert len(shipped) > 30
    for held in shipped:
        text = held.read_text(encoding="utf-8").lower()
        assert not [word for word in ("gds transport", "crown", "gov.uk", "govuk") if word in text], held.name


class Failing(PlainEngine):
    """An engine whose index has gone."""

    def search(self, request: SearchRequest) -> SearchResults:
        raise IndexMissing("There is no index at /secret/place.")


def test_lost_index_is_said_without_paths(records: list[CaseStudy]) -> None:
    """When the index is gone, visitors read that and nothing about our machine."""
    client = create_app(Failing([replace(records[0])])).test_client()
    response = client.get("/search?q=x")
    assert response.status_code == 503
    assert b"secret" not in response.data
    assert client.get("/api/v1/search").get_json()["status"] == 503
