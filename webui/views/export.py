"""Taking a whole result away: `/export/<format>` with the parameters of the search, or with `id` for chosen records."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template, request

from corpus.model import CaseStudy
from webui.context import engine, glance, site_root
from webui.exports import FORMATS, Format
from webui.state import clean
from webui.views.search import Answer, heading, problem_page, read_address
from webui.whole_result import records_of
from webui.wording import slugify

pages = Blueprint("export", __name__)

MOST_CHOSEN = 1_000
"""Records that can be asked for by id in one address."""


def chosen_ids() -> tuple[str, ...]:
    """The ids in the address, once each."""
    return tuple(dict.fromkeys(filter(None, map(clean, request.args.getlist("id")[:MOST_CHOSEN]))))


def chosen_records(ids: tuple[str, ...]) -> Iterator[CaseStudy]:
    """The records with these ids, in this order; ids that are no more are passed over."""
    asked = engine()
    return (record for record in map(asked.get, ids) if record is not None)


@pages.get("/export")
def choose_format() -> Answer:
    """The page that offers the formats for one search."""
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    total = engine().search(parsed.state.to_request(limit=0, facets=(), snippets=False)).total
    return render_template(
        "export.html", state=parsed.state, total=total, heading=heading(parsed.state, total), formats=FORMATS.values()
    )


@pages.get("/export/<name>")
def export(name: str) -> Answer | Response:
    """The file, streamed while the records are read."""
    form = FORMATS.get(name)
    if form is None:
        abort(404)
    ids = chosen_ids()
    if ids:
        return _file(form, chosen_records(ids), "selection")
    parsed = read_address()
    if parsed.problems:
        return problem_page(parsed)
    return _file(form, records_of(engine(), parsed.state), parsed.state.text)


def _file(form: Format, records: Iterator[CaseStudy], about: str) -> Response:
    words = slugify(about)[:40].strip("-") if about else "all"
    name = f"casefinder-{words}-{glance().built:%Y-%m-%d}.{form.extension}"
    pieces = form.write(records, site_root())
    response = Response(pieces, content_type=f"{form.media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
