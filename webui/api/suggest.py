"""`/api/v1/suggest?q=…`: completions while one types."""

from __future__ import annotations

from flask import Response, jsonify, request

from search import Suggestion
from webui.context import directory, engine
from webui.errors import api_error
from webui.state import Problem, SearchState, clean, whole_number
from webui.templating import case_study_path, search_path

MAX_PREFIX = 100
MAX_SUGGESTIONS = 20
USUAL = 8


def suggest() -> Response:
    """Titles, councils, themes, funders and phrases that go on from what was typed."""
    problems = [
        Problem(name[:80], "", "is not a parameter here (expected q or limit)")
        for name in request.args
        if name not in ("q", "limit")
    ]
    raw = clean(request.args.get("limit", ""))
    limit = whole_number(raw, MAX_SUGGESTIONS) if raw else USUAL
    if limit is None:
        problems.append(Problem("limit", raw[:80], f"expected a whole number from 1 to {MAX_SUGGESTIONS}"))
    if problems:
        return api_error(422, "Some parameters cannot be used.", problems)
    prefix = clean(request.args.get("q", ""))[:MAX_PREFIX]
    found = engine().suggest(prefix, limit or USUAL) if prefix else ()
    return jsonify({"q": prefix, "suggestions": [_told(held) for held in found]})


def _told(held: Suggestion) -> dict[str, object]:
    return {"kind": held.kind, "value": held.value, "label": held.label, "count": held.count, "url": _address(held)}


def _address(held: Suggestion) -> str:
    """Where choosing the completion leads: the page about it, or the search for it."""
    if held.kind == "title":
        return case_study_path(held.value)
    path = directory().path(held.kind, held.value)
    return path or search_path(SearchState().with_text(held.value))
