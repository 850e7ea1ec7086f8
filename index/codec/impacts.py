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
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec.field_writer import FieldFileWriter
from index.codec.postings import IMPACT_SCALE, FieldPostings
from index.codec.settings import FieldWeight, ImpactSettings
from index.codec.term_batches import Batch, term_batches

THREADS: Final = 2
"""Batches joined at once: numpy lets go of the interpreter while it sorts and gathers."""

Joined = tuple[list[bytes], NDArray[np.int64], NDArray[np.int32], NDArray[np.uint16], NDArray[np.float64]]
Floats = NDArray[np.float64]


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


def derive(settings: ImpactSettings, fields: Sequence[FieldPostings], doc_count: int, out: FieldFileWriter) -> None:
    """Write the derived field of the ranked fields of a segment.

    Streams over the fields' term tables in batches; the postings of a batch
    are joined by one sort of (term, document) keys, which are already in
    order within each field, so that numpy's stable sort only merges them.
    """
    averages = mean_lengths(settings, fields)
    weights = {each.name: each for each in settings.fields}
    factors = [
        length_factors(weights[each.name], each.lengths(), averages[each.name], each.has_lengths) for each in fields
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[Joined]] = deque()
        for batch in term_batches(fields):
            waiting.append(pool.submit(_join, settings.k1, fields, factors, doc_count, batch))
            if len(waiting) > THREADS:
                out.add_impacts(*waiting.popleft().result())
        for joined in waiting:
            out.add_impacts(*joined.result())


def _join(
    k1: float, fields: Sequence[FieldPostings], factors: Sequence[Floats], doc_count: int, batch: Batch
) -> Joined:
    """The terms of a batch, and of each its documents (with their number), impacts and total frequency."""
    cfs = np.zeros(len(batch.terms), np.float64)
    all_keys, all_parts = [], []
    for part in batch.parts:
        field = fields[part.source]
        docs = field.docs_of_range(part.lo, part.hi)
        all_keys.append(np.repeat(part.places * doc_count, field.dfs(part.lo, part.hi)) + docs)
        all_parts.append(factors[part.source][docs] * field.weights_of_range(part.lo, part.hi))
        cfs[part.places] += field.cfs(part.lo, part.hi)
    keys, wtf = all_keys[0], all_parts[0]
    if len(all_keys) > 1:
        keys = np.concatenate(all_keys)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        wtf = np.add.reduceat(np.concatenate(all_parts)[order], first)
        keys = keys[first]
    bases = np.arange(len(batch.terms) + 1, dtype=np.int64) * doc_count
    dfs = np.diff(np.searchsorted(keys, bases))
    docs = keys - np.repeat(bases[:-1], dfs)
    return batch.terms, dfs, docs.astype(np.int32), saturate(wtf, k1), np.rint(cfs)
