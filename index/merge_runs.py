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
from index.compiled import kernel
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
    """A field's terms in one run, in byte order.

    `places` in `Terms`; `at` the place of each in the run's arrays, where `dfs` and `cfs`
    postings and positions begin at `starts` and `position_starts`.
    """

    run: int
    base: int
    worker: int
    places: Array
    at: Array
    dfs: Array
    cfs: Array
    starts: Array
    position_starts: Array
    arrays: dict[str, Array]


def merge_fields(
    runs: Sequence[Run], vocabularies: Mapping[str, Mapping[int, Sequence[bytes]]], builder: SegmentBuilder
) -> Iterator[str]:
    """Feed every field of the runs to the builder; yields a field's name when it is done."""
    bases = np.concatenate(([0], np.cumsum([run.note.documents for run in runs]))).tolist()
    exact, stems = Terms(vocabularies["exact"]), Terms(vocabularies["stems"])
    builder.number(stems.terms)
    for name in RANKED_FIELDS:
        words = exact if f"{name}_exact" in EXACT_FIELDS else None
        _merge_field(name, _TEXT, runs, bases, stems, builder, words)
        yield name
    for name in FACET_FIELDS:
        _merge_field(name, _KEYWORD, runs, bases, Terms(vocabularies[name]), builder)
        yield name


def _merge_field(
    name: str,
    spec: FieldSpec,
    runs: Sequence[Run],
    bases: Sequence[int],
    terms: Terms,
    builder: SegmentBuilder,
    words: Terms | None = None,
) -> None:
    """Merge one field; with `words` its exact twin too, which shares its postings."""
    slices = [_slices(at, bases[at], run, arrays, terms) for at, run in enumerate(runs) if (arrays := run.field(name))]
    if not slices:
        return
    builder.declare(name, spec)
    if words is not None:
        twin = f"{name}_exact"
        builder.share(twin, spec, name, words.terms)
        own = [_slices(at, bases[at], run, arrays, words) for at, run in enumerate(runs) if (arrays := run.field(twin))]
        _merge_slices(twin, spec, runs, own, words, builder, None)
    _merge_slices(name, spec, runs, slices, terms, builder, words)


def _merge_slices(
    name: str,
    spec: FieldSpec,
    runs: Sequence[Run],
    slices: Sequence[_Slices],
    terms: Terms,
    builder: SegmentBuilder,
    words: Terms | None,
) -> None:
    totals = np.zeros(len(terms.terms), np.int64)
    for each in slices:
        totals[each.places] += each.dfs
    for lo, hi in _blocks(totals):
        _merge_block(name, lo, hi, slices, totals[lo:hi], terms, builder, words)
    if spec.scorable:
        lengths = {each.run: each.arrays["lengths"] for each in slices}
        for at, run in enumerate(runs):
            builder.add_lengths(name, lengths.get(at, np.zeros(run.note.documents, np.uint8)))


def _slices(run_number: int, base: int, run: Run, arrays: dict[str, Array], terms: Terms) -> _Slices:
    places = terms.places[run.note.worker][arrays["terms"]]
    at = np.argsort(places)
    dfs = arrays["dfs"].astype(np.int64)
    starts = starts_of(dfs)
    position_starts = starts_of(arrays["freqs"])[starts] if "positions" in arrays else starts
    return _Slices(
        run=run_number,
        base=base,
        worker=run.note.worker,
        places=places[at],
        at=at,
        dfs=dfs[at],
        cfs=np.diff(position_starts)[at],
        starts=starts[:-1][at],
        position_starts=position_starts[:-1][at],
        arrays=arrays,
    )


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
    name: str,
    lo: int,
    hi: int,
    slices: Sequence[_Slices],
    dfs: Array,
    terms: Terms,
    builder: SegmentBuilder,
    words: Terms | None,
) -> None:
    """Hand on the terms lo to hi: each run's postings of a term go behind those of the runs before it."""
    room = starts_of(dfs)
    postings = int(room[-1])
    if not postings:
        return
    parts = [(each, *np.searchsorted(each.places, (lo, hi)).tolist()) for each in slices]
    parts = [(each, a, b) for each, a, b in parts if a < b]
    has_positions = "positions" in slices[0].arrays
    cfs = np.zeros(hi - lo, np.int64)
    for each, a, b in parts:
        cfs[each.places[a:b] - lo] += each.cfs[a:b]
    docs, freqs = np.empty(postings, np.int32), np.empty(postings, np.uint32)
    positions = np.empty(int(cfs.sum()), np.uint32) if has_positions else None
    numbers = None if words is None else np.empty(int(cfs.sum()), np.uint32)
    free, free_positions = room[:-1].copy(), starts_of(cfs)[:-1].copy()
    for each, a, b in parts:
        here, arrays = each.places[a:b] - lo, each.arrays
        postings_at = Stretches(each.starts[a:b], each.dfs[a:b], free[here])
        free[here] += each.dfs[a:b]
        copy_stretches(arrays["docs"], postings_at, docs.view(np.uint32), add=each.base)
        copy_stretches(arrays["freqs"], postings_at, freqs)
        if positions is not None:
            places_at = Stretches(each.position_starts[a:b], each.cfs[a:b], free_positions[here])
            free_positions[here] += each.cfs[a:b]
            copy_stretches(arrays["positions"], places_at, positions)
            if words is not None and numbers is not None:
                copy_stretches(arrays["words"], places_at, numbers, lookup=words.places[each.worker])
    held = np.flatnonzero(dfs)
    names = [terms.terms[lo + at] for at in held.tolist()]
    ranked = held + lo if name in RANKED_FIELDS else None
    builder.add_terms(name, names, dfs[held], docs, freqs, positions, words=numbers, numbers=ranked)


class Stretches(NamedTuple):
    """Where stretches of an array start, how long they are, and where they go in another."""

    starts: Array
    counts: Array
    targets: Array


def copy_stretches(
    source: Array, stretches: Stretches, target: Array, add: int = 0, lookup: Array | None = None
) -> None:
    """Copy stretches of unsigned numbers to a uint32 array: each with `add` added, or what `lookup` has for it."""
    if kernel is not None:
        kernel.stretches(source, stretches.starts, stretches.counts, target, stretches.targets, add, lookup)
        return
    values = source[spread(stretches.starts, stretches.counts)]
    values = values.astype(np.uint32) + np.uint32(add) if lookup is None else lookup[values]
    target[spread(stretches.targets, stretches.counts)] = values


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
