"""Marking a search's words on a page that shows a whole text."""

from __future__ import annotations

from collections.abc import Callable

from search import Engine
from search.results import Marked
from webui.state import SearchState

Marker = Callable[[str], Marked]


def marker(engine: Engine, state: SearchState | None) -> Marker:
    """What marks the words of the search in any text; nothing is marked without words."""
    return Marked
