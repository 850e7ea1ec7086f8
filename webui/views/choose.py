"""The full list of one facet's values for a search: find among them, tick some, leave some out."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, render_template, request

from search import FACETS, NO_VALUE
from webui.context import engine, glance
from webui.parts.chips import label_of
from webui.parts.facet_panel import Option, options
from webui.state import EXCLUDE_PREFIX, clean
from webui.views.search import Answer, problem_page, read_address

pages = Blueprint("choose", __name__)

ORDERS = ("count", "name")


@pages.get("/search/choose/<facet>")
def choose(facet: str) -> Answer:
    """Every value with its exact count under the search's other filters.

    `find` narrows the list without JavaScript; `order` is "count" or "name".
    """
    if facet not in FACETS:
        abort(404)
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    state = parsed.state
    find = clean(request.args.get("find", ""))[:100]
    order = request.args.get("order", "count")
    # What is left out has no count under itself: without the exclusion its value stays in the list.
    open_state = state.without_exclude(facet)
    counts = engine().search(open_state.to_request(limit=0, facets=(facet,), snippets=False)).facets[facet]
    excluded = state.exclude.get(facet, ())
    every = [_with_exclusion(option, excluded) for option in options(state, counts)]
    listed = {option.value for option in every}
    every += [Option(v, label_of(glance(), facet, v), 0, False, True) for v in excluded if v not in listed]
    shown = [option for option in every if _fits(option, find)]
    if order == "name":
        shown.sort(key=lambda option: (option.value == NO_VALUE, option.label.casefold()))
    else:
        shown.sort(key=lambda option: not (option.checked or option.excluded))
    return render_template(
        "choose.html",
        facet=facet,
        state=state,
        rest=[pair for pair in state.with_page(1).pairs() if pair[0] not in (facet, EXCLUDE_PREFIX + facet)],
        options=shown,
        distinct=len(every),
        find=find,
        order=order if order in ORDERS else "count",
    )


def _with_exclusion(option: Option, excluded: tuple[str, ...]) -> Option:
    return replace(option, excluded=option.value in excluded)


def _fits(option: Option, find: str) -> bool:
    """Chosen values stay in sight whatever is looked for: the form would lose them otherwise."""
    return option.checked or option.excluded or find.casefold() in option.label.casefold()
