"""Whole results taken away, each format read back by a parser that is not ours."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import bibtexparser
import feedparser
import pytest
import rispy
from citeproc import STYLES_PATH, Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from flask.testing import FlaskClient
from page import Page
from plain_engine import PlainEngine

from corpus import read_corpus
from corpus.model import CaseStudy
from search import Engine, SearchRequest
from webui import create_app
from webui.exports import FORMATS

Get = Callable[..., Page]

AWKWARD = CaseStudy(
    "awkward-one",
    'Costs & "benefits": 50% of {all} $5_000 #1 ~ \\ ^',
    summary="=SUM(A1)\nUnicode: café — £1.2m ✓",
    councils=("Armagh City, Banbridge and Craigavon Borough Council",),
    themes=("housing",),
    funding=("One Public Estate",),
    keywords=("a, b", "c|d"),
    source_url="https://example.org/a_b?c=d&e=%20f{g}",
)


@pytest.fixture(scope="module")
def awkward() -> FlaskClient:
    return create_app(PlainEngine([AWKWARD])).test_client()


def text(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def expected(engine: Engine) -> list[str]:
    return [hit.id for hit in engine.search(SearchRequest("council", limit=1000, facets=(), snippets=False)).hits]


def test_ris(client: FlaskClient, engine: Engine, records: list[CaseStudy]) -> None:
    """rispy reads every record of the whole result, in order, with its fields."""
    read = rispy.loads(text(client, "/export/ris?q=council"))
    ids = expected(engine)
    assert len(ids) > 400
    assert [held["id"] for held in read] == ids
    by_id = {record.id: record for record in records}
    for held in read[::20]:
        record = by_id[held["id"]]
        assert held["title"] == " ".join(record.title.split())
        assert held.get("year") == (str(record.year) if record.year else None)
        assert held["type_of_reference"] == "RPRT"


def test_bibtex(client: FlaskClient, engine: Engine) -> None:
    """bibtexparser reads every record, without a failed block."""
    library = bibtexparser.parse_string(text(client, "/export/bibtex?q=council"))
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == expected(engine)


def test_csl(client: FlaskClient, engine: Engine) -> None:
    """citeproc makes a bibliography of the items."""
    items = json.loads(text(client, "/export/csl?q=council"))
    assert [held["id"] for held in items] == expected(engine)
    few = [held for held in items if "issued" in held][:3]
    for held in few:
        # citeproc-py warns about fields that it does not know; processors ignore them.
        del held["keyword"], held["source"]
    style = str(next(Path(STYLES_PATH).glob("harvard*.csl")))
    bibliography = CitationStylesBibliography(
        CitationStylesStyle(style, validate=False), CiteProcJSON(few), formatter.plain
    )
    for held in few:
        bibliography.register(Citation([CitationItem(held["id"])]))
    made = [str(line) for line in bibliography.bibliography()]
    for held, line in zip(sorted(few, key=lambda one: one["author"][0]["literal"]), sorted(made), strict=True):
        assert str(held["issued"]["date-parts"][0][0]) in line


def test_csv_and_jsonl_are_corpora(
    client: FlaskClient, engine: Engine, records: list[CaseStudy], tmp_path: Path
) -> None:
    """What was taken away as CSV or JSON Lines is read by the corpus's own readers as the same records."""
    by_id = {record.id: record for record in records}
    for name in ("csv", "jsonl"):
        path = tmp_path / f"taken.{name}"
        path.write_bytes(client.get(f"/export/{name}?q=council").data)
        assert list(read_corpus(path)) == [by_id[id] for id in expected(engine)]


def test_screening_sheet(client: FlaskClient, engine: Engine) -> None:
    """The sheet has stable ids and empty columns for the decision."""
    rows = list(csv.DictReader(io.StringIO(text(client, "/export/screening?q=council").removeprefix("\ufeff"))))
    assert [row["id"] for row in rows] == expected(engine)
    assert {row[name] for row in rows for name in ("include", "exclude", "reason", "reviewer", "notes")} == {""}
    assert rows[0]["page"] == f"http://localhost/case-studies/{rows[0]['id']}"


