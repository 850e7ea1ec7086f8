"""The lists of themes, funders and councils, and the page of each of them."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, abort, render_template, request

from corpus.gazetteer import Council, gazetteer
from search import NO_VALUE, FacetCounts
from webui.context import directory, engine
from webui.directory import LISTS, Entry
from webui.state import SearchState, clean
from webui.wording import FACET_WORDS, initial

pages = Blueprint("browse", __name__)

LATEST = 10
RELATED = 12


@pages.get("/<any(themes, funding, councils):address>")
def listing(address: str) -> str:
    """Every name from A to Z with its number of case studies; `find` narrows, `all=1` shows unused names too."""
    facet = LISTS[address]
    find = clean(request.args.get("find", ""))[:100]
    everything = request.args.get("all") == "1"
    entries = [e for e in directory().entries(facet, used=not everything) if e.matches(find.casefold())]
    grouped = {letter: list(held) for letter, held in groupby(entries, key=lambda entry: initial(entry.label))}
    return render_template(
        "listing.html",
        address=address,
        facet=facet,
        words=FACET_WORDS[facet],
        grouped=dict(sorted(grouped.items())),
        total=len(entries),
        used=len(directory().entries(facet)),
        known=len(directory().entries(facet, used=False)),
        find=find,
        everything=everything,
    )


@pages.get("/<any(themes, funding, councils):address>/<slug>")
def landing(address: str, slug: str) -> str:
    """One theme, funder or council: what it is, its case studies, and what goes with it."""
    facet = LISTS[address]
    entry = directory().by_slug(facet, slug)
    if entry is None:
        abort(404)
    state = SearchState().only_filter(facet, entry.value)
    others = tuple(other for other in ("theme", "funding", "council", "region") if other != facet)
    results = engine().search(state.to_request(limit=LATEST, facets=others))
    related = {other: _related(results.facets[other]) for other in others}
    return render_template(
        "landing.html",
        address=address,
        facet=facet,
        words=FACET_WORDS[facet],
        entry=entry,
        state=state,
        results=results,
        related=related,
        council=_about(entry) if facet == "council" else None,
    )


def _related(counts: FacetCounts) -> list[tuple[str, str, int]]:
    held = [(b.value, b.label, b.count) for b in counts.buckets if b.value != NO_VALUE and b.count]
    return held[:RELATED]


def _about(entry: Entry) -> dict[str, object] | None:
    """The gazetteer's facts about a council; None for a name that it does not know."""
    register = gazetteer()
    council = register.by_name.get(entry.value)
    if council is None:
        return None
    return {
        "facts": council,
        "successors": _entries(council.successors),
        "predecessors": _entries(council.predecessors),
        "county": _entries((council.county,) if council.county else ()),
        "like": _entries(tuple(other.name for other in similar_councils(council))),
    }


def _entries(names: tuple[str, ...]) -> list[Entry]:
    found = (directory().entry("council", name) for name in names)
    return [entry for entry in found if entry is not None]


def similar_councils(council: Council, most: int = 6) -> list[Council]:
    """Councils of the same type with case studies, those of the same region first, then the nearest in population."""
    used = {entry.value for entry in directory().entries("council")}
    size = council.population or 0
    same = [
        other
        for other in gazetteer().councils
        if other.type == council.type and other.name != council.name and other.name in used
    ]
    same.sort(key=lambda other: (other.region != council.region, abs((other.population or 0) - size), other.name))
    return same[:most]
