"""Matching a written name to a council."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Generic, Protocol, TypeVar

from corpus.patterns import lazily
from corpus.text import fold


class Named(Protocol):
    """What a council must have to be found by name."""

    @property
    def name(self) -> str: ...
    @property
    def short_name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def type(self) -> str: ...
    @property
    def is_current(self) -> bool: ...
    @property
    def population(self) -> int | None: ...


_KINDS: Final[dict[str, frozenset[str]]] = {
    # What a word beside the place says about the kind of council. Several words
    # narrow one another. "Council" alone says nothing.
    "london": frozenset({"London borough", "City corporation"}),
    "county": frozenset(
        {"County", "Unitary authority", "Welsh unitary authority", "Scottish unitary authority"},
    ),
    "borough": frozenset(
        {
            "London borough",
            "Metropolitan district",
            "Non-metropolitan district",
            "Unitary authority",
            "NI district",
            "Welsh unitary authority",
        }
    ),
    "district": frozenset({"Metropolitan district", "Non-metropolitan district", "NI district"}),
    "metropolitan": frozenset({"Metropolitan district"}),
    "unitary": frozenset({"Unitary authority", "Welsh unitary authority", "Scottish unitary authority"}),
    "combined": frozenset({"Combined authority", "Strategic Regional Authority"}),
    "city": frozenset(
        {
            "London borough",
            "City corporation",
            "Metropolitan district",
            "Non-metropolitan district",
            "Unitary authority",
            "NI district",
            "Welsh unitary authority",
            "Scottish unitary authority",
        }
    ),
}

_ABBREVIATIONS: Final[dict[str, tuple[str, ...]]] = {
    "lb": ("london", "borough"),
    "lbc": ("london", "borough"),
    "boro": ("borough",),
    "rb": ("borough",),
    "rbc": ("borough",),
    "mbc": ("metropolitan", "borough"),
    "mdc": ("metropolitan", "district"),
    "cbc": ("borough",),
    "bc": ("borough",),
    "dc": ("district",),
    "ua": ("unitary",),
    "ca": ("combined",),
    "mca": ("combined",),
    "cca": ("combined",),
    # "CC" is written for County Council and for City Council: it says nothing more than "council".
    "cc": (),
}

_FILLERS: Final = frozenset({"council", "councils", "the", "of", "royal", "authority", "corporation", "mayoral", "and"})
"""Words that stand around a place and say nothing about it. "Of" and "and" only at the edges of the name."""

_NO_PLACE: Final = frozenset({*_KINDS, *_ABBREVIATIONS, *_FILLERS})

_JOINERS: Final = lazily(r" (?:and|with|upon|under|on|in|by) ")
"""Where a longer place name ends its first place: "Brighton | and Hove", "Southend | on Sea"."""


def place_and_kinds(folded: str) -> tuple[str, frozenset[str]]:
    """Part a folded name into its place and the words that say what kind of council it is.

    "london borough of brent" gives ("brent", {"london", "borough"}). Only the
    edges of the name are read so: "north london waste" keeps its middle.
    """
    words = folded.split()
    kinds: set[str] = set()

    def takes(word: str) -> bool:
        if word in _ABBREVIATIONS:
            kinds.update(_ABBREVIATIONS[word])
        elif word in _KINDS:
            kinds.add(word)
        elif word not in _FILLERS:
            return False
        return True

    while len(words) > 1 and takes(words[-1]):
        words.pop()
    while len(words) > 1 and takes(words[0]):
        words.pop(0)
    return " ".join(words), frozenset(kinds)


def _fits(council: Named, kinds: frozenset[str]) -> bool:
    if {"county", "borough"} <= kinds:  # "County Borough Council" is the Welsh form
        kinds = kinds - {"county"}
    # A unitary council of a whole county ("Cornwall County Council", as it was) may be meant, never
    # the one of a city: there is no "Derby County Council", and it must not become Derby's.
    if "county" in kinds and not {"city", "borough", "district"}.isdisjoint(fold(council.name).split()):
        return False
    return all(council.type in _KINDS[kind] for kind in kinds)


def _preference(kinds: frozenset[str]) -> Callable[[Named], bool]:
    """A sort key that puts councils first whose own name says "county" when the text says so."""
    return lambda council: "county" in kinds and "county" not in fold(council.name).split()


def _order(council: Named) -> tuple[bool, bool, int]:
    """Who wins when several councils share a name: current, then a council proper, then the larger."""
    return (not council.is_current, council.type in _KINDS["combined"], -(council.population or 0))


C = TypeVar("C", bound=Named)


class NameIndex(Generic[C]):
    """Finds councils by what people call them."""

    def __init__(self, councils: Iterable[C]) -> None:
        ordered = sorted(councils, key=_order)
        self._official: dict[str, C] = {fold(council.name): council for council in ordered}
        self._called: dict[str, C] = {}
        self._places: dict[str, list[C]] = {}
        self._first_places: dict[str, list[C]] = {}
        for council in ordered:
            for name in (council.short_name, *council.aliases):
                self._called.setdefault(fold(name), council)
            for name in (council.name, council.short_name, *council.aliases):
                place, _ = place_and_kinds(fold(name))
                self._add(self._places, place, council)
                first_place = _JOINERS.split(fold(name.split(",")[0]))[0]
                self._add(self._first_places, place_and_kinds(first_place)[0], council)

    @staticmethod
    def _add(places: dict[str, list[C]], place: str, council: C) -> None:
        owners = places.setdefault(place, [])
        if council not in owners:
            owners.append(council)

    def find(self, text: str) -> C | None:
        """The council that the text names, or None."""
        key = fold(text)
        if not key:
            return None
        exact = self._official.get(key) or self._called.get(key)
        if exact is not None:
            return exact
        place, kinds = place_and_kinds(key)
        if place in _NO_PLACE:  # neither "City Council" nor "London" says which
            return None
        owners = [council for council in self._places.get(place, ()) if _fits(council, kinds)]
        if owners:
            return min(owners, key=_preference(kinds))  # the first of equals, which is the likeliest owner
        fitting = [council for council in self._first_places.get(place, ()) if _fits(council, kinds)]
        current = [council for council in fitting if council.is_current] or fitting
        return current[0] if len(current) == 1 else None
