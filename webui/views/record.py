"""The search record: what a review has to report of a search, ready to paste.

After PRISMA-S (Rethlefsen et al. 2021, doi 10.1186/s13643-020-01542-z): the
source and its platform, the strategy exactly as run, limits, date, and counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, render_template

from search import SearchResults
from webui.context import engine, glance, site_root
from webui.parts.chips import label_of
from webui.state import SearchState
from webui.templating import search_path
from webui.views.search import Answer, problem_page, read_address
from webui.wording import FACET_WORDS, MODE_WORDS, SORT_WORDS, listed, years

pages = Blueprint("record", __name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of narrowing, and how many case studies are left after it."""

    text: str
    total: int


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """Everything to report, as (what, value) lines and counted steps."""

    lines: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        """The record as plain text."""
        facts = [f"{what}: {value}" for what, value in self.lines]
        counts = [f"  {number}. {step.text}: {step.total:,}" for number, step in enumerate(self.steps, start=1)]
        return "\n".join(["Search record", *facts, "Case studies at each step:", *counts]) + "\n"


def steps_of(state: SearchState) -> tuple[Step, ...]:
    """The counts from the whole collection to the result, one restriction after another."""
    asked = engine()

    def total(narrowed: SearchState) -> int:
        return asked.search(narrowed.to_request(limit=0, facets=(), snippets=False)).total

    at = SearchState(mode=state.mode, literal=state.literal)
    found = [Step("The whole collection", total(at))]
    if state.text:
        at = at.with_text(state.text)
        found.append(Step(f"Words: {state.text}", total(at)))
    for facet, values in state.filters.items():
        for value in values:
            at = at.with_filter(facet, value)
        said = listed([label_of(glance(), facet, value) for value in values], "or")
        found.append(Step(f"{FACET_WORDS[facet].title}: {said}", total(at)))
    if state.year_from or state.year_to:
        at = at.with_years(state.year_from, state.year_to)
        found.append(Step(f"Year: {years(state.year_from, state.year_to)}", total(at)))
    for facet, values in state.exclude.items():
        for value in values:
            at = at.with_exclude(facet, value)
        said = listed([label_of(glance(), facet, value) for value in values], "or")
        found.append(Step(f"{FACET_WORDS[facet].title}: not {said}", total(at)))
    return tuple(found)


def make_record(state: SearchState, answer: SearchResults, now: datetime) -> SearchRecord:
    """The record of one search, run now."""
    stats = glance().stats
    notes = [note.text for note in answer.notes]
    lines = (
        ("Source", f"Casefinder, {stats.documents:,} local-government case studies"),
        ("Platform", stats.engine),
        ("Collection", f"generation {stats.generation}, built {glance().built:%Y-%m-%d %H:%M} UTC"),
        ("Searched on", f"{now:%Y-%m-%d %H:%M} UTC"),
        ("Query as typed", state.text or "(none)"),
        ("Query as read", answer.read_as or "(everything)"),
        ("Match", MODE_WORDS[state.mode]),
        ("Corrections and synonyms", " ".join(notes) or ("switched off" if state.literal else "none used")),
        ("Filters", "; ".join(step.text for step in steps_of(state)[1 + bool(state.text) :]) or "none"),
        ("Order", SORT_WORDS[state.effective_sort]),
        ("Results", f"{answer.total:,}"),
        ("Address", site_root() + search_path(state)),
    )
    return SearchRecord(lines, steps_of(state))


def _record() -> SearchRecord | Answer:
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    state = parsed.state.with_page(1)
    answer = engine().search(state.to_request(limit=0, facets=(), snippets=False))
    return make_record(state, answer, datetime.now(UTC))


@pages.get("/search/record")
def record_page() -> Answer:
    """The record as a page."""
    made = _record()
    if not isinstance(made, SearchRecord):
        return made
    state = read_address().state.with_page(1)
    return render_template("search_record.html", record=made, state=state)


@pages.get("/search/record.txt")
def record_text() -> Answer | Response:
    """The record as a text file."""
    made = _record()
    if not isinstance(made, SearchRecord):
        return made
    response = Response(made.text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="casefinder-search-record.txt"'
    return response
