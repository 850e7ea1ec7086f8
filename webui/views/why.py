"""Why a case study stands where it does: its score, part by part, in plain English."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from webui.context import engine
from webui.parts.why import plain_parts
from webui.views.search import Answer, problem_page, read_address

pages = Blueprint("why", __name__)


@pages.get("/case-studies/<id>/why")
def why(id: str) -> Answer:
    """The explanation for the search in the address."""
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    record = engine().get(id)
    if record is None:
        abort(404)
    state = parsed.state
    found = engine().explain(state.to_request(limit=0, facets=(), snippets=False), id) if state.text else None
    answer = engine().search(state.to_request(limit=0, facets=(), snippets=False))
    return render_template(
        "why.html",
        record=record,
        state=state,
        explanation=plain_parts(found, record, engine()) if found else None,
        notes=answer.notes,
        read_as=answer.read_as,
    )
