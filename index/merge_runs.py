"""Merging runs into one segment, field by field, with bounded memory.

Every run holds its terms in byte order, so a range of terms is a slice of each run. The merge cuts
the terms of all runs into blocks of bounded size and, for each block, lets every run scatter
its slice to where the block wants it. Documents ascend because runs are taken in the
order of their documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.errors import BadInput
from index.codec import FieldSpec, SegmentBuilder
from index.codec.ranges import spread, starts_of
from index.runs import Run
from index.schema import EXACT_FIELDS, FACET_FIELDS, RANKED_FIELDS

Array = NDArray[Any]

BLOCK: Final = 2_000_000
"""Postings that are merged at a time: some 100 MB with their positions."""

_TEXT: Final = FieldSpec(positions=True, scorable=True)
_KEYWORD: Final = FieldSpec()


class Terms:
    """The terms of all workers in byte order, and each worker's way into them."""

    def __init__(self, vocabularies: Mapping[int, Sequence[bytes]]) -> None:
        self.terms = sorted(set().union(*vocabularies.values()))
        place = {term: at for at, term in enumerate(self.terms)}
        self.places = {
            worker: np.fromiter(map(place.__getitem__, terms), np.int64, len(terms))
            for worker, terms in vocabularies.items()
        }


class _Slices(NamedTuple):
    """A field's terms in one run: places in `Terms`, and where postings and positions start."""

    run: int
    base: int
    places: Array
    starts: Array
    position_starts: Array
    arrays: dict[str, Array]


def merge_fields(
    runs: Sequence[Run], vocabularies: Mapping[str, Mapping[int, Sequence[bytes]]], builder: SegmentBuilder
) -> Iterator[str]:
    """Feed every field of the runs to the builder; yields a field's name when it is done."""
    bases = np.concatenate(([0], np.cumsum([run.note.documents for run in runs]))).tolist()
    for kind, names in (("exact", EXACT_FIELDS), ("stems", RANKED_FIELDS)):
        terms = Terms(vocabularies[kind])
        for name in names:
            _merge_field(name, _TEXT, runs, bases, terms, builder)
            yield name
    for name in FACET_FIELDS:
        _merge_field(name, _KEYWORD, runs, bases, Terms(vocabularies[name]), builder)
        yield name


def _merge_field(
    name: str, spec: FieldSpec, runs: Sequence[Run], bases: Sequence[int], terms: Terms, builder: SegmentBuilder
) -> None:
    slices = [_slices(at, bases[at], run, arrays, terms) for at, run in enumerate(runs) if (arrays := run.field(name))]
    if not slices:
        return
    builder.declare(name, spec)
    totals = np.zeros(len(terms.terms), np.int64)
    for each in slices:
        totals[each.places] += np.diff(each.starts)
    for lo, hi in _blocks(totals):
        _merge_block(name, lo, hi, slices, totals, terms, builder)
    if spec.scorable:
        lengths = {each.run: each.arrays["lengths"] for each in slices}
        for at, run in enumerate(runs):
            builder.add_lengths(name, lengths.get(at, np.zeros(run.note.documents, np.uint8)))


def _slices(at: int, base: int, run: Run, arrays: dict[str, Array], terms: Terms) -> _Slices:
    starts = starts_of(arrays["dfs"])
    position_starts = starts
    if "positions" in arrays:
        ends = starts_of(arrays["freqs"])
        position_starts = ends[starts]
    return _Slices(at, base, terms.places[run.note.worker][arrays["terms"]], starts, position_starts, arrays)


def _blocks(totals: Array) -> Iterator[tuple[int, int]]:
    """Ranges of terms with at most `BLOCK` postings each (a single term may have more)."""
    ends = np.cumsum(totals)
    lo = 0
    while lo < len(totals):
        before = int(ends[lo - 1]) if lo else 0
        hi = max(lo + 1, int(np.searchsorted(ends, before + BLOCK, side="right")))
        yield lo, hi
        lo = hi


def _merge_block(
    name: str, lo: int, hi: int, slices: Sequence[_Slices], totals: Array, terms: Terms, builder: SegmentBuilder
) -> None:
    dfs = totals[lo:hi]
    room = starts_of(dfs)
    postings = int(room[-1])
    if not postings:
        return
    docs = np.empty(postings, np.int32)
    freqs = np.empty(postings, np.uint32)
    free = room[:-1].copy()
    parts = []
    for each in slices:
        a, b = np.searchsorted(each.places, (lo, hi)).tolist()
        if a == b:
            continue
        counts = np.diff(each.starts[a : b + 1])
        here = each.places[a:b] - lo
        target = spread(free[here], counts)
        free[here] += counts
        source = slice(int(each.starts[a]), int(each.starts[b]))
        docs[target] = each.arrays["docs"][source].astype(np.int32) + np.int32(each.base)
        freqs[target] = each.arrays["freqs"][source]
        parts.append((each, a, b, target))
    positions = _positions(parts, freqs) if "positions" in slices[0].arrays else None
    held = np.flatnonzero(dfs)
    builder.add_terms(name, [terms.terms[lo + at] for at in held.tolist()], dfs[held], docs, freqs, positions)


def _positions(parts: Sequence[tuple[_Slices, int, int, Array]], freqs: Array) -> Array:
    room = starts_of(freqs)
    positions = np.empty(int(room[-1]), np.uint32)
    for each, a, b, target in parts:
        source = slice(int(each.position_starts[a]), int(each.position_starts[b]))
        positions[spread(room[target], freqs[target])] = each.arrays["positions"][source]
    return positions


def merge_ids(runs: Sequence[Run], builder: SegmentBuilder) -> None:
    """Feed the field of ids; raises `BadInput` when two records share one."""
    ids = [id for run in runs for id in run.note.ids]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    ordered = [ids[at] for at in order]
    doubled = {left.decode() for left, right in pairwise(ordered) if left == right}
    if doubled:
        raise double_ids(doubled)
    builder.declare("id", _KEYWORD)
    docs = np.array(order, np.int32)
    for lo in range(0, len(ordered), BLOCK):
        some = ordered[lo : lo + BLOCK]
        builder.add_terms("id", some, np.ones(len(some), np.int64), docs[lo : lo + BLOCK])


def double_ids(ids: set[str]) -> BadInput:
    """The error for ids that belong to more than one record."""
    named = ", ".join(sorted(ids)[:5]) + (", …" if len(ids) > 5 else "")
    count = "One id belongs" if len(ids) == 1 else f"{len(ids)} ids belong"
    return BadInput(f"{count} to more than one record: {named}. Give each record its own id.")
