"""A stock Whoosh matcher over the arrays of one posting list.

Whoosh walks postings one at a time, in Python: the matcher turns a block of
the arrays at a time into lists, which Python reads faster than arrays, and
gives Whoosh the block's bounds so that it can skip.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, Final, Self

import numpy as np
from whoosh.matching import LeafMatcher, ReadTooFar

from index.codec.postings import IMPACT_SCALE, FieldPostings

BLOCK: Final = 128
"""Postings in a block, as many as in Whoosh's own codec."""


class ColumnarMatcher(LeafMatcher):  # type: ignore[misc]
    """Matches the documents of one term; weights of the derived field are impacts between 0 and 1."""

    def __init__(
        self, field: FieldPostings, ordinal: int, format_: Any, term: tuple[str, bytes], scorer: Any = None
    ) -> None:
        self.format = format_
        self.scorer = scorer
        self._term = term
        self._field = field
        self._ordinal = ordinal
        self._docs = field.docs(ordinal)
        self._weights = field.weights(ordinal)
        self._offsets_positions: tuple[Any, Any] | None = None
        self._count = len(self._docs)
        self._go(0)

    def _go(self, start: int) -> None:
        """Read the block that starts at a posting."""
        self._start = start
        self._i = 0
        self._ids: list[int] = self._docs[start : start + BLOCK].tolist()
        self._block_weights: list[float] | None = None

    def copy(self) -> Self:
        other = type(self)(self._field, self._ordinal, self.format, self._term, self.scorer)
        other._go(self._start)
        other._i = self._i
        return other

    def is_active(self) -> bool:
        return self._i < len(self._ids)

    def reset(self) -> None:
        self._go(0)

    def id(self) -> int:
        return self._ids[self._i]

    def next(self) -> bool:
        if not self.is_active():
            raise ReadTooFar
        self._i += 1
        if self._i == BLOCK:
            self._go(self._start + BLOCK)
            return True
        return not self.is_active()

    def skip_to(self, id: int) -> None:
        if not self.is_active():
            raise ReadTooFar
        if id <= self.id():
            return
        if id > self._ids[-1]:
            at = int(np.searchsorted(self._docs, id))
            self._go(at - at % BLOCK)
        self._i = bisect_left(self._ids, id, self._i)

    def skip_to_quality(self, minquality: float) -> int:
        skipped = 0
        while self.is_active() and self.block_quality() <= minquality:
            self._go(self._start + BLOCK)
            skipped += 1
        return skipped

    def all_ids(self) -> Any:
        return iter(self._docs[self._start + self._i :].tolist())

    # Weights and values

    def weight(self) -> float:
        if self._block_weights is None:
            weights = self._weights[self._start : self._start + BLOCK]
            if self._field.has_impacts:
                weights = weights / float(IMPACT_SCALE)
            self._block_weights = weights.astype(np.float64).tolist()
        return self._block_weights[self._i]

    def _positions(self) -> list[int]:
        if self._offsets_positions is None:
            self._offsets_positions = self._field.positions(self._ordinal)
        offsets, positions = self._offsets_positions
        at = self._start + self._i
        found: list[int] = positions[offsets[at] : offsets[at + 1]].tolist()
        return found

    def _frequency(self) -> int:
        return int(self._field.freqs(self._ordinal)[self._start + self._i])

    def value(self) -> bytes:
        """The posting's value as the field's format encodes it."""
        value: bytes
        if self._field.has_positions:
            value = self.format.encode(self._positions())
        elif self.format.posting_size == 0:
            value = b""
        else:
            value = encode_frequency(self._frequency())
        return value

    def value_as(self, astype: str) -> Any:
        if astype == "positions" and self._field.has_positions:
            return self._positions()
        return super().value_as(astype)

    # Bounds of the block, for skipping

    def block_min_id(self) -> int:
        return self._ids[0]

    def block_max_id(self) -> int:
        return self._ids[-1]

    def block_max_weight(self) -> float:
        largest = float(self._weights[self._start : self._start + BLOCK].max())
        return largest / IMPACT_SCALE if self._field.has_impacts else largest

    def _block_lengths(self) -> Any:
        lengths = self._field.lengths()[self._docs[self._start : self._start + BLOCK]]
        return lengths[lengths > 0]

    def block_min_length(self) -> int:
        lengths = self._block_lengths()
        return int(lengths.min()) if len(lengths) else 0

    def block_max_length(self) -> int:
        return int(self._block_lengths().max(initial=0))


def encode_frequency(frequency: int) -> bytes:
    """A frequency as `whoosh.formats.Frequency` encodes it."""
    return frequency.to_bytes(4, "big")
