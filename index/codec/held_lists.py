"""Posting lists that were worked out and are kept at hand, by all fields of a process within one budget."""

from __future__ import annotations

from typing import Final
from weakref import WeakSet

from index.codec.posting_lists import Occurrences

MOST: Final = 4_096
"""Lists of one field that are kept: also mere views, for making those costs more than a short list takes to read."""

MOST_BYTES: Final = 1 << 26
"""Bytes of lists that were worked out, of all fields together: some 400 lists of 20,000 documents."""


class HeldLists(dict[int, Occurrences]):
    """The lists of one field by ordinal. Emptied when it is full, and with all others when they take too many bytes."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # each is one, whatever it holds

    def __init__(self) -> None:
        super().__init__()
        _all.add(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def keep(self, ordinal: int, found: Occurrences, worked_out: bool) -> Occurrences:
        """Keep a list; `worked_out` tells that it takes memory of its own."""
        if len(self) >= MOST:
            self.clear()
        if worked_out:
            _spend(sum(each.nbytes for each in found if each is not None))
        self[ordinal] = found
        return found


_all: WeakSet[HeldLists] = WeakSet()
_spent = 0


def _spend(size: int) -> None:
    # Threads that count at once may lose some bytes of each other's: the budget is no promise to the byte.
    global _spent
    _spent += size
    if _spent > MOST_BYTES:
        _spent = size
        for each in list(_all):
            each.clear()
