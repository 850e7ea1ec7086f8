"""The compiled inner loops of a build, where they were built: `kernel` is None otherwise.

Compiled loops are optional: without a C compiler at installation, or with CASEFINDER_KERNEL=off in the
environment, the numpy functions beside each call do the same, several times more slowly. Both give the same
(`docs/decisions/0060-optional-kernel.md`).
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Final

SWITCH: Final = "CASEFINDER_KERNEL"
"""The environment variable that turns all compiled loops off ("off")."""


def compiled(name: str) -> Any:
    """The compiled module of this name, or None."""
    if os.environ.get(SWITCH, "").lower() in ("off", "0", "no"):
        return None
    try:
        return import_module(name)
    except ImportError:
        return None


kernel: Any = compiled("index._kernel")
