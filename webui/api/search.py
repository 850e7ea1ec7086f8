"""`/api/v1/search`: the parameters of the page, and how much to answer."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from search.request import FACETS, MAX_LIMIT, NO_VALUE
from webui.api import render
from webui.context import engine, glance
from webui.errors import api_error
from webui.state import PAGE_SIZE, Problem, SearchState, clean, parse
from webui.wording import FACET_WORDS

EXTRA = frozenset({"limit", "facets", "facet_limit"})
MAX_FACET_LIMIT = 9_999
MAX_OFFSET = 10**12


def search() -> Response:
    """One answer; 422 names every parameter that cannot be used."""
    args = request.args.to_dict(flat=False)
    parsed = parse(args, also=EXTRA)
    problems = list(parsed.problems)
    limit = _number(problems, "limit", PAGE_SIZE, MAX_LIMIT)
    facets = _facets(problems)
    facet_limit = (
        None if request.args.get("facet_limit") == "all" else _number(problems, "facet_limit", 10, MAX_FACET_LIMIT)
    )
    if problems:
        return api_error(422, "Some parameters cannot be used.", problems)
    state = parsed.state
    answer = engine().search(state.to_request(limit=limit, facets=facets, facet_limit=facet_limit))
    body = render.results(answer)
    body["notes"] += _notes(state, parsed.truncated)
    body |= {"page": state.page, "limit": limit}
    return jsonify(body)


def _number(problems: list[Problem], name: str, usual: int, most: int) -> int:
    raw = clean(request.args.get(name, ""))
    if not raw:
        return usual
    if raw.isascii() and raw.isdigit() and len(raw) <= 9 and int(raw) <= most:
        return int(raw)
    expected = f"expected a whole number from 0 to {most}" + (" or all" if name == "facet_limit" else "")
    problems.append(Problem(name, raw[:80], expected))
    return usual


def _facets(problems: list[Problem]) -> tuple[str, ...]:
    """The facets asked for, separated by commas; all of them when nothing is said, none for "none"."""
    if "facets" not in request.args:
        return FACETS
    names = [held for held in map(clean, request.args["facets"].split(",")) if held and held != NO_VALUE]
    allowed = ", ".join(FACETS)
    problems += [Problem("facets", name[:80], f"expected some of {allowed}") for name in names if name not in FACETS]
    return tuple(name for name in names if name in FACETS)


def _notes(state: SearchState, truncated: bool) -> list[dict[str, Any]]:
    """What the engine cannot know: cut text, and filter values that no case study carries."""
    found = []
    if truncated:
        found.append(_note("truncated", f"Only the first {len(state.text)} characters were read."))
    for facet, values in state.filters.items():
        for value in values:
            if not glance().knows(facet, value):
                text = f"No case study carries the {FACET_WORDS[facet].one} “{value}”."
                found.append(_note("unknown-value", text))
    return found


def _note(code: str, text: str) -> dict[str, Any]:
    return {"code": code, "text": text, "query": None, "offers": []}
