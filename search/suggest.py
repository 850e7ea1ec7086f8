"""Completion of what is being typed: themes, funders, councils, phrases and titles.

A label is offered when one of its words begins as typed and goes on as typed;
or, when that gives too little, when all that is typed begins words of it,
in any order. Names that people use besides ("OPE", "Brighton", a former council) lead to the label. Of each kind
comes first what is wholly typed, then what begins so, then the more frequent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from index.completions import KINDS, ROW_END, Completions, completion_key, rank
from index.lexicon import Array
from search.results import Suggestion

LONGEST_PREFIX: Final = 100
"""Characters of what is typed that are read."""

_SHARES: Final[Mapping[str, float]] = {"theme": 0.25, "funding": 0.125, "council": 0.25, "phrase": 0.2, "title": 1.0}
"""The part of a list that a kind may fill while others have something to offer: a short list shows a bit of all.
   Titles have what the others leave, two of eight at the least."""

_MOST_ROWS: Final = 1_500
"""Rows that are read one by one for words in any order: 3 ms."""


class _Offer(NamedTuple):
    """An entry of one of the parts. Grade: 0 wholly typed, 1 begins as typed, 2 has a word that does."""

    part: int
    entry: int
    grade: int


class Completer:
    """Completes prefixes from completions in one or more parts. Safe to share between threads."""

    def __init__(self, *parts: Completions) -> None:
        self._parts = parts

    def complete(self, prefix: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """At most `limit` completions, best first; none for an empty prefix."""
        key = completion_key(prefix[:LONGEST_PREFIX]).encode("utf-8", "surrogatepass")
        if not key or limit <= 0:
            return ()
        by_kind = self._best([part.starting(key) for part in self._parts], key, limit)
        if sum(map(len, by_kind)) < limit and b" " in key:
            words = key.split()
            further = self._best([_with_words(part, words) for part in self._parts], key, limit)
            by_kind = [_distinct((*first, *then)) for first, then in zip(by_kind, further, strict=True)]
        found = (self._parts[offer.part].entry(offer.entry) for offer in _chosen(by_kind, limit))
        return tuple(Suggestion(entry.kind, entry.value, entry.label, entry.count) for entry in found)

    def _best(self, starts: Sequence[Array], key: bytes, limit: int) -> list[list[_Offer]]:
        """For each kind, the entries of each part's starts, best first, at most `limit`."""
        of_parts = [self._best_of(at, its, key, limit) for at, its in enumerate(starts)]
        return [self._merged(offers, limit) for offers in zip(*of_parts, strict=True)]

    def _merged(self, offers: Sequence[list[_Offer]], limit: int) -> list[_Offer]:
        """The best offers of one kind among those of all parts."""
        some = [own for own in offers if own]
        if len(some) < 2:
            return some[0] if some else []
        return sorted(chain(*some), key=self._merit)[:limit]

    def _merit(self, offer: _Offer) -> tuple[int, tuple[int, str, str]]:
        return offer.grade, rank(self._parts[offer.part].entry(offer.entry))

    def _best_of(self, part: int, starts: Array, key: bytes, limit: int) -> list[list[_Offer]]:
        completions = self._parts[part]
        rows = completions["place_row"][starts]
        entries = completions["row_entry"][rows]
        if completions.hidden is not None and len(entries):
            shown = ~completions.hidden[entries]
            starts, rows, entries = starts[shown], rows[shown], entries[shown]
        if not len(starts):
            return [[] for _ in KINDS]
        places = completions["places"][starts].astype(np.int64)
        at_head = places == completions["row_starts"][rows].astype(np.int64)
        blob = completions["rows"]
        whole = at_head & (blob[np.minimum(places + len(key), len(blob) - 1)] == ROW_END)
        grade = np.where(whole, 0, np.where(at_head, 1, 2))
        merit = grade * len(completions) + completions["order"][entries].astype(np.int64)
        kinds = completions["kinds"][entries]
        found = []
        for kind in range(len(KINDS)):
            of_kind = kinds == kind
            ranked = self._of_kind(merit[of_kind], entries[of_kind], limit)
            found.append([_Offer(part, entry, place // len(completions)) for entry, place in ranked])
        return found

    @staticmethod
    def _of_kind(merit: Array, entries: Array, limit: int) -> list[tuple[int, int]]:
        """(entry, its least merit) of the best entries."""
        few = 4 * limit
        if len(merit) > few:
            # Several starts may lead to one entry, so more than `limit` are looked at, but seldom all.
            nearest = np.argpartition(merit, few)[:few]
            found = _ranked(merit[nearest], entries[nearest])
            if len(found) >= limit:
                return found[:limit]
        return _ranked(merit, entries)[:limit]


def _ranked(merit: Array, entries: Array) -> list[tuple[int, int]]:
    order = np.argsort(merit, kind="stable")
    least: dict[int, int] = {}
    for entry, own in zip(entries[order].tolist(), merit[order].tolist(), strict=True):
        least.setdefault(entry, own)
    return list(least.items())


def _with_words(completions: Completions, words: Sequence[bytes]) -> Array:
    """Ordinals of starts of rows in which every word begins some word."""
    starts = min(map(completions.starting, words), key=len)[:_MOST_ROWS]
    wanted = [b" " + word for word in words]
    rows = completions["place_row"][starts].tolist()
    keep = [all(word in b" " + row for word in wanted) for row in map(completions.row, rows)]
    kept: Array = starts[np.array(keep, dtype=bool)]
    return kept


def _distinct(offers: Sequence[_Offer]) -> list[_Offer]:
    """The first offer of each entry."""
    first: dict[tuple[int, int], _Offer] = {}
    for offer in offers:
        first.setdefault((offer.part, offer.entry), offer)
    return list(first.values())


def _chosen(by_kind: Sequence[Sequence[_Offer]], limit: int) -> Iterator[_Offer]:
    """`limit` entries: each kind up to its share, and what room is left by kind; in the order of kinds."""
    taken = [
        min(len(entries), max(1, int(_SHARES[kind] * limit))) for kind, entries in zip(KINDS, by_kind, strict=True)
    ]
    # Titles give way to the other kinds, then the last of those to the first.
    for kind in reversed(range(len(KINDS))):
        taken[kind] = max(0, min(taken[kind], limit - sum(taken[:kind])))
    for kind, entries in enumerate(by_kind):
        taken[kind] += min(len(entries) - taken[kind], limit - sum(taken))
    for entries, count in zip(by_kind, taken, strict=True):
        yield from entries[:count]
