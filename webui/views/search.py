"""The results page."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from search import SearchResults
from webui.context import engine, glance
from webui.parts.chips import chips, unknown_values
from webui.parts.facet_panel import facet_panel
from webui.parts.histogram import histogram
from webui.parts.pagination import paginate
from webui.state import PAGE_SIZE, Parsed, SearchState, parse
from webui.wording import case_studies, counted

pages = Blueprint("search", __name__)

Answer = str | tuple[str, int]


def heading(state: SearchState, total: int) -> str:
    """The page's heading: the total and the words."""
    number = "No case studies" if total == 0 else case_studies(total)
    if state.empty:
        return f"All {number}" if total else number
    return f"{number} for “{state.text}”" if state.text else number


def subheading(state: SearchState) -> str:
    """How many filters are at work: the rest of the heading, for the title of the page."""
    active = sum(map(len, (*state.filters.values(), *state.exclude.values()))) + bool(state.year_from or state.year_to)
    return f" with {counted(active, 'filter')}" if active else ""


def read_address() -> Parsed:
    """This request's search."""
    return parse(request.args.to_dict(flat=False))


def problem_page(parsed: Parsed) -> Answer:
    """The page that says what in the address cannot be used."""
    return render_template("search_problem.html", state=parsed.state, problems=parsed.problems), 400


@pages.get("/search")
def results() -> Answer:
    """One page of results with its facets; 400 for an unusable address, 404 beyond the last page."""
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    state = parsed.state
    answer = engine().search(state.to_request())
    # What was found by meaning stands on pages as well, after the last match.
    shown = paginate(answer.total + answer.by_meaning, state.page, PAGE_SIZE)
    if state.page > shown.last:
        return render_template("page_beyond.html", state=state, results=answer, last=shown.last), 404
    return render_template("search.html", pagination=shown, truncated=parsed.truncated, **page_parts(state, answer))


def page_parts(state: SearchState, answer: SearchResults) -> dict[str, object]:
    """What the results page shows beside its hits."""
    told = glance()
    return {
        "state": state,
        "results": answer,
        "heading": heading(state, answer.total),
        "subheading": subheading(state),
        "panel": facet_panel(state, answer.facets),
        "chips": chips(state, told),
        "unknown": unknown_values(state, told),
        "histogram": histogram(state, answer.facets["year"]),
    }
