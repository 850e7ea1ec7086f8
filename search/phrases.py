"""Exact phrases on position arrays.

A place in a document is one number, `document × 2³² + position`. The places
where a phrase of k words starts are the intersection of the k words' place
lists, the i-th shifted back by i. Lists are built only for documents that hold all words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.codec import FieldPostings
from index.codec.ranges import spread
from search.boolean import Scratch, contained
from search.compiled import kernel
from search.matches import NO_DOCS, Docs, Matches
from search.opened_words import opened_word
from search.ranking import K1, B, field_scores

Places = NDArray[np.int64]

_SHIFT = np.int64(32)


def phrase_matches(
    field: FieldPostings, ordinals: Sequence[int], idfs: Sequence[float], average: float, scratch: Scratch
) -> Matches:
    """The documents in which the terms (at least two) stand one after another, scored by all occurrences of each.

    `idfs` has one value a term; `average` is the field's mean length.
    """
    if kernel is None or field.has_boosts:
        docs = phrase_docs(field, ordinals, scratch)
        lengths, scores = field.lengths()[docs], np.zeros(len(docs), np.float32)
        for ordinal, idf in zip(ordinals, idfs, strict=True):
            scores += field_scores(_weights_at(field, ordinal, docs), lengths, average, idf, 1.0)
        return Matches(docs, scores)
    words = [opened_word(field, ordinal) for ordinal in ordinals]
    terms = [(idf, word.places) for idf, word in zip(idfs, words, strict=True)]
    room = min([word.df for word in words])
    found, sums = np.empty(room, np.int32), np.empty(room, np.float32)
    count = kernel.phrase(terms, field.lengths(), K1 * (1.0 - B), K1 * B / average, found, sums)
    return Matches(found[:count], sums[:count])


def _weights_at(field: FieldPostings, ordinal: int, docs: Docs) -> NDArray[Any]:
    weights: NDArray[Any] = field.weights(ordinal)[np.searchsorted(field.docs(ordinal), docs)]
    return weights


def phrase_docs(field: FieldPostings, ordinals: Sequence[int], scratch: Scratch) -> Docs:
    """The documents in which the terms stand one after another, ascending."""
    postings = [field.docs(ordinal) for ordinal in ordinals]
    docs: Docs = min(postings, key=len)
    for other in sorted(postings, key=len)[1:]:
        docs = docs[contained(docs, other, scratch)]
        if not len(docs):
            return NO_DOCS
    # The rarest words come first: their place lists are the shortest, and cut the others'.
    order = sorted(range(len(ordinals)), key=lambda i: len(postings[i]))
    starts: Places | None = None
    for i in order:
        if starts is not None:
            docs = _docs_of(starts)
        places = places_of(field, ordinals[i], docs) - i
        starts = places if starts is None else _common(starts, places)
        if not len(starts):
            return NO_DOCS
    assert starts is not None
    return _docs_of(starts)


def places_of(field: FieldPostings, ordinal: int, docs: Docs) -> Places:
    """Every place of a term in `docs` (ascending; all hold the term), ascending."""
    offsets, positions = field.positions(ordinal)
    term_docs = field.docs(ordinal)
    if len(docs) == len(term_docs):
        counts = np.diff(offsets)
        return (np.repeat(term_docs.astype(np.int64), counts) << _SHIFT) + positions
    at = np.searchsorted(term_docs, docs)
    first, counts = offsets[at], offsets[at + 1] - offsets[at]
    return (np.repeat(docs.astype(np.int64), counts) << _SHIFT) + positions[spread(first, counts)]


def _common(left: Places, right: Places) -> Places:
    small, large = (left, right) if len(left) <= len(right) else (right, left)
    place = np.searchsorted(large, small)
    place[place == len(large)] = 0
    common: Places = small[large[place] == small]
    return common


def _docs_of(places: Places) -> NDArray[Any]:
    docs = places >> _SHIFT
    first = np.empty(len(docs), dtype=np.bool_)
    first[0] = True
    np.not_equal(docs[1:], docs[:-1], out=first[1:])
    return docs[first]
