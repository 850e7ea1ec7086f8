"""Merging runs into one segment, field by field, with bounded memory.

Every run holds its terms in byte order, so a range of terms is a slice of each run. The merge cuts
the terms of all runs into blocks of bounded size and, for each block, lets every run scatter
its slice to where the block wants it. Documents ascend because runs are taken in the
order of their documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.errors import BadInput
from index.codec import FieldSpec, SegmentBuilder
from index.codec.ranges import ranges_within, starts_of
from index.gathered import Gathered, Terms
from index.runs import Run
from index.schema import EXACT_FIELDS, FACET_FIELDS, RANKED_FIELDS
from index.stretches import Stretches, copy_stretches

Array = NDArray[Any]

BLOCK: Final = 2_000_000
"""Postings that are merged at a time, or those of one term that has more: some 100 MB with their positions."""

_TEXT: Final = FieldSpec(positions=True, scorable=True)
_KEYWORD: Final = FieldSpec()


class _Slice(NamedTuple):
    """Some terms of a run: their `places` in `Terms`; `dfs` and `cfs` postings and positions of each, from where on."""

    places: Array
    dfs: Array
    cfs: Array
    starts: Array
    position_starts: Array


class _Source:
    """A field's terms in one run, in byte order, read from the first to the last."""

    def __init__(self, run: Run, base: int, arrays: dict[str, Array], terms: Terms) -> None:
        self.base = base
        self.worker = run.note.worker
        self.arrays = arrays
        self.places = terms.places[self.worker][arrays["terms"]].astype(np.int32)
        self.has_positions = "positions" in arrays
        self._term = self._posting = self._position = 0

    def below(self, bound: int) -> _Slice | None:
        """The next terms, up to the first whose place is not below the bound; None if there are none."""
        a, b = self._term, int(np.searchsorted(self.places, bound))
        if a == b:
            return None
        dfs = self.arrays["dfs"][a:b].astype(np.int64)
        starts = starts_of(dfs)
        cfs = dfs
        if self.has_positions:
            freqs = self.arrays["freqs"][self._posting : self._posting + int(starts[-1])]
            cfs = np.add.reduceat(freqs, starts[:-1], dtype=np.int64)
        position_starts = starts_of(cfs)
        found = _Slice(
            self.places[a:b].astype(np.int64),
            dfs,
            cfs,
            starts[:-1] + self._posting,
            position_starts[:-1] + self._position,
        )
        self._term = b
        self._posting += int(starts[-1])
        self._position += int(position_starts[-1])
        return found


class _Block(NamedTuple):
    """Neighbouring terms from place `lo` on: documents of each in all runs, and their parts of each run."""

    lo: int
    dfs: Array
    parts: Sequence[tuple[_Source, _Slice]]


LONGEST: Final = "body"
"""The field that takes as long as all others together."""


def merge_fields(
    runs: Sequence[Run], gathered: Gathered, builder: SegmentBuilder
) -> tuple[Iterator[str], Iterator[str]]:
    """Feed every field of the runs to the builder, in two rows of steps that may be done side by side.

    The steps are of bounded size; each tells the name of its field.
    """
    stems = gathered.terms("stems")
    builder.number(stems.terms)
    merge = _Merge(runs, gathered.words, builder)
    texts = {name: merge.field(name, _TEXT, stems) for name in RANKED_FIELDS}
    facets = [
        merge.field(name, _KEYWORD, gathered.terms(name))
        for name in FACET_FIELDS
        if any(name in run.note.fields for run in runs)
    ]
    return texts.pop(LONGEST), chain(*texts.values(), *facets)


class _Merge:
    """The merge of some runs into a builder; `exact` are the words that the exact twins of fields hold."""

    def __init__(self, runs: Sequence[Run], exact: Terms, builder: SegmentBuilder) -> None:
        self._runs = runs
        self._bases = starts_of(np.array([run.note.documents for run in runs])).tolist()
        self._exact = exact
        self._builder = builder

    def field(self, name: str, spec: FieldSpec, terms: Terms) -> Iterator[str]:
        """Merge one field, and its exact twin, which shares its postings."""
        twin = f"{name}_exact"
        if not any(name in run.note.fields for run in self._runs):
            return
        self._builder.declare(name, spec)
        if twin not in EXACT_FIELDS:
            yield from self._lists(name, spec, terms)
            return
        self._builder.share(twin, spec, name, self._exact.terms)
        yield from self._lists(twin, spec, self._exact)
        yield from self._lists(name, spec, terms, self._exact)

    def _lists(self, name: str, spec: FieldSpec, terms: Terms, words: Terms | None = None) -> Iterator[str]:
        """Merge the postings of a field; `words` are those that stand at its positions, where it shares them."""
        sources = []
        totals = np.zeros(len(terms.terms), np.int64)
        for run, base in zip(self._runs, self._bases, strict=False):
            arrays = run.field(name)
            if arrays is not None:
                source = _Source(run, base, arrays, terms)
                totals[source.places] += arrays["dfs"]
                sources.append(source)
            if spec.scorable:
                none = np.zeros(run.note.documents, np.uint8)
                self._builder.add_lengths(name, none if arrays is None else arrays["lengths"])
            run.let_go()
        for lo, hi in ranges_within(totals, BLOCK):
            if totals[lo:hi].any():
                parts = [(source, part) for source in sources if (part := source.below(hi)) is not None]
                self._block(name, terms, _Block(lo, totals[lo:hi], parts), words)
            for run in self._runs:
                run.let_go()
            yield name

    def _block(self, name: str, terms: Terms, block: _Block, words: Terms | None) -> None:
        """Hand on some terms: each run's postings of a term go behind those of the runs before it."""
        room = starts_of(block.dfs)
        cfs = np.zeros(len(block.dfs), np.int64)
        for _, part in block.parts:
            cfs[part.places - block.lo] += part.cfs
        docs, freqs = np.empty(int(room[-1]), np.int32), np.empty(int(room[-1]), np.uint32)
        positions = np.empty(int(cfs.sum()), np.uint32) if block.parts[0][0].has_positions else None
        numbers = None if words is None else np.empty(int(cfs.sum()), np.uint32)
        free, free_positions = room[:-1].copy(), starts_of(cfs)[:-1].copy()
        for source, part in block.parts:
            here, arrays = part.places - block.lo, source.arrays
            postings_at = Stretches(part.starts, part.dfs, free[here])
            free[here] += part.dfs
            copy_stretches(arrays["docs"], postings_at, docs.view(np.uint32), add=source.base)
            copy_stretches(arrays["freqs"], postings_at, freqs)
            if positions is not None:
                places_at = Stretches(part.position_starts, part.cfs, free_positions[here])
                free_positions[here] += part.cfs
                copy_stretches(arrays["positions"], places_at, positions)
                if words is not None and numbers is not None:
                    copy_stretches(arrays["words"], places_at, numbers, lookup=words.places[source.worker])
        held = np.flatnonzero(block.dfs)
        names = [terms.terms[block.lo + at] for at in held.tolist()]
        ranked = held + block.lo if name in RANKED_FIELDS else None
        self._builder.add_terms(name, names, block.dfs[held], docs, freqs, positions, words=numbers, numbers=ranked)


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
