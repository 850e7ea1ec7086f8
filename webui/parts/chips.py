"""The active filters, each with the address of the same search without it."""

from __future__ import annotations

from dataclasses import dataclass

from webui.collection import Glance
from webui.state import SearchState
from webui.wording import FACET_WORDS, no_value_label, years

MOST_SHOWN = 30
"""Chips on a page: each carries the whole address, so hundreds would make a page of megabytes."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter. `known` is False for a value that no case study carries."""

    facet: str
    label: str
    without: SearchState
    excluded: bool = False
    known: bool = True

    @property
    def title(self) -> str:
        return FACET_WORDS[self.facet].title

    @property
    def text(self) -> str:
        return f"{'not ' if self.excluded else ''}{self.label}"


def label_of(glance: Glance, facet: str, value: str) -> str:
    """The label of a facet value; an unknown one is shown as it was written."""
    bucket = glance.values.get(facet, {}).get(value)
    return no_value_label(facet, value, bucket.label if bucket else value)


def chips(state: SearchState, glance: Glance) -> tuple[Chip, ...]:
    """Every active filter in the order of the facets."""
    found = [
        Chip(
            facet, label_of(glance, facet, value), state.without_filter(facet, value), known=glance.knows(facet, value)
        )
        for facet, values in state.filters.items()
        for value in values
    ]
    if state.year_from or state.year_to:
        found.append(Chip("year", years(state.year_from, state.year_to), state.with_years(None, None)))
    found += [
        Chip(
            facet, label_of(glance, facet, value), state.without_exclude(facet, value), True, glance.knows(facet, value)
        )
        for facet, values in state.exclude.items()
        for value in values
    ]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A filter value that no case study carries, and what was perhaps meant."""

    facet: str
    value: str
    without: SearchState
    meant: str | None = None
    instead: SearchState | None = None

    @property
    def name(self) -> str:
        return FACET_WORDS[self.facet].one


def unknown_values(state: SearchState, glance: Glance, most: int = 5) -> tuple[Unknown, ...]:
    """The first few unknown values among the filters asked for."""
    found: list[Unknown] = []
    for facet, values in state.filters.items():
        for value in values:
            if len(found) == most or glance.knows(facet, value):
                continue
            near = glance.nearest(facet, value)
            without = state.without_filter(facet, value)
            instead = without.with_filter(facet, near.value) if near else None
            found.append(Unknown(facet, value, without, near.label if near else None, instead))
    return tuple(found)
