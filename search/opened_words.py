"""Words as the compiled loops walk along them: opened once, kept at hand for as long as their field is open.

What is kept are views of the field's file, so it takes no memory but its own few hundred bytes.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from index.codec import FieldPostings
from index.remember import remembered
from search.compiled import kernel

REMEMBERED: Final = 4_096
"""Words of one field that are kept opened."""


class OpenedWord(NamedTuple):
    """A term of one field: what the compiled loops take for it, and how many documents hold it."""

    places: Any
    df: int


_opened: WeakKeyDictionary[FieldPostings, dict[int, OpenedWord]] = WeakKeyDictionary()


def opened_word(field: FieldPostings, ordinal: int) -> OpenedWord:
    """The term with this ordinal. Raises `ValueError` when there are no positions."""
    known = _opened.get(field)
    if known is None:
        known = _opened.setdefault(field, {})
    word = known.get(ordinal)
    if word is None:
        forms, form, stored = field.as_stored(ordinal)
        opened = OpenedWord(kernel.places(forms, form, *stored), field.df(ordinal))
        word = remembered(known, ordinal, opened, REMEMBERED)
    return word
