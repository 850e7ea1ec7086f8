"""What the councils of a record imply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from corpus.gazetteer import Council, gazetteer

NATIONAL: Final = "National"
"""The region of a record whose councils lie in several regions, or that names none."""

SEVERAL_TYPES: Final = "Several types"
"""The council type of a record whose councils are of several types."""


def derive_region(councils: Iterable[str]) -> str:
    """The region in which all the councils (official names) lie, else "National"."""
    regions = {council.region for council in _known(councils)}
    return regions.pop() if len(regions) == 1 else NATIONAL


def derive_council_type(councils: Iterable[str]) -> str:
    """The type that all the councils (official names) share, "Several types" if they differ, "" if there are none."""
    types = {council.type for council in _known(councils)}
    if len(types) > 1:
        return SEVERAL_TYPES
    return types.pop() if types else ""


def _known(names: Iterable[str]) -> list[Council]:
    by_name = gazetteer().by_name
    return [by_name[name] for name in names if name in by_name]
