"""The words on the pages: one place for names of facets, modes, orders and counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from corpus.value import Value
from search.request import NO_VALUE, Mode, Sort


class FacetWords(Value):
    """How a facet is spoken of: its title, "2 themes", and the choice of records without any."""

    title: str
    one: str
    many: str
    none: str


FACET_WORDS: Final[dict[str, FacetWords]] = {
    "theme": FacetWords("Theme", "theme", "themes", "No theme recorded"),
    "funding": FacetWords("Funder", "funder", "funders", "No funder recorded"),
    "council": FacetWords("Council", "council", "councils", "No council recorded"),
    "region": FacetWords("Region or nation", "region", "regions", "No region recorded"),
    "council_type": FacetWords("Type of council", "type", "types", "No type recorded"),
    "year": FacetWords("Year", "year", "years", "No year recorded"),
}

MODE_WORDS: Final[dict[Mode, str]] = {
    "best": "Best match: any of the words, best first",
    "all": "All of the words",
    "phrase": "The exact phrase",
}

SORT_WORDS: Final[dict[Sort, str]] = {
    "relevance": "Best match first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "title": "Title, A to Z",
}


def number(count: int) -> str:
    """12345 as "12,345"."""
    return f"{count:,}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """ "1 case study", "2 case studies"."""
    return f"{count:,} {one if count == 1 else (many or one + 's')}"


def case_studies(count: int) -> str:
    return counted(count, "case study", "case studies")


def listed(words: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def years(year_from: int | None, year_to: int | None) -> str:
    """A range of years in words: "2015 to 2020", "2015 or later", "2020 or earlier"."""
    if year_from and year_to:
        return str(year_from) if year_from == year_to else f"{year_from} to {year_to}"
    return f"{year_from} or later" if year_from else f"{year_to} or earlier"


def slugify(text: str) -> str:
    """A stable address for a name: "St. Helens" as "st-helens"."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("'", "").replace("’", ""))
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-") or "x"


def day(moment: datetime) -> str:
    """A date as people write it here: "22 November 2026"."""
    return f"{moment.day} {moment:%B %Y}"


def no_value_label(facet: str, value: str, label: str) -> str:
    """The label to show for a value: the facet's own words where nothing is recorded."""
    return FACET_WORDS[facet].none if value == NO_VALUE else label


def letters(names: Iterable[str]) -> list[str]:
    """The initials that occur, in order."""
    return sorted({initial(name) for name in names})


def initial(name: str) -> str:
    """The letter under which a name stands in an A to Z; "#" for none."""
    first = unicodedata.normalize("NFKD", name.lstrip("‘'\"“ "))[:1].upper()
    return first if "A" <= first <= "Z" else "#"