def test_awkward_characters_survive(awkward: FlaskClient) -> None:
    """Whatever stands in a record comes through each format, and no cell runs as a formula."""
    (ris,) = rispy.loads(text(awkward, "/export/ris"))
    assert ris["title"] == AWKWARD.title
    assert ris["authors"] == ["Armagh City Banbridge and Craigavon Borough Council"]
    library = bibtexparser.parse_string(text(awkward, "/export/bibtex"))
    assert not library.failed_blocks
    fields = library.entries[0].fields_dict
    assert fields["url"].value == "https://example.org/a_b?c=d&e=%20f%7Bg%7D"
    assert r"50\% of \{all\} \$5\_000 \#1" in fields["title"].value
    (item,) = json.loads(text(awkward, "/export/csl"))
    assert item["title"] == AWKWARD.title
    (row,) = csv.DictReader(io.StringIO(text(awkward, "/export/csv").removeprefix("\ufeff")))
    assert row["summary"] == "'" + AWKWARD.summary
    assert json.loads(text(awkward, "/export/jsonl"))["summary"] == AWKWARD.summary


def test_filters_hold_and_nothing_is_no_error(client: FlaskClient, engine: Engine) -> None:
    """Exports follow the filters; an empty result is a well-formed empty file."""
    total = engine.search(SearchRequest("homes", {"theme": ["planning"]})).total
    assert len(json.loads(text(client, "/export/csl?q=homes&theme=planning"))) == total
    assert json.loads(text(client, "/export/csl?q=zzzzz")) == []
    assert text(client, "/export/ris?q=zzzzz") == ""
    assert client.get("/export/word").status_code == 404
    assert client.get("/export/ris?sort=up").status_code == 400


def test_chosen_records(client: FlaskClient, records: list[CaseStudy]) -> None:
    """Records can be asked for by id; those that are no more are passed over."""
    ids = [records[3].id, records[1].id]
    read = rispy.loads(text(client, f"/export/ris?id={ids[0]}&id=gone&id={ids[1]}&id={ids[0]}"))
    assert [held["id"] for held in read] == ids


@pytest.mark.parametrize("name", FORMATS)
def test_files_have_names(client: FlaskClient, name: str) -> None:
    """A file is named after the search and the date of the collection."""
    response = client.get(f"/export/{name}?q=Empty+homes%21")
    found = re.fullmatch(
        r'attachment; filename="casefinder-empty-homes-\d{4}-\d\d-\d\d\.([a-z.]+)"',
        response.headers["Content-Disposition"],
    )
    assert found
    assert found[1] == FORMATS[name].extension
    response.close()


def test_feed(client: FlaskClient, engine: Engine) -> None:
    """feedparser reads the feed; it names the search and its filters, newest first."""
    feed = feedparser.parse(client.get("/feed?q=homes&theme=planning&not_region=London").data)
    assert not feed.bozo
    assert feed.version == "atom10"
    assert "for “homes” (Theme: Planning; Region or nation: not London)" in feed.feed.title
    request = SearchRequest("homes", {"theme": ["planning"]}, {"region": ["London"]}, sort="newest", limit=50)
    assert [held.id.rpartition("/")[2] for held in feed.entries] == [hit.id for hit in engine.search(request).hits]
    assert all(held.updated_parsed and held.summary and held.link for held in feed.entries)


def test_search_record(client: FlaskClient, get: Get, engine: Engine) -> None:
    """The record tells query, filters, generation and the counts at each step, as page and as text."""
    address = "/search/record.txt?q=homes&theme=housing&theme=planning&year_from=2015&not_region=London"
    told = text(client, address)
    filters = {"theme": ["housing", "planning"]}
    counts = [
        engine.search(SearchRequest()).total,
        engine.search(SearchRequest("homes")).total,
        engine.search(SearchRequest("homes", filters)).total,
        engine.search(SearchRequest("homes", filters, year_from=2015)).total,
        engine.search(SearchRequest("homes", filters, {"region": ["London"]}, year_from=2015)).total,
    ]
    assert [int(n) for n in re.findall(r"^  \d+\. .*: (\d+)$", told, re.MULTILINE)] == counts
    assert "Query as typed: homes\n" in told
    assert f"generation {engine.stats().generation}" in told
    assert "Filters: Theme: Housing or Planning; Year: 2015 or later; Region or nation: not London\n" in told
    assert f"Results: {counts[-1]}\n" in told
    page = get(address.replace(".txt", ""))
    assert page.one("textarea").text.startswith("Search record Source: Casefinder")
