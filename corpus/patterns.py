"""Regular expressions that are compiled when they are first used.

Compiling takes 0.2 to 2 ms each, and an answer uses one in three of those that its modules hold.
"""

from __future__ import annotations

import re
from typing import Any, cast


class _Lazy:
    """A pattern that becomes one at the first look: each method is then an attribute of its own, at no further cost."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        self.__dict__[name] = found
        return found


def lazily(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile(pattern, flags)`, put off; a pattern that is wrong is noticed when it is used."""
    return cast("re.Pattern[str]", _Lazy(pattern, flags))
