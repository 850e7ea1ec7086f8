"""Marking a search's words on a page that shows a whole text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from search import Engine
from search.results import Marked
from webui.state import SearchState

Marker = Callable[[str], Marked]


class MarksText(Protocol):
    """Marks what a query matches in any text."""

    def mark(self, text: str) -> Marked: ...


@runtime_checkable
class KnowsItsMatches(Protocol):
    """An engine that can say which words a query's text matches, and mark them."""

    def matched_forms(self, text: str) -> Any: ...

    def highlighter(self, matched: Any) -> MarksText: ...


def marker(engine: Engine, state: SearchState | None) -> Marker:
    """What marks the words of the search in any text; nothing is marked without words.

    The words are those of the query as it was read: corrected, and with what
    was added to it, as in the result that the reader comes from.
    """
    if state is None or not state.text or not isinstance(engine, KnowsItsMatches):
        return Marked
    read = engine.search(state.to_request(limit=0, facets=(), snippets=False)).read_as
    return engine.highlighter(engine.matched_forms(read or state.text)).mark
