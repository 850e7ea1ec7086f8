"""The compiled inner loops of an answer, where they were built: `kernel` is None otherwise.

They are optional: without a C compiler at installation, or with CASEFINDER_KERNEL=off in the
environment, the numpy functions beside each call do the same, several times more slowly. Both give the same
matches, counts and order (`docs/decisions/0060-optional-kernel.md`).
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any, Final

SWITCH: Final = "CASEFINDER_KERNEL"
"""The environment variable that turns the compiled loops off ("off")."""


def _found() -> ModuleType | None:
    if os.environ.get(SWITCH, "").lower() in ("off", "0", "no"):
        return None
    try:
        from search import _kernel
    except ImportError:
        return None
    return _kernel


kernel: Any = _found()
