"""The JSON interface."""

from __future__ import annotations

from flask.testing import FlaskClient

from corpus.model import CaseStudy
from search import FACETS, Engine, SearchRequest


def test_search_shape(client: FlaskClient, engine: Engine) -> None:
    """An answer holds total, hits, facets, suggestion, notes and took_ms as promised."""
    body = client.get("/api/v1/search?q=housing&theme=planning&limit=3").get_json()
    expected = engine.search(SearchRequest("housing", {"theme": ["planning"]}, limit=3))
    assert body["total"] == expected.total
    assert [hit["id"] for hit in body["hits"]] == [hit.id for hit in expected.hits]
    assert {"total", "hits", "facets", "suggestion", "notes", "took_ms"} <= body.keys()
    first = body["hits"][0]
    assert {"id", "title", "score", "snippet", "summary", "councils", "themes", "funding", "year"} <= first.keys()
    assert list(body["facets"]) == list(FACETS)
    chosen = next(held for held in body["facets"]["theme"] if held["selected"])
    assert chosen == {
        "value": "planning",
        "label": "Planning",
        "count": body["total"],
        "selected": True,
        "excluded": False,
    }


def test_paging_and_limits(client: FlaskClient) -> None:
    """Pages are as long as the limit; limit 0 gives counts alone."""
    two = client.get("/api/v1/search?limit=2&page=2").get_json()
    four = client.get("/api/v1/search?limit=4").get_json()
    assert [hit["id"] for hit in two["hits"]] == [hit["id"] for hit in four["hits"]][2:]
    assert client.get("/api/v1/search?limit=0").get_json()["hits"] == []


def test_facets_asked_for(client: FlaskClient) -> None:
    """Only the facets asked for, cut to facet_limit; "none" asks for none of them."""
    body = client.get("/api/v1/search?facets=council,theme&facet_limit=2").get_json()
    assert {name: len(held) for name, held in body["facets"].items()} == {"council": 2, "theme": 2}
    assert len(client.get("/api/v1/search?facets=council&facet_limit=all").get_json()["facets"]["council"]) > 200
    assert client.get("/api/v1/search?facets=none").get_json()["facets"] == {}


def test_every_problem_is_named(client: FlaskClient) -> None:
    """All unusable parameters come back together in the one shape."""
    response = client.get("/api/v1/search?page=x&limit=-1&facets=colour&shoe=9&sort=up")
    body = response.get_json()
    assert response.status_code == body["status"] == 422
    assert {held["parameter"] for held in body["errors"]} == {"page", "limit", "facets", "shoe", "sort"}
    assert all(set(held) == {"parameter", "value", "message"} for held in body["errors"])


def test_unknown_value_is_a_note(client: FlaskClient) -> None:
    """A value that no case study carries gives nothing, and a note that says so."""
    body = client.get("/api/v1/search?theme=hosing").get_json()
    assert body["total"] == 0
    assert [note["code"] for note in body["notes"]] == ["unknown-value"]


def test_one_record(client: FlaskClient, records: list[CaseStudy]) -> None:
    """A record comes with every field as it was written, and with what is like it."""
    record = records[0]
    body = client.get(f"/api/v1/case-studies/{record.id}").get_json()
    assert {name: body[name] for name in record.to_dict()} == record.to_dict()
    assert body["similar"][0].keys() == {"id", "title", "score", "reasons"}


def test_suggest(client: FlaskClient) -> None:
    """Completions name their kind and where choosing them leads."""
    found = client.get("/api/v1/suggest?q=Leeds+City").get_json()["suggestions"]
    assert {
        "kind": "council",
        "value": "Leeds City Council",
        "label": "Leeds City Council",
        "url": "/councils/leeds",
    }.items() <= next(held for held in found if held["kind"] == "council").items()
    assert client.get("/api/v1/suggest?q=").get_json()["suggestions"] == []
    assert client.get("/api/v1/suggest?q=x&limit=0").status_code == 422


def test_healthz(client: FlaskClient, engine: Engine, records: list[CaseStudy]) -> None:
    """Alive, and never from a cache."""
    response = client.get("/healthz")
    assert response.get_json() == {"status": "ok", "documents": len(records), "generation": engine.stats().generation}
    assert response.headers["Cache-Control"] == "no-store"
