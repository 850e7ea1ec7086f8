"""The controlled vocabularies: themes and funders, with what else people call them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from corpus.tables import listed, rows
from corpus.text import fold, nearest
from corpus.value import Value


class Theme(Value):
    """A subject that a case study may be filed under. `slug` is the value stored in records and addresses."""

    slug: str
    label: str
    description: str


class Funder(Value):
    """A fund, programme or body that paid. `name` is the value stored in records.

    `aliases` are abbreviations, former names and other spellings; `kind` is
    one of "government", "government programme", "devolved", "Europe",
    "lottery", "sector", "local", "health", "other".
    """

    name: str
    slug: str
    aliases: tuple[str, ...]
    description: str
    kind: str


@cache
def themes() -> Mapping[str, Theme]:
    """Every theme by slug, in the order of `data/themes.csv` (by label)."""
    return MappingProxyType(
        {row["slug"]: Theme(row["slug"], row["label"], row["description"]) for row in rows("themes.csv")}
    )


@cache
def funders() -> Mapping[str, Funder]:
    """Every funder by name, in the order of `data/funding.csv` (by name)."""
    return MappingProxyType(
        {
            row["name"]: Funder(row["name"], row["slug"], listed(row["aliases"]), row["description"], row["kind"])
            for row in rows("funding.csv")
        }
    )


@cache
def _theme_spellings() -> dict[str, Theme]:
    found: dict[str, Theme] = {}
    for theme in themes().values():
        for spelling in (theme.slug, theme.label):
            found.setdefault(fold(spelling), theme)
    return found


@cache
def _funder_spellings() -> dict[str, Funder]:
    found = {fold(spelling): funder for funder in funders().values() for spelling in funder.aliases}
    # Names and slugs last: no alias may ever hide a funder's own name.
    found.update({fold(spelling): funder for funder in funders().values() for spelling in (funder.slug, funder.name)})
    return found


def resolve_theme(text: str) -> Theme | None:
    """The theme with this slug or label, whatever the case and punctuation."""
    return _theme_spellings().get(fold(text))


def resolve_funder(text: str) -> Funder | None:
    """The funder with this name, slug or alias ("OPE"), whatever the case and punctuation.

    A leading "the" is passed over.
    """
    key = fold(text)
    return _funder_spellings().get(key) or _funder_spellings().get(key.removeprefix("the "))


def funder_by_slug(slug: str) -> Funder | None:
    """The funder with exactly this slug, for addresses."""
    return _funders_by_slug().get(slug)


@cache
def _funders_by_slug() -> dict[str, Funder]:
    return {funder.slug: funder for funder in funders().values()}


def nearest_themes(text: str, limit: int = 3) -> tuple[str, ...]:
    """Slugs of the themes that look most like the text, best first."""
    spellings = [spelling for theme in themes().values() for spelling in (theme.slug, theme.label)]
    slugs = (_theme_spellings()[fold(spelling)].slug for spelling in nearest(text, spellings, limit * 2))
    return tuple(dict.fromkeys(slugs))[:limit]


def nearest_funders(text: str, limit: int = 3) -> tuple[str, ...]:
    """Names of the funders that look most like the text, best first."""
    spellings = [spelling for funder in funders().values() for spelling in (funder.name, *funder.aliases)]
    names = (_funder_spellings()[fold(spelling)].name for spelling in nearest(text, spellings, limit * 2))
    return tuple(dict.fromkeys(names))[:limit]
