"""What every template may use: words, addresses and marked text."""

from __future__ import annotations

from flask import Flask, request, url_for
from markupsafe import Markup, escape

from corpus.model import CaseStudy
from search.request import FACETS, MODES, SORTS
from search.results import Marked
from webui import basket, wording
from webui.citation import coins, json_ld, meta_tags
from webui.context import directory, glance, site_root
from webui.headers import program_version
from webui.state import SearchState


def marked(text: Marked) -> Markup:
    """The text escaped, with `<mark>` round what matched."""
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if hit else escape(piece) for piece, hit in text.parts()
    )


def asset(name: str) -> str:
    """The address of a static file; it changes with the file, so that browsers may keep it for good."""
    return url_for("static", filename=name, v=program_version())


def search_path(state: SearchState, *extra: tuple[str, str], to: str = "/search") -> str:
    """The address of a search, on the results page or on another page about it."""
    query = state.to_query(*extra)
    return f"{to}?{query}" if query else to


def case_study_path(record_id: str, state: SearchState | None = None, rank: int | None = None, part: str = "") -> str:
    """The address of a case study; with the search it was found by, so that reading can go on from it."""
    told = state.to_query(*([("at", str(rank))] if rank else [])) if state else ""
    return f"/case-studies/{record_id}{'?' + told if told else ''}{'#' + part if part else ''}"


def place(record: CaseStudy) -> str:
    """Whose case study it is, in a few words."""
    names = record.councils or record.organisations
    shown = names[:3]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(shown) + more if more else wording.listed(shown)


def install(app: Flask) -> None:
    """Give the templates their filters and globals."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        marked=marked,
        number=wording.number,
        counted=wording.counted,
        case_studies=wording.case_studies,
        listed=wording.listed,
        slugify=wording.slugify,
        day=wording.day,
    )
    app.jinja_env.globals.update(
        FACETS=FACETS,
        FACET_WORDS=wording.FACET_WORDS,
        MODES=MODES,
        MODE_WORDS=wording.MODE_WORDS,
        SORTS=SORTS,
        SORT_WORDS=wording.SORT_WORDS,
        asset=asset,
        case_study_path=case_study_path,
        coins=coins,
        json_ld=json_ld,
        meta_tags=meta_tags,
        place=place,
        search_path=search_path,
        SearchState=SearchState,
    )

    @app.context_processor
    def of_this_request() -> dict[str, object]:
        kept = basket.read(request.cookies.get(basket.COOKIE))
        return {"glance": glance(), "directory": directory(), "site_root": site_root(), "basket": kept}
