"""The hits of a page: the records at the places that were chosen, marked and cut to passages where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING

from search.order import Place
from search.results import Hit
from search.stored_record import StoredCaseStudy, StoredRecords

if TYPE_CHECKING:
    from search.highlight import Highlighter


def hits_at(
    places: Sequence[Place],
    segments: Sequence[StoredRecords],
    first_rank: int,
    total: int,
    highlighter: Highlighter | None,
) -> tuple[Hit, ...]:
    """The hits at these places; what stands behind the last of `total` matches was found by meaning."""
    ranked = zip(places, records_at(places, segments), count(first_rank), strict=False)
    if highlighter is None:
        return tuple(
            [Hit(record.id, place.score, rank, record, by_meaning=rank > total) for place, record, rank in ranked]
        )
    from search.snippets import snippet  # a program that asks for ids and counts does without it

    hits = []
    for place, record, rank in ranked:
        title, shown = highlighter.mark(record.title), snippet(record, highlighter)
        hits.append(Hit(record.id, place.score, rank, record, title, shown, by_meaning=rank > total))
    return tuple(hits)


def records_at(places: Sequence[Place], segments: Sequence[StoredRecords]) -> list[StoredCaseStudy]:
    """The records at these places."""
    if len(segments) == 1:
        return segments[0].records([place.doc for place in places])
    return [segments[place.segment].records([place.doc])[0] for place in places]
