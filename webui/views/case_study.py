"""The page of one case study."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request

from corpus.gazetteer import gazetteer
from corpus.model import CaseStudy
from search import Hit
from webui.context import engine
from webui.markdown import Article, render_article
from webui.parts.highlighting import marker
from webui.state import PARAMETERS, SearchState, parse, whole_number

pages = Blueprint("case_study", __name__)

SIMILAR = 5


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where this case study stands in the result list that the reader came from."""

    rank: int
    total: int
    previous: Hit | None
    next: Hit | None


@pages.get("/case-studies/<id>")
def case_study(id: str) -> str:
    """All that is recorded; with a search in the address, its words are marked and its list goes on."""
    record = engine().get(id)
    if record is None:
        abort(404)
    state = _search_of_address()
    mark = marker(engine(), state)
    article: Article = render_article(record.body, mark)
    return render_template(
        "case_study.html",
        record=record,
        state=state or SearchState(),
        came_from=state,
        title=mark(record.title),
        summary=mark(record.summary),
        article=article,
        neighbours=_neighbours(record, state),
        similar=engine().similar(id, SIMILAR),
        councils=[gazetteer().by_name.get(name) for name in record.councils],
    )


def _search_of_address() -> SearchState | None:
    """The search in the address; None when there is none or it cannot be used."""
    args = request.args.to_dict(flat=False)
    if not PARAMETERS & args.keys():
        return None
    parsed = parse(args)
    return None if parsed.problems else parsed.state


def _neighbours(record: CaseStudy, state: SearchState | None) -> Neighbours | None:
    """The hits before and after; None when `at` is not this record's rank (any more)."""
    rank = whole_number(request.args.get("at", ""), 10**9)
    if rank is None or state is None:
        return None
    start = max(0, rank - 2)
    answer = engine().search(state.to_request(offset=start, limit=rank - start + 1, facets=(), snippets=False))
    by_rank = {start + place: hit for place, hit in enumerate(answer.hits, start=1)}
    if rank > answer.total or rank not in by_rank or by_rank[rank].id != record.id:
        return None
    return Neighbours(rank, answer.total, by_rank.get(rank - 1), by_rank.get(rank + 1))
