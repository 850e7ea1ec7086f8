"""The home page: the collection at a glance, and the ways into it."""

from __future__ import annotations

from flask import Blueprint, render_template

from search import NO_VALUE
from webui.context import directory, engine, glance
from webui.state import SearchState

pages = Blueprint("home", __name__)

NEWEST = 5
EXAMPLES = (
    "health inequalities deprived areas",
    "empty homes",
    "digital inclusion for older people",
    "flood resilience",
)
"""Queries to try; each finds something in the collection that ships."""

FUNDERS = 8


@pages.get("/")
def home() -> str:
    """What is there: how much, the newest, and every theme."""
    stats = glance().stats
    newest = engine().search(SearchState().to_request(limit=NEWEST, facets=(), snippets=False))
    funders = sorted(directory().entries("funding"), key=lambda entry: (-entry.count, entry.label))
    years = sorted(int(value) for value in glance().values.get("year", {}) if value.isdigit())
    recorded = {facet: sum(bucket.value != NO_VALUE for bucket in held) for facet, held in stats.values.items()}
    return render_template(
        "home.html",
        state=SearchState(),
        stats=stats,
        newest=newest.hits,
        themes=directory().entries("theme"),
        funders=funders[:FUNDERS],
        recorded=recorded,
        years=years,
        examples=EXAMPLES,
    )
