"""The OpenAPI 3.1 description of the JSON interface, made from the same constants as the interface itself."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response, jsonify, render_template

from search.request import FACETS, MAX_FILTER_VALUES, MAX_LIMIT, MAX_TEXT, MODES, NO_VALUE, SORTS
from webui.api.suggest import MAX_PREFIX, MAX_SUGGESTIONS, USUAL
from webui.state import EXCLUDE_PREFIX, MAX_VALUE, PAGE_SIZE
from webui.wording import FACET_WORDS

Json = dict[str, Any]


def _query(name: str, description: str, schema: Json, **more: Any) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Json, **more: Any) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
NUMBER: Json = {"type": "number"}
YEAR: Json = {"type": "integer", "minimum": 1, "maximum": 9999}


def _facet_parameters() -> list[Json]:
    values = {"type": "array", "items": {"type": "string", "maxLength": MAX_VALUE}, "maxItems": MAX_FILTER_VALUES // 20}
    found = []
    for facet in FACETS:
        words = FACET_WORDS[facet]
        kind = "slug" if facet == "theme" else "name"
        if facet == "year":
            kind = "year"
        found.append(
            _query(
                facet,
                f"{words.title}, by {kind}; repeat it for any of several. “{NO_VALUE}”: {words.none.lower()}.",
                values,
            )
        )
        found.append(_query(EXCLUDE_PREFIX + facet, f"{words.title} to leave out.", values))
    return found


def _search_parameters() -> list[Json]:
    return [
        _query("q", f"The query; its first {MAX_TEXT} characters are read.", TEXT),
        *_facet_parameters(),
        _query("year_from", "The first year, included.", YEAR),
        _query("year_to", "The last year, included; not before year_from.", YEAR),
        _query(
            "mode",
            "best: any of the words; all: all of them; phrase: exactly these.",
            {"enum": list(MODES), "default": "best"},
        ),
        _query("sort", "The order; by relevance where there are words, else newest first.", {"enum": list(SORTS)}),
        _query("page", "The page, from 1.", {"type": "integer", "minimum": 1, "maximum": 10**9, "default": 1}),
        _query("literal", "1: words exactly as typed, without corrections and synonyms.", {"enum": ["0", "1"]}),
        _query(
            "omit",
            "A synonym or place, as a note offers it, that shall not be searched for too; repeat it for several.",
            {"type": "array", "items": TEXT, "maxItems": 20},
        ),
        _query(
            "limit", "Hits on a page.", {"type": "integer", "minimum": 0, "maximum": MAX_LIMIT, "default": PAGE_SIZE}
        ),
        _query(
            "facets",
            "The facets to count; all unless said, “none” for none.",
            {"type": "array", "items": {"enum": [*FACETS, NO_VALUE]}, "maxItems": len(FACETS)},
            style="form",
            explode=False,
        ),
        _query(
            "facet_limit",
            "Values of each facet; chosen values are always told.",
            {"type": "string", "pattern": "^(all|[0-9]{1,4})$", "default": "10"},
        ),
    ]


def _record() -> Json:
    texts = ("id", "title", "summary", "body", "region", "council_type", "source_url", "source_title", "licence")
    lists = ("councils", "organisations", "themes", "funding", "keywords")
    return {
        **dict.fromkeys(texts, TEXT),
        **dict.fromkeys(lists, _list(TEXT)),
        "year": _or_null({"type": "integer"}),
        "url": TEXT,
    }


def _schemas() -> Json:
    problem = _object({"parameter": TEXT, "value": TEXT, "message": TEXT})
    bucket = _object(
        {"value": TEXT, "label": TEXT, "count": COUNT, "selected": {"type": "boolean"}, "excluded": {"type": "boolean"}}
    )
    span = {"type": "array", "items": COUNT, "minItems": 2, "maxItems": 2}
    boolean = {"type": "boolean"}
    passage = _object(
        {"section": TEXT, "text": TEXT, "spans": _list(span), "cut_before": boolean, "cut_after": boolean}
    )
    hit = {
        "score": NUMBER,
        "rank": {"type": "integer", "minimum": 1},
        "snippet": TEXT,
        "snippet_html": TEXT,
        "title_html": TEXT,
        "passages": _list(_ref("Passage")),
        "by_meaning": boolean,
    }
    facets = {"type": "object", "propertyNames": {"enum": list(FACETS)}}
    totals = _object({"distinct": COUNT, "missing": COUNT, "total": COUNT})
    note = _object({"code": TEXT, "text": TEXT, "query": _or_null(TEXT), "offers": _list(TEXT)})
    answer = {
        "total": COUNT,
        "found_by_meaning": COUNT,
        "hits": _list(_ref("Hit")),
        "facets": {**facets, "additionalProperties": _list(_ref("Bucket"))},
        "facet_totals": {**facets, "additionalProperties": totals},
        "suggestion": _or_null(TEXT),
        "notes": _list(note),
        "words": _list(_object({"word": TEXT, "count": COUNT})),
        "reliefs": _list(_object({"facet": TEXT, "total": COUNT})),
        "read_as": TEXT,
        "generation": TEXT,
        "took_ms": NUMBER,
        "page": {"type": "integer", "minimum": 1},
        "limit": COUNT,
    }
    similar = _object({"id": TEXT, "title": TEXT, "score": NUMBER, "reasons": _list(TEXT)})
    kinds = ["title", "council", "theme", "funding", "phrase"]
    suggestion = _object({"kind": {"enum": kinds}, "value": TEXT, "label": TEXT, "count": COUNT, "url": TEXT})
    return {
        "Error": _object({"status": {"type": "integer"}, "error": TEXT, "errors": _list(problem)}),
        "Bucket": bucket,
        "Passage": passage,
        "Hit": _object({**_record(), **hit}),
        "Answer": _object(answer),
        "CaseStudy": _object({**_record(), "similar": _list(similar)}),
        "Suggestions": _object({"q": TEXT, "suggestions": _list(suggestion)}),
    }


SAID = {
    200: "The answer.",
    304: "Not changed since the ETag that you sent.",
    404: "There is no such case study.",
    422: "Parameters that cannot be used, all of them named.",
    503: "The collection cannot be searched now.",
}


def _answers(name: str, *errors: int) -> Json:
    found: Json = {"200": {"description": SAID[200], "content": {"application/json": {"schema": _ref(name)}}}}
    found["304"] = {"description": SAID[304]}
    for status in (*errors, 503):
        found[str(status)] = {"description": SAID[status], "content": {"application/json": {"schema": _ref("Error")}}}
    return found


@cache
def description() -> Json:
    """The whole document."""
    by_id = {"name": "id", "in": "path", "required": True, "description": "The identifier of a case study.",
             "schema": {"type": "string", "minLength": 1, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}}  # fmt: skip
    suggest = [
        _query("q", f"What was typed so far; its first {MAX_PREFIX} characters are read.", TEXT),
        _query("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": MAX_SUGGESTIONS, "default": USUAL}),
    ]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Casefinder",
            "version": "1",
            "summary": "Search case studies of local government, with exact facet counts.",
            "description": "The same questions as the pages, answered as JSON. Nothing has to be signed up for.",
        },
        "paths": {
            "/api/v1/search": {
                "get": {
                    "operationId": "search",
                    "summary": "Search, with facets",
                    "parameters": _search_parameters(),
                    "responses": _answers("Answer", 422),
                }
            },
            "/api/v1/case-studies/{id}": {
                "get": {
                    "operationId": "caseStudy",
                    "summary": "One case study, and what is like it",
                    "parameters": [by_id],
                    "responses": _answers("CaseStudy", 404),
                }
            },
            "/api/v1/suggest": {
                "get": {
                    "operationId": "suggest",
                    "summary": "Completions of what was typed",
                    "parameters": suggest,
                    "responses": _answers("Suggestions", 422),
                }
            },
        },
        "components": {"schemas": _schemas()},
    }


def document() -> Response:
    """`/api/openapi.json`."""
    return jsonify(description())


def page() -> str:
    """`/api`: the same, to read."""
    return render_template("api.html", api=description())
