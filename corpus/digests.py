"""BLAKE2b without the rest of `hashlib`, which loads OpenSSL for 5 ms in every process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import blake2b
else:
    try:
        from _blake2 import blake2b  # what `hashlib` itself hands on
    except ImportError:
        from hashlib import blake2b

__all__ = ["blake2b"]
