"""What is wrong with a set of records: every problem collected, shown together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corpus.errors import BadInput

SHOWN: Final = 50
"""Problems that a message lists; the rest is counted. More than a screen or two helps nobody."""

KEPT: Final = 1_000
"""Problems that are kept in memory. A file of a million bad records must not fill it."""

_LONGEST_VALUE: Final = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and how to mend it.

    `line` counts from 1, 0 if no line can be named. `field` is "" where the
    problem is not one of a field; `value` is then a plain description of the
    thing ("the front matter"). `value` is None where something is missing.
    `expected` completes "… is not …". `nearest` are values that would be
    right, the likeliest first; `hint` is anything else worth saying.
    """

    file: str
    line: int
    field: str
    value: object
    expected: str
    nearest: tuple[str, ...] = ()
    hint: str = ""

    def __str__(self) -> str:
        """One line: `file:line: field 'themes': 'hosing' is not a theme (did you mean 'housing'?)`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = f"field {self.field!r}: " if self.field else ""
        advice = " ".join(filter(None, (self._question(), self.hint)))
        if self.value is None:
            said = f"missing, expected {self.expected}"
        else:
            said = f"{_shown(self.value) if self.field else self.value} is not {self.expected}"
        return f"{place}: {subject}{said}" + (f" ({advice})" if advice else "")

    def _question(self) -> str:
        if not self.nearest:
            return ""
        quoted = [repr(value) for value in self.nearest]
        if len(quoted) > 1:
            quoted[-2:] = [f"{quoted[-2]} or {quoted[-1]}"]
        return f"did you mean {', '.join(quoted)}?"


class CorpusError(BadInput):
    """A set of records cannot be used as it is.

    `problems` holds the first of them (at most `KEPT`), `total` says how many there are.
    """

    def __init__(self, problems: Sequence[Problem], total: int | None = None) -> None:
        self.problems = tuple(problems)
        self.total = len(self.problems) if total is None else total
        super().__init__(self._message())

    def _message(self) -> str:
        shown = [str(problem) for problem in self.problems[:SHOWN]]
        if self.total == 1:
            return shown[0]
        if self.total > len(shown):
            shown.append(f"... and {self.total - len(shown):,} more.")
        return "\n".join([f"{self.total:,} problems in the case studies:", *shown])


class Problems:
    """Collects problems while records are read."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.total = 0

    def add(self, problem: Problem) -> None:
        """Note one more problem."""
        self.total += 1
        if len(self.kept) < KEPT:
            self.kept.append(problem)

    def error(self) -> CorpusError:
        """Everything collected, as one exception."""
        return CorpusError(self.kept, self.total)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def display(path: str | os.PathLike[str]) -> str:
    """A path as it may be printed: names that are not UTF-8 are shown with replacement characters."""
    return os.fsencode(path).decode("utf-8", "replace")
