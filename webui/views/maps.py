"""The two maps of a result: where its councils lie, and which themes it leaves empty."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from webui.context import engine, glance
from webui.parts.chips import chips
from webui.parts.gaps import ACROSS, gap_map
from webui.parts.map import council_map
from webui.views.search import Answer, heading, problem_page, read_address

pages = Blueprint("maps", __name__)


@pages.get("/search/map")
def councils() -> Answer:
    """The matches by council, as a picture and as a table."""
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    state = parsed.state.with_page(1)
    answer = engine().search(state.to_request(limit=0, facets=("council",), snippets=False))
    return render_template(
        "map.html",
        state=state,
        heading=heading(state, answer.total),
        chips=chips(state, glance()),
        map=council_map(state, answer.facets["council"], glance()),
    )


@pages.get("/search/gaps")
def gaps() -> Answer:
    """Themes against type of council, region or year; `across` says which."""
    across = request.args.get("across") or ACROSS[0]
    if across not in ACROSS:
        abort(404)
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    state = parsed.state.with_page(1)
    total = engine().search(state.to_request(limit=0, facets=(), snippets=False)).total
    return render_template(
        "gaps.html",
        state=state,
        total=total,
        heading=heading(state, total),
        chips=chips(state, glance()),
        choices=ACROSS,
        gaps=gap_map(engine(), glance(), state, across),
    )
