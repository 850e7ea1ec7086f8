"""What crawlers and browsers ask for: robots rules, the sitemap, the search description."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, render_template

from webui.context import directory, engine, glance, site_root
from webui.directory import LISTS
from webui.state import SearchState
from webui.whole_result import records_of

pages = Blueprint("machines", __name__)

URLS_IN_SITEMAP = 10_000
"""Addresses in one file; the protocol allows 50,000."""

FIXED = ("/", "/themes", "/funding", "/councils", "/help", "/api")


@pages.get("/robots.txt")
def robots() -> Response:
    """Pages about things may be crawled; searches, which are without number, may not."""
    closed = ("/search", "/export", "/feed", "/basket", "/api/v1/", "/case-studies/*/why", "/case-studies/*?")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "", f"Sitemap: {site_root()}/sitemap.xml", ""]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@pages.get("/opensearch.xml")
def opensearch() -> Response:
    """How a browser's search box asks us (OpenSearch 1.1)."""
    body = render_template("opensearch.xml")
    return Response(body, content_type="application/opensearchdescription+xml; charset=utf-8")


def _files() -> int:
    """Sitemap files: one for the lists, and as many as the case studies need."""
    return 1 + -(-glance().stats.documents // URLS_IN_SITEMAP)


@pages.get("/sitemap.xml")
def sitemap_index() -> Response:
    """The list of sitemap files."""
    stamp = glance().built.isoformat()
    names = (f"{site_root()}/sitemap-{number}.xml" for number in range(_files()))
    entries = "".join(f"<sitemap><loc>{escape(name)}</loc><lastmod>{stamp}</lastmod></sitemap>" for name in names)
    return _xml(iter((f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>',)))


@pages.get("/sitemap-<int:number>.xml")
def sitemap(number: int) -> Response:
    """File 0 has the lists and their pages, the others the case studies by title."""
    if number >= _files():
        abort(404)
    if number == 0:
        paths: Iterator[str] = iter(
            [*FIXED, *(entry.path for facet in LISTS.values() for entry in directory().entries(facet))]
        )
    else:
        state = SearchState(sort="title")
        first = (number - 1) * URLS_IN_SITEMAP
        found = islice(records_of(engine(), state, first), URLS_IN_SITEMAP)
        paths = (f"/case-studies/{record.id}" for record in found)
    root = site_root()
    return _xml(_url_set(f"<url><loc>{escape(root + path)}</loc></url>" for path in paths))


def _url_set(urls: Iterator[str]) -> Iterator[str]:
    yield '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    yield from urls
    yield "</urlset>"


def _xml(pieces: Iterator[str]) -> Response:
    def document() -> Iterator[str]:
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        yield from pieces

    return Response(document(), content_type="application/xml; charset=utf-8")
