"""Index arithmetic on many stretches of an array at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def spread(starts: NDArray[Any], lengths: NDArray[Any]) -> NDArray[np.int64]:
    """The indices of many stretches, one after another: starts[i], starts[i] + 1, …, lengths[i] of them."""
    ends = np.cumsum(lengths, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    # One running count, moved at each stretch by where it starts less what has been counted so far.
    moves = np.repeat(starts.astype(np.int64) - (ends - lengths), lengths)
    indices: NDArray[np.int64] = np.arange(total, dtype=np.int64) + moves
    return indices


def starts_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Where stretches of these lengths start when they lie side by side; one more value, the total, at the end."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def ranges_within(sizes: NDArray[Any], most: int) -> Iterator[tuple[int, int]]:
    """Neighbouring items in ranges (last exclusive) whose sizes sum to at most `most`; one item alone may be larger."""
    ends = np.cumsum(sizes, dtype=np.int64)
    lo = 0
    while lo < len(ends):
        before = int(ends[lo - 1]) if lo else 0
        hi = max(lo + 1, int(np.searchsorted(ends, before + most, side="right")))
        yield lo, hi
        lo = hi
