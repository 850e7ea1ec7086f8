"""The compiled loops of a build, and doing something with them and without."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import loops

try:
    # Whatever the switch says: the run that turns the loops off compares them too.
    from index import _kernel as built
except ImportError:
    built: Any = None  # type: ignore[no-redef]  # then both sides of each comparison are numpy's


using = partial(loops.using, package="index")
"""All modules of `index` that have both forms with this kernel, or with none."""


def plain(arrays: Sequence[Any]) -> list[list[int]]:
    """Arrays as lists."""
    return [each.tolist() for each in arrays]
