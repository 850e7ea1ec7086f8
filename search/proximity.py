"""Words near each other: what pairs of query words add to the best documents.

    ordered pair     (qᵢ, qᵢ₊₁): places where the second stands right after the first
    unordered pair   (qᵢ, qⱼ), j − i ≤ 3: places within 4 positions of each other, either order

Each pair scores like a word: weight × idf × tf / (tf + k1 · (1 − b + b · length / average)).
A pair's document frequency is counted among the candidates only, and its idf is at most the sum
of its words' (that of two words that meet by chance), so no posting list is
read for it. Places are those of the title, the summary and the body, each field apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.value import Value
from index.codec import FieldPostings
from index.remember import remembered
from search.compiled import kernel
from search.opened_words import opened_word

ORDERED: Final = 0.1
UNORDERED: Final = 0.15
REACH: Final = 3
WINDOW: Final = 4
K1: Final = 1.5
B: Final = 0.6
"""Chosen on cranfield, cisi and med; windows of 4 to 8 and weights of half or twice as much rank within 0.3 points."""

MAX_WORDS: Final = 40
"""Distinct words of one query that are paired: whole abstracts get their first sentences paired."""

REMEMBERED: Final = 4_096
"""Words whose places are kept opened."""

_FIELD_SHIFT: Final = 24
_DOC_SHIFT: Final = 32
"""A place is candidate × 2³² + field × 2²⁴ + position: fields never touch, as positions stay under 2²³."""
_SLOT_SHIFT: Final = 8
_SLOT_MASK: Final = (1 << _SLOT_SHIFT) - 1

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


_Word = tuple[float, tuple[tuple[int, Any], ...]]
"""A word's idf, and where it stands in each field that has it: (number of the field, what the loop opened)."""


class Pairs(Value):
    """The pairs of one query. `ordered[a, b]` and `unordered[a, b]` number the pair of slots, -1 where it is none."""

    ordered: Ints
    unordered: Ints
    ordered_count: int
    unordered_count: int


def pairs_of(sequence: Sequence[int]) -> Pairs:
    """The pairs of a query given as word slots in the order typed."""
    size = max(sequence) + 1
    ordered = np.full((size, size), -1, dtype=np.int64)
    unordered = ordered.copy()
    ordered_count = unordered_count = 0
    for i, left in enumerate(sequence):
        for j, right in enumerate(sequence[i + 1 : i + 1 + REACH]):
            if left == right:
                continue
            if unordered[left, right] < 0:
                unordered[left, right] = unordered[right, left] = unordered_count
                unordered_count += 1
            if j == 0 and ordered[left, right] < 0:
                ordered[left, right] = ordered_count
                ordered_count += 1
    return Pairs(ordered, unordered, ordered_count, unordered_count)


class Nearness:
    """What words near each other add to documents of one segment. Safe to share between threads.

    `idf` tells a word's idf, `relative_lengths` the length of each document of the segment divided by the mean;
    `documents` is the collection's size.
    """

    def __init__(
        self,
        fields: Sequence[FieldPostings],
        idf: Callable[[bytes], float],
        relative_lengths: Floats,
        documents: int,
    ) -> None:
        self._fields = fields
        self._idf = idf
        self._lengths = relative_lengths
        self._documents = documents

    def added(self, terms: Sequence[bytes], sequence: Sequence[int], docs: NDArray[Any]) -> Floats:
        """What is added to each of `docs` (ascending).

        `terms` are the distinct words, `sequence` the query as numbers of them.
        """
        standing, slots = places(self._fields, terms, docs)
        if len(standing) < 2:
            return np.zeros(len(docs), np.float32)
        pairs = pairs_of(sequence)
        ordered, unordered = count_pairs(pairs, standing, slots, len(docs))
        idfs = np.array([self._idf(term) for term in terms], dtype=np.float32)
        return proximity_scores(pairs, ordered, unordered, idfs, self._lengths[docs], self._documents)


