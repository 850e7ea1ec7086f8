"""Keeping what was looked up at hand, in bounded memory."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def remembered(known: dict[Key, Value], key: Key, value: Value, most: int) -> Value:
    """Note a value in a dictionary of at most `most` entries, which starts anew when it is full; the value.

    Starting anew costs less than keeping track of what was used last, and what is asked for often is soon back.
    """
    if len(known) >= most:
        known.clear()
    known[key] = value
    return value
