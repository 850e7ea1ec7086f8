"""Names of places that are no council's name, and what became of former councils.

Who types "Lake District" means what the councils there did; who types "Scotland" or "North East" means what any council
of that nation or region did, though its case studies rarely say where it lies; who types the name of a council
that was merged into another means the work that goes on under the new name as well. The places
are `data/places.csv`; the councils and their successors are the gazetteer's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import Final

from corpus.errors import BadInput
from corpus.gazetteer import Council, Gazetteer, gazetteer
from corpus.value import Value
from search.known_phrases import words_of
from search.tables import alternatives, table

FILE: Final = "places.csv"


class Place(Value):
    """A name that stands for `councils` (official names, former ones and their successors) or for whole `regions`."""

    name: str
    councils: tuple[str, ...]
    reason: str
    regions: tuple[str, ...] = ()


@cache
def places() -> tuple[tuple[str, Place | None], ...]:
    """(name as typed, the place), listed places before former councils.

    A name without a place is that of a council that needs none; it hides the shorter names in it
    ("North Somerset" is not "Somerset"). Raises `BadInput` for a list that names an unknown council.
    """
    councils = gazetteer()
    known = (*listed_places(table(FILE)), *former_councils(councils))
    return (*known, *longer_names(councils, {word for name, _ in known for word in words_of(name)}))


def listed_places(rows: list[dict[str, str]]) -> Iterator[tuple[str, Place]]:
    """The places of a table with the columns place, councils, reason. Raises `BadInput`."""
    councils = gazetteer()
    known_regions = frozenset(councils.regions())
    for row in rows:
        names: list[str] = []
        regions: list[str] = []
        for name in alternatives(row["councils"]):
            if name in known_regions:
                regions.append(name)
                continue
            council = councils.by_name.get(name)
            if council is None:
                near = " or ".join(councils.nearest(name, 2))
                raise BadInput(f"{FILE}: {name!r} at {row['place']!r} is no council (nearest: {near}).")
            names += (council.name, *(each.name for each in councils.current(council)))
        for place in (named := alternatives(row["place"])):
            yield place, Place(named[0], tuple(dict.fromkeys(names)), row["reason"], tuple(regions))


def former_councils(councils: Gazetteer) -> Iterator[tuple[str, Place]]:
    """The names of former councils, each with the councils that do its work today."""
    for council in councils.councils:
        if council.is_current:
            continue
        for name in _place_names(council):
            now = [each.name for each in councils.current(council) if not _holds(each.name, name)]
            if now:
                reason = f"{council.name} became part of {' and '.join(now)}"
                yield name, Place(council.short_name, tuple(now), reason)


def longer_names(councils: Gazetteer, words: Collection[str]) -> Iterator[tuple[str, None]]:
    """Names of councils and regions in several words, of which some stand in other places' names too."""
    for council in councils.councils:
        for name in _place_names(council):
            parts = words_of(name)
            if len(parts) > 1 and any(part in words for part in parts):
                yield name, None
    yield from ((region, None) for region in councils.regions() if " " in region)


def _place_names(council: Council) -> tuple[str, ...]:
    return tuple(dict.fromkeys((council.short_name, council.name, *council.aliases)))


def _holds(longer: str, shorter: str) -> bool:
    """Whether a successor is found by the words of the former name anyway."""
    return set(words_of(shorter, without=("council",))) <= set(words_of(longer))