class CompiledNearness(Nearness):
    """The same in one compiled pass, along the lists of the words as they lie in the file."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._words: dict[bytes, _Word] = {}

    def added(self, terms: Sequence[bytes], sequence: Sequence[int], docs: NDArray[Any]) -> Floats:
        added = np.zeros(len(docs), np.float32)
        known = self._words
        words = [known.get(term) or self._opened(term) for term in terms]
        settings = K1 * (1.0 - B), K1 * B, self._documents, ORDERED, UNORDERED, WINDOW, REACH
        kernel.near(words, docs, bytes(sequence), self._lengths, settings, added)
        return added

    def _opened(self, term: bytes) -> _Word:
        ordinals = [(number, field, field.find(term)) for number, field in enumerate(self._fields)]
        found = tuple(
            (number, opened_word(field, ordinal).places) for number, field, ordinal in ordinals if ordinal >= 0
        )
        return remembered(self._words, term, (self._idf(term), found), REMEMBERED)


def nearness(*args: Any) -> Nearness:
    """What is compiled, where it is; takes what `Nearness` takes."""
    return Nearness(*args) if kernel is None else CompiledNearness(*args)


def _damping(relative_lengths: Floats) -> Floats:
    damping: Floats = K1 * (1.0 - B) + K1 * B * relative_lengths
    return damping


def places(fields: Sequence[FieldPostings], terms: Sequence[bytes], docs: NDArray[Any]) -> tuple[Ints, Ints]:
    """(places ascending, the slot of the word that stands there) of the terms in `docs` (ascending)."""
    found: list[Ints] = []
    for number, field in enumerate(fields):
        for slot, term in enumerate(terms):
            ordinal = field.find(term)
            if ordinal < 0:
                continue
            here = field.places_in(ordinal, docs)
            if here is not None:
                candidate, position = here
                code = (candidate << (_DOC_SHIFT + _SLOT_SHIFT)) + ((number << (_FIELD_SHIFT + _SLOT_SHIFT)) + slot)
                found.append(code + (position.astype(np.int64) << _SLOT_SHIFT))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    marked = np.concatenate(found)
    marked.sort()
    return marked >> _SLOT_SHIFT, marked & _SLOT_MASK


def count_pairs(pairs: Pairs, place: Ints, slot: Ints, candidates: int) -> tuple[Ints, Ints]:
    """(ordered, unordered): how often each pair stands in each candidate; candidates × pairs."""
    near: list[Ints] = []
    after: list[Ints] = []
    for step in range(1, len(place)):
        distance = place[step:] - place[:-step]
        close = (distance <= WINDOW).nonzero()[0]
        if not len(close):
            break
        left, right, candidate = slot[close], slot[close + step], place[close] >> _DOC_SHIFT
        number = pairs.unordered[left, right]
        near.append((candidate * pairs.unordered_count + number)[number >= 0])
        beside = (distance[close] == 1).nonzero()[0]
        if len(beside):
            number = pairs.ordered[left[beside], right[beside]]
            after.append((candidate[beside] * pairs.ordered_count + number)[number >= 0])
    return (
        _counts(after, candidates, pairs.ordered_count),
        _counts(near, candidates, pairs.unordered_count),
    )


def proximity_scores(
    pairs: Pairs, ordered: Ints, unordered: Ints, word_idfs: Floats, relative_lengths: Floats, documents: int
) -> Floats:
    """What the pairs add to each candidate.

    `word_idfs` by slot; `relative_lengths`: the candidates' lengths divided by the mean;
    `documents`: the collection's size.
    """
    damping = _damping(relative_lengths)[:, None]
    total = np.zeros(len(relative_lengths), dtype=np.float32)
    for weight, table, counted in ((ORDERED, pairs.ordered, ordered), (UNORDERED, pairs.unordered, unordered)):
        if not counted.shape[1]:
            continue
        first, second = np.nonzero(table >= 0)
        chance = np.zeros(counted.shape[1])
        chance[table[first, second]] = word_idfs[first] + word_idfs[second]
        df = (counted > 0).sum(axis=0)
        idf = np.minimum(np.log1p((documents - df + 0.5) / (df + 0.5)), chance)
        total += ((counted / (counted + damping)) * (weight * idf)).sum(axis=1).astype(np.float32)
    return total


def _counts(codes: list[Ints], candidates: int, pairs: int) -> Ints:
    if not pairs:
        return np.zeros((candidates, 0), dtype=np.int64)
    joined = np.concatenate(codes) if codes else np.empty(0, np.int64)
    return np.bincount(joined, minlength=candidates * pairs).reshape(candidates, pairs)
