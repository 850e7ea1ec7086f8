"""The completions of a generation, gathered from its segments."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from index.codec import SegmentArrays
from index.completion_sources import phrase_completions, phrase_step, title_completions, value_completions
from index.completions import ADDED_FILE, COMPLETIONS_FILE, KINDS, Completion, Completions, write_completions
from index.heads import HEAD_FIELDS

_ID, _TITLE, _KEYWORDS = map(HEAD_FIELDS.index, ("id", "title", "keywords"))

_COMPLETED_FACETS: Final = {
    facet: HEAD_FIELDS.index(name)
    for facet, name in (("theme", "themes"), ("funding", "funding"), ("council", "councils"))
}
"""Facets whose values are completed, and where a record's head has them."""


def write_generation_completions(folder: Path, segments: Sequence[SegmentArrays]) -> None:
    """Write the completions of themes, funders, councils, titles and phrases of all live records."""
    records = sum(segment.doc_count_all - segment.segment.deleted_count() for segment in segments)
    write_completions_of(folder, _heads(segments), records)


def write_completions_of(folder: Path, heads: Iterable[Sequence[Any]], records: int) -> None:
    """The same for so many records with these heads (see `index.documents.HEAD_FIELDS`), read once."""
    step = phrase_step(records)
    counts: dict[str, Counter[str]] = {name: Counter() for name in _COMPLETED_FACETS}
    titles: list[tuple[str, str]] = []
    sample: list[tuple[str, Sequence[str]]] = []
    for number, head in enumerate(heads):
        for facet, at in _COMPLETED_FACETS.items():
            counted = counts[facet]
            for value in set(head[at]):
                counted[value] += 1
        titles.append((head[_ID], head[_TITLE]))
        if number % step == 0:
            sample.append((head[_TITLE], head[_KEYWORDS]))
    values = list(value_completions({name: _in_order(counted) for name, counted in counts.items()}))
    phrases = phrase_completions(sample, values, step)
    titles.sort()
    write_completions(folder / COMPLETIONS_FILE, chain(values, title_completions(titles), phrases))


def _in_order(counts: Counter[str]) -> dict[str, int]:
    """Counts by value, in the byte order in which facets have them."""
    return {value: counts[value] for value in sorted(counts, key=str.encode)}


def write_added_completions(folder: Path, listed: Sequence[SegmentArrays], added: Sequence[SegmentArrays]) -> None:
    """Write what changed since the completions in `folder` were written from the segments `listed`.

    Themes, funders and councils with their counts of today, the titles of the segments `added`,
    and which titles are no more. Phrases stay those of the last full build.
    """
    base = Completions.open(folder / COMPLETIONS_FILE)
    values = _values([*listed, *added])
    titles = title_completions(sorted((head[_ID], head[_TITLE]) for head in _heads(added)))
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


def _heads(segments: Sequence[SegmentArrays]) -> Iterator[Sequence[Any]]:
    """The stored head of every live record."""
    for segment in segments:
        live = segment.live()
        for doc in range(segment.doc_count_all):
            if live is None or live[doc]:
                yield segment.stored_head(doc)["record"]
