"""The completions of a generation, gathered from its segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from index.codec import SegmentArrays
from index.completion_sources import phrase_completions, title_completions, value_completions
from index.completions import Completions, write_completions

COMPLETIONS_FILE: Final = "completions.words"

_COMPLETED_FACETS: Final = ("theme", "funding", "council")


def write_generation_completions(folder: Path, segments: Sequence[SegmentArrays]) -> None:
    """Write the completions of themes, funders, councils, titles and phrases of all live records."""
    values = list(value_completions({name: _counts(name, segments) for name in _COMPLETED_FACETS}))
    heads = list(_heads(segments))
    titles = title_completions((id, title) for id, title, _ in heads)
    phrases = phrase_completions([(title, keywords) for _, title, keywords in heads], values)
    write_completions(folder / COMPLETIONS_FILE, [*values, *titles, *phrases])


def open_completions(folder: Path) -> Completions:
    """The completions of a generation's folder."""
    return Completions.open(folder / COMPLETIONS_FILE)


def _counts(name: str, segments: Sequence[SegmentArrays]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for segment in segments:
        column, live = segment.facet(name), segment.live()
        if column is not None:
            mask = np.ones(segment.doc_count_all, np.bool_) if live is None else live
            counts.update(dict(zip(column.values, column.count_mask(mask).tolist(), strict=True)))
    return +counts


def _heads(segments: Sequence[SegmentArrays]) -> Iterator[tuple[str, str, list[str]]]:
    """Id, title and keywords of every live record."""
    for segment in segments:
        live = segment.live()
        for doc in range(segment.doc_count_all):
            if live is None or live[doc]:
                record = segment.stored_head(doc)["record"]
                yield record["id"], record["title"], record.get("keywords", [])
