"""Answers as plain JSON values."""

from __future__ import annotations

from typing import Any

from markupsafe import escape

from search import FacetCounts, Hit, SearchResults
from search.results import Marked, Passage


def marked_html(text: Marked) -> str:
    """The text escaped for HTML, with `<mark>` round what matched."""
    return "".join(f"<mark>{escape(piece)}</mark>" if hit else str(escape(piece)) for piece, hit in text.parts())


def passage(held: Passage) -> dict[str, Any]:
    return {
        "section": held.section,
        "text": held.marked.text,
        "spans": [list(span) for span in held.marked.spans],
        "cut_before": held.cut_before,
        "cut_after": held.cut_after,
    }


def hit(held: Hit) -> dict[str, Any]:
    """One result: its place, its score, why it matched, and every field of the record."""
    record = held.record.to_dict()
    told = {
        "id": held.id,
        "title": held.record.title,
        "score": round(held.score, 6),
        "rank": held.rank,
        "snippet": held.snippet.text,
        "snippet_html": " … ".join(marked_html(part.marked) for part in held.snippet.passages),
        "passages": [passage(part) for part in held.snippet.passages],
        "title_html": marked_html(held.title),
        "by_meaning": held.by_meaning,
        "url": f"/case-studies/{held.id}",
    }
    return {**told, **{name: value for name, value in record.items() if name not in told}}


def buckets(counts: FacetCounts) -> list[dict[str, Any]]:
    return [
        {"value": b.value, "label": b.label, "count": b.count, "selected": b.selected, "excluded": b.excluded}
        for b in counts.buckets
    ]


def about_facet(counts: FacetCounts) -> dict[str, Any]:
    """What a facet's list does not say: how many values there are, and how many records have none."""
    return {"distinct": counts.distinct, "missing": counts.missing, "total": counts.total}


def results(answer: SearchResults) -> dict[str, Any]:
    """A whole answer."""
    return {
        "total": answer.total,
        "found_by_meaning": answer.by_meaning,
        "hits": [hit(held) for held in answer.hits],
        "facets": {name: buckets(counts) for name, counts in answer.facets.items()},
        "facet_totals": {name: about_facet(counts) for name, counts in answer.facets.items()},
        "suggestion": answer.suggestion,
        "notes": [
            {"code": note.code, "text": note.text, "query": note.query, "offers": list(note.offers)}
            for note in answer.notes
        ],
        "words": [{"word": word.word, "count": word.count} for word in answer.words],
        "reliefs": [{"facet": relief.facet, "total": relief.total} for relief in answer.reliefs],
        "read_as": answer.read_as,
        "generation": answer.generation,
        "took_ms": round(answer.took_ms, 3),
    }
