"""Completion of what is being typed: themes, funders, councils, phrases and titles.

A label is offered when one of its words begins as typed and goes on as typed;
or, when that gives too little, when all that is typed begins words of it,
in any order. Names that people use besides ("OPE", "Brighton", a former council) lead to the label. Of each kind
comes first what is wholly typed, then what begins so, then the more frequent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from index.completions import KINDS, ROW_END, Completions, completion_key
from index.lexicon import Array
from search.results import Suggestion

LONGEST_PREFIX: Final = 100
"""Characters of what is typed that are read."""

_SHARES: Final[Mapping[str, float]] = {"theme": 0.25, "funding": 0.125, "council": 0.25, "phrase": 0.2, "title": 1.0}
"""The part of a list that a kind may fill while others have something to offer: a short list shows a bit of all.
   Titles have what the others leave, two of eight at the least."""

_MOST_ROWS: Final = 1_500
"""Rows that are read one by one for words in any order: 3 ms."""


class Completer:
    """Completes prefixes from a set of completions. Safe to share between threads."""

    def __init__(self, completions: Completions) -> None:
        self._completions = completions

    def complete(self, prefix: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """At most `limit` completions, best first; none for an empty prefix."""
        key = completion_key(prefix[:LONGEST_PREFIX]).encode("utf-8", "surrogatepass")
        if not key or limit <= 0:
            return ()
        by_kind = self._best(self._completions.starting(key), key, limit)
        if sum(map(len, by_kind)) < limit and b" " in key:
            further = self._best(self._with_words(key.split()), key, limit)
            by_kind = [_distinct((*first, *then)) for first, then in zip(by_kind, further, strict=True)]
        suggestions = []
        for entry in _chosen(by_kind, limit):
            found = self._completions.entry(entry)
            suggestions.append(Suggestion(found.kind, found.value, found.label, found.count))
        return tuple(suggestions)

    def _best(self, starts: Array, key: bytes, limit: int) -> list[list[int]]:
        """For each kind, the entries of these starts, best first, at most `limit`."""
        if not len(starts):
            return [[] for _ in KINDS]
        completions = self._completions
        places = completions["places"][starts].astype(np.int64)
        rows = completions["place_row"][starts]
        entries = completions["row_entry"][rows]
        at_head = places == completions["row_starts"][rows].astype(np.int64)
        blob = completions["rows"]
        whole = at_head & (blob[np.minimum(places + len(key), len(blob) - 1)] == ROW_END)
        grade = np.where(whole, 0, np.where(at_head, 1, 2))
        merit = grade * len(completions) + completions["order"][entries].astype(np.int64)
        kinds = completions["kinds"][entries]
        return [self._of_kind(merit[kinds == kind], entries[kinds == kind], limit) for kind in range(len(KINDS))]

    @staticmethod
    def _of_kind(merit: Array, entries: Array, limit: int) -> list[int]:
        few = 4 * limit
        if len(merit) > few:
            # Several starts may lead to one entry, so more than `limit` are looked at, but seldom all.
            nearest = np.argpartition(merit, few)[:few]
            found = _distinct(entries[nearest[np.argsort(merit[nearest], kind="stable")]].tolist())
            if len(found) >= limit:
                return found[:limit]
        return _distinct(entries[np.argsort(merit, kind="stable")].tolist())[:limit]

    def _with_words(self, words: Sequence[bytes]) -> Array:
        """Ordinals of starts of rows in which every word begins some word."""
        starts = min(map(self._completions.starting, words), key=len)[:_MOST_ROWS]
        wanted = [b" " + word for word in words]
        rows = self._completions["place_row"][starts].tolist()
        keep = [all(word in b" " + row for word in wanted) for row in map(self._completions.row, rows)]
        kept: Array = starts[np.array(keep, dtype=bool)]
        return kept


def _distinct(entries: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(entries))


def _chosen(by_kind: Sequence[Sequence[int]], limit: int) -> Iterator[int]:
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
