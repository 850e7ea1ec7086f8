"""Columns of numbers that grow: appended to as lists, read as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class GrowingColumn:
    """Whole numbers of 32 bits. `new` takes them one by one; `array` moves them into one array, which is no copy."""

    __slots__ = ("_held", "_room", "new")

    def __init__(self) -> None:
        self.new: list[int] = []
        self._room = np.empty(1024, np.int32)
        self._held = 0

    def __len__(self) -> int:
        return self._held + len(self.new)

    def array(self) -> NDArray[np.int32]:
        """Everything that was appended so far; the array is good until the next call."""
        if self.new:
            total = len(self)
            if total > len(self._room):
                room = np.empty(max(total, 2 * len(self._room)), np.int32)
                room[: self._held] = self._room[: self._held]
                self._room = room
            self._room[self._held : total] = self.new
            self._held = total
            self.new.clear()
        return self._room[: self._held]
