"""The completions of a generation, gathered from its segments."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from index.codec import SegmentArrays
from index.completion_sources import phrase_completions, title_completions, value_completions
from index.completions import ADDED_FILE, COMPLETIONS_FILE, KINDS, Completion, Completions, write_completions

_COMPLETED_FACETS: Final = ("theme", "funding", "council")


def write_generation_completions(folder: Path, segments: Sequence[SegmentArrays]) -> None:
    """Write the completions of themes, funders, councils, titles and phrases of all live records."""
    values = _values(segments)
    heads = list(_heads(segments))
    titles = title_completions(sorted((id, title) for id, title, _ in heads))
    phrases = phrase_completions([(title, keywords) for _, title, keywords in heads], values)
    write_completions(folder / COMPLETIONS_FILE, [*values, *titles, *phrases])


def write_added_completions(folder: Path, listed: Sequence[SegmentArrays], added: Sequence[SegmentArrays]) -> None:
    """Write what changed since the completions in `folder` were written from the segments `listed`.

    Themes, funders and councils with their counts of today, the titles of the segments `added`,
    and which titles are no more. Phrases stay those of the last full build.
    """
    base = Completions.open(folder / COMPLETIONS_FILE)
    values = _values([*listed, *added])
    titles = title_completions(sorted((id, title) for id, title, _ in _heads(added)))
    first, ids = base.values_of("title")
    places = [(bisect_left(ids, id), id) for id in _gone_ids(listed)]
    gone = [first + at for at, id in places if at < len(ids) and ids[at] == id]
    values_before = np.flatnonzero(base["kinds"] < KINDS.index("phrase"))
    hidden = np.union1d(values_before, np.array(gone, dtype=np.int64))
    write_completions(folder / ADDED_FILE, [*values, *titles], hidden)


def _values(segments: Sequence[SegmentArrays]) -> list[Completion]:
    return list(value_completions({name: _counts(name, segments) for name in _COMPLETED_FACETS}))


def _gone_ids(segments: Sequence[SegmentArrays]) -> Iterator[str]:
    """Ids of deleted records; an id whose record stands in another of the segments is none."""
    for segment in segments:
        others = [other for other in segments if other is not segment]
        for id in map(segment.id_of, segment.segment.deleted_docs()):
            if all(other.doc_of(id) < 0 for other in others):
                yield id


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
