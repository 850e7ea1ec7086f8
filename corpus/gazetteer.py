"""The councils of the United Kingdom: what they are called, where they lie, what became of them.

The facts are mySociety's (see ATTRIBUTION.md); `data/councils.csv` holds them.
How a written name is matched to a council is in `corpus.council_names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

from corpus.council_names import NameIndex, place_and_kinds
from corpus.tables import DATA, listed, rows
from corpus.text import fold, nearest
from corpus.value import Value


class Council(Value):
    """One council or combined authority, current or former.

    `name` is the official name, unique, as stored in records; `slug` is its
    address. `county` is the official name of the county council of a
    two-tier area, "" elsewhere. `end_date` is None while the council exists;
    `successors` and `predecessors` are official names. `population` is the
    estimate for 2020, `lat` and `lon` are WGS84 degrees of the centre; None
    where the source gives none.
    """

    code: str
    name: str
    short_name: str
    slug: str
    aliases: tuple[str, ...]
    type: str
    nation: str
    region: str
    county: str
    combined_authority: str
    start_date: date | None
    end_date: date | None
    successors: tuple[str, ...]
    predecessors: tuple[str, ...]
    population: int | None
    lat: float | None
    lon: float | None

    @property
    def is_current(self) -> bool:
        """Whether the council still exists (as the source knew it)."""
        return self.end_date is None


class Gazetteer:
    """All councils, and the ways to find one. Immutable; share it freely."""

    def __init__(self, councils: tuple[Council, ...]) -> None:
        self.councils = councils
        self.by_name: Mapping[str, Council] = MappingProxyType({council.name: council for council in councils})
        self.by_slug: Mapping[str, Council] = MappingProxyType({council.slug: council for council in councils})
        self._names = NameIndex(councils)

    def resolve(self, text: str) -> Council | None:
        """The council that a written name means, or None if that is not certain.

        Case, accents, punctuation and "&" do not matter. In this order: an
        official name; a short name or alias (a current council before a former
        one, a council before a combined authority, then the larger); the place
        with a kind that fits ("Brent LBC", "City of York", "Wigan MBC");
        the first place of a longer name when only one council starts with it
        ("Brighton"). See `docs/decisions/0010-council-names.md`.
        """
        return self._names.find(text)

    def current(self, council: Council) -> tuple[Council, ...]:
        """The councils that do this council's work today: itself, or the last of its chain of successors.

        Empty for a former council whose successor the source does not give.
        """
        found: dict[str, Council] = {}
        waiting, seen = [council], set[str]()
        while waiting:
            at = waiting.pop(0)
            if at.name in seen:
                continue
            seen.add(at.name)
            if at.is_current:
                found[at.name] = at
            waiting.extend(self.by_name[name] for name in at.successors)
        return tuple(found.values())

    def names_of(self, council: Council) -> tuple[str, ...]:
        """Every spelling worth indexing: official name, short name, aliases, and "LB …" for a London borough."""
        names = [council.name, council.short_name, *council.aliases]
        if council.type == "London borough":
            names += [f"LB {council.short_name}", f"London Borough of {council.short_name}"]
        return tuple(dict.fromkeys(names))

    def nearest(self, text: str, limit: int = 3) -> tuple[str, ...]:
        """Official names of the councils whose names look most like the text, best first."""
        owners = {name: council for council in reversed(self.councils) for name in self.names_of(council)}
        names = (owners[name].name for name in nearest(text, owners, limit * 3))
        return tuple(dict.fromkeys(names))[:limit]

    def regions(self) -> tuple[str, ...]:
        """The regions of England and the other nations, in alphabetical order."""
        return tuple(sorted({council.region for council in self.councils}))

    def types(self) -> tuple[str, ...]:
        """The kinds of council, in alphabetical order."""
        return tuple(sorted({council.type for council in self.councils}))


def written_names() -> Iterator[str]:
    """The names and aliases of all councils, without making the gazetteer."""
    for row in rows("councils.csv"):
        yield row["name"]
        yield from listed(row["aliases"])


def may_name_council(text: str) -> bool:
    """False where it is certain that no council is called so; the gazetteer need not be made to know that."""
    place, _ = place_and_kinds(fold(text))
    return bool(place) and place in _folded_file()


@cache
def _folded_file() -> str:
    """The whole file folded at once: every name in it, and every place that is part of one, stands in this text."""
    return fold((DATA / "councils.csv").read_text(encoding="utf-8"))


@cache
def gazetteer() -> Gazetteer:
    """The gazetteer that ships with Casefinder, loaded on first use."""
    table = list(rows("councils.csv"))
    names = {row["code"]: row["name"] for row in table}
    predecessors: dict[str, list[str]] = {}
    for row in table:
        for code in _codes(row["replaced_by"]):
            predecessors.setdefault(code, []).append(row["name"])
    return Gazetteer(
        tuple(
            Council(
                code=row["code"],
                name=row["name"],
                short_name=row["short_name"],
                slug=row["slug"],
                aliases=listed(row["aliases"]),
                type=row["type"],
                nation=row["nation"],
                region=row["region"],
                county=names[row["county"]] if row["county"] else "",
                combined_authority=names[row["combined_authority"]] if row["combined_authority"] else "",
                start_date=_date(row["start_date"]),
                end_date=_date(row["end_date"]),
                successors=tuple(names[code] for code in _codes(row["replaced_by"])),
                predecessors=tuple(predecessors.get(row["code"], ())),
                population=int(row["population_2020"]) if row["population_2020"] else None,
                lat=float(row["lat"]) if row["lat"] else None,
                lon=float(row["lon"]) if row["lon"] else None,
            )
            for row in table
        )
    )


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code for code in re.split(r"[,|]\s*", cell) if code)


def _date(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None
