"""The hits of a page: the records at the places that were chosen, marked and cut to passages where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from corpus.model import CaseStudy
from search.order import Place
from search.results import Hit

if TYPE_CHECKING:
    from search.highlight import Highlighter


def hits_at(
    places: Sequence[Place],
    record_at: Callable[[int, int], CaseStudy],
    first_rank: int,
    total: int,
    highlighter: Highlighter | None,
) -> tuple[Hit, ...]:
    """The hits at these places; what stands behind the last of `total` matches was found by meaning."""
    if highlighter is None:
        plain = []
        for rank, (segment, doc, score) in enumerate(places, start=first_rank):
            record = record_at(segment, doc)
            plain.append(Hit(record.id, score, rank, record, by_meaning=rank > total))
        return tuple(plain)
    from search.snippets import snippet  # a program that asks for ids and counts does without it

    hits = []
    for rank, (segment, doc, score) in enumerate(places, start=first_rank):
        record = record_at(segment, doc)
        title, shown = highlighter.mark(record.title), snippet(record, highlighter)
        hits.append(Hit(record.id, score, rank, record, title, shown, by_meaning=rank > total))
    return tuple(hits)
