"""Index arithmetic on many stretches of an array at once."""

from __future__ import annotations

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
