"""The derived field: one posting list a word whose weight is the saturated BM25F impact.

    wtf(t, d)    = sum over fields f of  w_f * tf_f(t, d) / (1 - b_f + b_f * len_f(d) / avg_f)
    impact(t, d) = wtf / (k1 + wtf)                      in (0, 1)

(Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted
fields", CIKM 2004.) A word's score is idf(t) * impact, so that a question
touches one list a word. Impacts are stored as 16-bit fixed point,
round(65535 * impact) but at least 1, so that no match has a score of 0.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.codec.field_writer import FieldFileWriter
from index.codec.postings import IMPACT_SCALE, FieldPostings
from index.codec.settings import FieldWeight, ImpactSettings
from index.codec.term_batches import Batch, term_batches
from index.compiled import kernel

THREADS: Final = 2
"""Batches joined at once: numpy lets go of the interpreter while it sorts and gathers."""

Joined = tuple[list[bytes], NDArray[np.int64], NDArray[np.int32], NDArray[np.uint16], NDArray[np.float64]]
Floats = NDArray[np.float64]
Array = NDArray[Any]


def mean_lengths(settings: ImpactSettings, fields: Sequence[FieldPostings]) -> dict[str, float]:
    """The mean length of each of these fields: the settings' own, or total length by documents."""
    given = settings.averages or {}
    return {each.name: given.get(each.name, each.field_length / max(1, each.doc_count)) for each in fields}


def length_factors(weight: FieldWeight, lengths: NDArray[Any], average: float, has_lengths: bool = True) -> Floats:
    """What one occurrence in each document adds to wtf: w / (1 - b + b * len / avg), dtype float64."""
    if average <= 0 or not has_lengths:
        return np.full(len(lengths), weight.weight, np.float64)
    norms = (1.0 - weight.b) + weight.b * (lengths / average)
    # Only b = 1 in a document without the field gives 0, and there no posting needs the factor.
    norms[norms <= 0.0] = 1.0
    factors: Floats = weight.weight / norms
    return factors


def saturate(wtf: Floats, k1: float) -> NDArray[np.uint16]:
    """The stored impact of weighted frequencies."""
    impacts = wtf + k1
    np.divide(wtf, impacts, out=impacts)
    impacts *= IMPACT_SCALE
    np.rint(impacts, out=impacts)
    return np.maximum(impacts, 1.0, out=impacts).astype(np.uint16)


def derive(
    settings: ImpactSettings,
    fields: Sequence[FieldPostings],
    doc_count: int,
    out: FieldFileWriter,
    batches: Iterable[Batch] | None = None,
) -> None:
    """Write the derived field of the ranked fields of a segment.

    Streams over the fields' term tables in batches; `batches` are those, where a cheaper way to make them is known.
    """
    averages = mean_lengths(settings, fields)
    weights = {each.name: each for each in settings.fields}
    factors = [
        length_factors(weights[each.name], each.lengths(), averages[each.name], each.has_lengths) for each in fields
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Joined]] = deque()
        for batch in term_batches(fields) if batches is None else batches:
            waiting.append(pool.submit(_join, settings.k1, fields, factors, doc_count, batch))
            if len(waiting) > THREADS:
                _add(out, *waiting.popleft().result())
        for joined in waiting:
            _add(out, *joined.result())


def _add(out: FieldFileWriter, terms: list[bytes], dfs: Array, docs: Array, impacts: Array, cfs: Array) -> None:
    held = np.flatnonzero(dfs)
    if len(held) < len(terms):
        terms, dfs, cfs = [terms[at] for at in held.tolist()], dfs[held], cfs[held]
    if terms:
        out.add_impacts(terms, dfs, docs, impacts, cfs)


def _join(
    k1: float, fields: Sequence[FieldPostings], factors: Sequence[Floats], doc_count: int, batch: Batch
) -> Joined:
    """The terms of a batch, and of each its documents (with their number), impacts and total frequency."""
    cfs = np.zeros(len(batch.terms), np.float64)
    parts: list[_Part] = []
    for part in batch.parts:
        field = fields[part.source]
        docs, dfs = field.docs_of_range(part.lo, part.hi), field.dfs(part.lo, part.hi)
        parts.append(_Part(part.places, dfs, docs, field.weights_of_range(part.lo, part.hi), factors[part.source]))
        cfs[part.places] += field.cfs(part.lo, part.hi)
    if kernel is None or any(part.weights.dtype.kind == "f" for part in parts):
        return batch.terms, *_joined(k1, parts, len(batch.terms), doc_count), np.rint(cfs)
    room = sum(len(part.docs) for part in parts)
    dfs, docs = np.empty(len(batch.terms), np.int64), np.empty(room, np.int32)
    impacts = np.empty(room, np.uint16)
    made = kernel.join(parts, k1, IMPACT_SCALE, dfs, docs, impacts)
    return batch.terms, dfs, docs[:made], impacts[:made], np.rint(cfs)


class _Part(NamedTuple):
    """One field's share of a batch: places of its terms, documents of each, weights, and factors by document."""

    places: NDArray[np.int64]
    dfs: NDArray[np.int64]
    docs: NDArray[np.int32]
    weights: NDArray[Any]
    factors: Floats


def _joined(
    k1: float, parts: Sequence[_Part], terms: int, doc_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint16]]:
    """Documents of each of the terms, and their impacts: one sort of (term, document) keys.

    They are already in order within each field, so numpy's stable sort only merges them.
    """
    all_keys = [np.repeat(part.places * doc_count, part.dfs) + part.docs for part in parts]
    all_weights = [part.factors[part.docs] * part.weights for part in parts]
    keys, wtf = all_keys[0], all_weights[0]
    if len(all_keys) > 1:
        keys = np.concatenate(all_keys)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        wtf = np.add.reduceat(np.concatenate(all_weights)[order], first)
        keys = keys[first]
    bases = np.arange(terms + 1, dtype=np.int64) * doc_count
    dfs = np.diff(np.searchsorted(keys, bases))
    docs = keys - np.repeat(bases[:-1], dfs)
    return dfs, docs.astype(np.int32), saturate(wtf, k1)
