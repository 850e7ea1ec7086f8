"""Indexing: from case studies to a generation of an index on disk.

    from index import build_index, update_index, verify_index, index_info

Importing this package imports neither Whoosh nor numpy; the functions do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.build import BuildReport, build_index, corpus_fingerprint, is_current
    from index.update import update_index
    from index.verify import IndexInfo, VerifyReport, index_info, verify_index

__all__ = [
    "BuildReport",
    "IndexInfo",
    "VerifyReport",
    "build_index",
    "corpus_fingerprint",
    "index_info",
    "is_current",
    "update_index",
    "verify_index",
]

_HOMES = {
    "BuildReport": "index.build",
    "build_index": "index.build",
    "corpus_fingerprint": "index.build",
    "is_current": "index.build",
    "update_index": "index.update",
    "IndexInfo": "index.verify",
    "VerifyReport": "index.verify",
    "index_info": "index.verify",
    "verify_index": "index.verify",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'index' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
