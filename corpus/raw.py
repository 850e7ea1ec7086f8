"""A record as it stands in a file, before it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RawRecord:
    """Values as the file gave them, and the lines on which they stand.

    `lines` maps a field, or a field and the index of one of its values, to a
    line; what it does not name stands on `line`, where the record begins.
    """

    file: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str | tuple[str, int], int] = field(default_factory=dict)

    def line_of(self, name: str, index: int | None = None) -> int:
        """The line of a field, or of one of its values."""
        line = self.lines.get(name, self.line)
        return line if index is None else self.lines.get((name, index), line)
