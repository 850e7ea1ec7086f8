"""The spread over years as a picture: bars for an SVG without any style of its own."""

from __future__ import annotations

from dataclasses import dataclass

from search import NO_VALUE, FacetCounts
from webui.state import SearchState
from webui.wording import case_studies

WIDTH, HEIGHT = 240, 64
MOST_YEARS = 60
"""Bars drawn; with more years the earliest share one bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One year: its place in the picture, and the search for that year alone."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float
    inside: bool
    link: SearchState

    @property
    def title(self) -> str:
        return f"{self.label}: {case_studies(self.count)}"


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars from the first year to the last, empty years included."""

    bars: tuple[Bar, ...]
    first: int
    last: int
    most: int
    peak: str
    missing: int


def histogram(state: SearchState, counts: FacetCounts) -> Histogram | None:
    """The picture for one answer; None where no match has a year."""
    by_year = {int(b.value): b.count for b in counts.buckets if b.value != NO_VALUE and b.value.isdigit() and b.count}
    if not by_year:
        return None
    last = max(by_year)
    first = max(min(by_year), last - MOST_YEARS + 1)
    early = sum(count for year, count in by_year.items() if year <= first)
    heights = {year: early if year == first else by_year.get(year, 0) for year in range(first, last + 1)}
    most = max(heights.values())
    step = WIDTH / len(heights)
    asked = state.filters.get("year", ())

    def inside(year: int) -> bool:
        in_range = (state.year_from or 0) <= year <= (state.year_to or 9999)
        return in_range and (not asked or str(year) in asked)

    bars = []
    any_year = state.without_facet("year")
    for place, (year, count) in enumerate(heights.items()):
        height = round(max(2.0, count / most * HEIGHT), 1) if count else 0
        grouped = year == first and min(by_year) < first
        link = any_year.with_years(None if grouped else year, year)
        label = f"{year} or earlier" if grouped else str(year)
        x, width = round(place * step, 2), round(max(1.0, step - 1.5), 2)
        bars.append(Bar(label, count, x, round(HEIGHT - height, 1), width, height, inside(year), link))
    peak = max(by_year, key=lambda year: (by_year[year], year))
    return Histogram(tuple(bars), min(by_year), last, most, str(peak), counts.missing)
