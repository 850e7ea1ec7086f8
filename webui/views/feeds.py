"""The Atom feed of any search."""

from __future__ import annotations

from flask import Blueprint, Response

from webui.context import engine, glance, site_root
from webui.feed import atom
from webui.parts.chips import chips
from webui.templating import search_path
from webui.views.search import Answer, heading, problem_page, read_address

pages = Blueprint("feeds", __name__)

ENTRIES = 50


@pages.get("/feed")
def feed() -> Answer | Response:
    """The first case studies of the search, newest first unless the address says otherwise."""
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    state = parsed.state.with_page(1)
    if state.sort is None:
        state = state.with_sort("newest")
    answer = engine().search(state.to_request(limit=ENTRIES, facets=(), snippets=False))
    active = "; ".join(f"{chip.title}: {chip.text}" for chip in chips(state, glance()))
    body = atom(
        title=f"Casefinder: {heading(state, answer.total)}" + (f" ({active})" if active else ""),
        subtitle=f"Filters: {active or 'none'}. Collection of {glance().built:%Y-%m-%d}.",
        root=site_root(),
        page=search_path(parsed.state.with_page(1)),
        itself=search_path(parsed.state.with_page(1), to="/feed"),
        updated=glance().built,
        records=[hit.record for hit in answer.hits if not hit.by_meaning],
    )
    return Response(body, content_type="application/atom+xml; charset=utf-8")
