"""Doing something with the compiled loops and without."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def using(kernel: Any, package: str) -> Iterator[None]:
    """All modules of a package that have both forms with this kernel, or with none.

    They are found, not listed: one that was forgotten would be compared with itself.
    """
    users: list[Any] = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(f"{package}.") and not name.endswith(".compiled") and hasattr(module, "kernel")
    ]
    assert users
    before = [module.kernel for module in users]
    for module in users:
        module.kernel = kernel
    try:
        yield
    finally:
        for module, own in zip(users, before, strict=True):
            module.kernel = own
