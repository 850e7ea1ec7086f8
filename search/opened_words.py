"""Words as the compiled loops walk along them: opened once, kept at hand for as long as their field is open.

What is kept are views of the field's file, so it takes no memory but its own few hundred bytes.
"""

from __future__ import annotations

from typing import Any, Final
from weakref import WeakKeyDictionary

from index.codec import FieldPostings
from index.remember import remembered
from search.compiled import kernel

REMEMBERED: Final = 4_096
"""Words of one field that are kept opened."""

_opened: WeakKeyDictionary[FieldPostings, dict[int, Any]] = WeakKeyDictionary()


def opened_word(field: FieldPostings, ordinal: int) -> Any:
    """What the compiled loops take for the term with this ordinal. Raises `ValueError` when there are no positions."""
    known = _opened.get(field)
    if known is None:
        known = _opened.setdefault(field, {})
    word = known.get(ordinal)
    if word is None:
        forms, form, stored = field.as_stored(ordinal)
        word = remembered(known, ordinal, kernel.places(forms, form, *stored), REMEMBERED)
    return word
