"""The compiled inner loops of an answer, where they were built: `kernel` is None otherwise (see `index.compiled`)."""

from __future__ import annotations

from typing import Any

from index.compiled import compiled

kernel: Any = compiled("search._kernel")
