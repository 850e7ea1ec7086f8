"""The engines that are measured, by name. A peer's library is imported only when the peer is used."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from benchmarks.peers.base import Peer

_PLACES: Final = {
    "casefinder": ("benchmarks.peers.casefinder", "Casefinder"),
    "tantivy": ("benchmarks.peers.tantivy_engine", "Tantivy"),
    "fts5": ("benchmarks.peers.fts5", "Fts5"),
    "whoosh": ("benchmarks.peers.whoosh_plain", "PlainWhoosh"),
}

NAMES: Final = tuple(_PLACES)


def peer(name: str) -> type[Peer]:
    """The engine with this name. Raises KeyError for an unknown one."""
    module, member = _PLACES[name]
    found: type[Peer] = getattr(import_module(module), member)
    return found
