"""The names that have a page of their own: every theme, funder and council with its slug.

The vocabularies and the gazetteer say which names exist and what they are; the
collection says how many case studies each has. A collection may hold a name
that no vocabulary knows: it gets a page all the same, under a slug made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from corpus.gazetteer import gazetteer
from corpus.vocabulary import funders, themes
from webui.collection import Glance
from webui.wording import slugify

LISTS: Final = {"themes": "theme", "funding": "funding", "councils": "council"}
"""The address of each list and the facet it lists."""

ADDRESS_OF: Final = {facet: address for address, facet in LISTS.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One name with a page: `value` filters by it, `label` is read, `count` its case studies."""

    facet: str
    value: str
    slug: str
    label: str
    count: int
    description: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return f"/{ADDRESS_OF[self.facet]}/{self.slug}"

    def matches(self, folded: str) -> bool:
        """Whether the label or an alias holds the (case-folded) text."""
        return any(folded in name.casefold() for name in (self.label, *self.aliases))


class Directory:
    """Every entry of the three lists, by value and by slug."""

    def __init__(self, glance: Glance) -> None:
        self._by_value: dict[str, dict[str, Entry]] = {}
        self._by_slug: dict[str, dict[str, Entry]] = {}
        for facet in LISTS.values():
            entries = {entry.value: entry for entry in _known(facet, glance)}
            for value, bucket in glance.values.get(facet, {}).items():
                if value not in entries:
                    entries[value] = Entry(facet, value, slugify(value), bucket.label, bucket.count)
            ordered = sorted(entries.values(), key=lambda entry: (entry.label.casefold(), entry.value))
            self._by_value[facet] = {entry.value: entry for entry in ordered}
            # Setting the used names last lets them win where a slug is met twice.
            self._by_slug[facet] = {e.slug: e for e in sorted(ordered, key=lambda entry: entry.count > 0)}

    @classmethod
    def of(cls, glance: Glance) -> Directory:
        """The directory of a collection, made once a generation."""
        found = _made.get(glance)
        if found is None:
            found = _made[glance] = cls(glance)
        return found

    def entries(self, facet: str, *, used: bool = True) -> list[Entry]:
        """The entries in the order of their labels; `used`: only those with case studies."""
        return [entry for entry in self._by_value[facet].values() if entry.count or not used]

    def by_slug(self, facet: str, slug: str) -> Entry | None:
        return self._by_slug[facet].get(slug)

    def entry(self, facet: str, value: str) -> Entry | None:
        return self._by_value.get(facet, {}).get(value)

    def path(self, facet: str, value: str) -> str | None:
        """The address of the page about a value, None where it has none."""
        found = self.entry(facet, value)
        return found.path if found else None


_made: WeakKeyDictionary[Glance, Directory] = WeakKeyDictionary()


def _known(facet: str, glance: Glance) -> Iterator[Entry]:
    counts = glance.values.get(facet, {})

    def count(value: str) -> int:
        return counts[value].count if value in counts else 0

    if facet == "theme":
        for theme in themes().values():
            yield Entry(facet, theme.slug, theme.slug, theme.label, count(theme.slug), theme.description)
    elif facet == "funding":
        for funder in funders().values():
            aliases = tuple(funder.aliases)
            yield Entry(facet, funder.name, funder.slug, funder.name, count(funder.name), funder.description, aliases)
    else:
        for council in gazetteer().councils:
            aliases = (council.short_name, *council.aliases)
            yield Entry(facet, council.name, council.slug, council.name, count(council.name), "", aliases)
