"""The facet panel: for each facet its values as checkboxes with exact counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search import FACETS, NO_VALUE, Bucket, FacetCounts
from webui.state import EXCLUDE_PREFIX, SearchState
from webui.wording import FACET_WORDS, FacetWords, no_value_label

SHOWN = {"theme": 8, "funding": 6, "council": 6, "region": 6, "council_type": 5, "year": 0}
"""Values listed in the panel before "show all". Years are shown as a picture with a range."""


@dataclass(frozen=True, slots=True)
class Option:
    """One checkbox: the value, what it is called, and the total that choosing it gives."""

    value: str
    label: str
    count: int
    checked: bool
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """One fieldset of the panel. `hidden` values of `distinct` are on the full list only."""

    facet: str
    options: tuple[Option, ...]
    distinct: int
    hidden: int
    chosen: int
    carried: tuple[tuple[str, str], ...]
    """Exclusions, which the panel's form must not lose: they have no checkbox here."""

    @property
    def shown(self) -> bool:
        """Whether there is anything to choose; the years' range is always there to be widened."""
        return bool(self.options or self.hidden or self.facet == "year")

    @property
    def words(self) -> FacetWords:
        return FACET_WORDS[self.facet]


def option(facet: str, bucket: Bucket) -> Option:
    label = no_value_label(facet, bucket.value, bucket.label)
    return Option(bucket.value, label, bucket.count, bucket.selected, bucket.excluded)


def options(state: SearchState, counts: FacetCounts) -> tuple[Option, ...]:
    """Every value of one facet: selected first, then as the engine orders them, "none" last.

    A value asked for that has no match at all keeps its checkbox, with 0: the
    form would silently drop it otherwise.
    """
    facet = counts.name
    found = [option(facet, bucket) for bucket in counts.buckets if bucket.value != NO_VALUE]
    asked = state.filters.get(facet, ())
    listed = {held.value for held in found}
    lost = [Option(value, value, 0, True) for value in asked if value not in listed and value != NO_VALUE]
    if counts.missing or NO_VALUE in asked:
        none = Option(NO_VALUE, FACET_WORDS[facet].none, counts.missing, NO_VALUE in asked)
        found.append(none)
    return (*lost, *found)


def group(state: SearchState, counts: FacetCounts) -> FacetGroup:
    """One facet, cut to what the panel shows; chosen values and "none" always stay."""
    every = options(state, counts)
    room = SHOWN[counts.name]
    kept = tuple(
        held
        for place, held in enumerate(every)
        if held.checked or (not held.excluded and (place < room or held.value == NO_VALUE))
    )
    return FacetGroup(
        facet=counts.name,
        options=kept,
        distinct=counts.distinct,
        hidden=len(every) - len(kept),
        chosen=sum(held.checked for held in every),
        carried=tuple((EXCLUDE_PREFIX + counts.name, value) for value in state.exclude.get(counts.name, ())),
    )


def facet_panel(state: SearchState, facets: Mapping[str, FacetCounts]) -> tuple[FacetGroup, ...]:
    """Every facet in the order in which people see them."""
    return tuple(group(state, facets[name]) for name in FACETS if name in facets)
