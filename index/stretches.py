"""Copying many stretches of an array to where another wants them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.codec.ranges import spread
from index.compiled import kernel

Array = NDArray[Any]


class Stretches(NamedTuple):
    """Where stretches of an array start, how long they are, and where they go in another."""

    starts: Array
    counts: Array
    targets: Array


def copy_stretches(
    source: Array, stretches: Stretches, target: Array, add: int = 0, lookup: Array | None = None
) -> None:
    """Copy stretches of unsigned numbers to a uint32 array: each with `add` added, or what `lookup` has for it."""
    if kernel is not None:
        kernel.stretches(source, stretches.starts, stretches.counts, target, stretches.targets, add, lookup)
        return
    values = source[spread(stretches.starts, stretches.counts)]
    values = values.astype(np.uint32) + np.uint32(add) if lookup is None else lookup[values]
    target[spread(stretches.targets, stretches.counts)] = values
