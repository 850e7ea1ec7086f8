"""The map of a result: a dot for every council of the gazetteer that has a position.

Councils without matches are drawn faintly: together they show the country,
without an outline or a tile server. Distances are right at the middle
latitude (equirectangular projection).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sqrt

from corpus.gazetteer import Council, gazetteer
from search import NO_VALUE, FacetCounts
from webui.collection import Glance
from webui.directory import Directory
from webui.state import SearchState
from webui.wording import case_studies

WEST, EAST, SOUTH, NORTH = -8.4, 2.2, 49.7, 60.9
SCALE = 74.0
"""Units of the picture per degree of latitude."""
SHRINK = cos(radians((SOUTH + NORTH) / 2))
WIDTH, HEIGHT = round((EAST - WEST) * SHRINK * SCALE), round((NORTH - SOUTH) * SCALE)
SMALLEST, LARGEST = 4.5, 16.0
"""Radius of a dot with one match and of the largest; areas grow with the matches."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One council of the map and of the table beside it; x and y are None where its place is unknown."""

    label: str
    region: str
    count: int
    chosen: bool
    link: SearchState
    path: str | None
    x: float | None
    y: float | None
    radius: float

    @property
    def title(self) -> str:
        return f"{self.label}: {case_studies(self.count)}"


@dataclass(frozen=True, slots=True)
class CouncilMap:
    """Dots by falling count, and the places of the councils without a match."""

    dots: tuple[Dot, ...]
    faint: tuple[tuple[float, float], ...]
    missing: int
    width: int = WIDTH
    height: int = HEIGHT


def place(council: Council | None) -> tuple[float, float] | None:
    """Where a council lies in the picture; None where the gazetteer gives no position."""
    if council is None or council.lat is None or council.lon is None:
        return None
    return round((council.lon - WEST) * SHRINK * SCALE, 1), round((NORTH - council.lat) * SCALE, 1)


def council_map(state: SearchState, counts: FacetCounts, glance: Glance) -> CouncilMap:
    """The map of one answer. A dot's count is what choosing its council gives, as in the facet panel."""
    register, directory = gazetteer().by_name, Directory.of(glance)
    held = [bucket for bucket in counts.buckets if bucket.value != NO_VALUE and bucket.count]
    most = max((bucket.count for bucket in held), default=1)
    dots = []
    for bucket in sorted(held, key=lambda bucket: (-bucket.count, bucket.label)):
        council = register.get(bucket.value)
        at = place(council) or (None, None)
        grown = sqrt(bucket.count / most) * LARGEST
        dots.append(
            Dot(
                label=bucket.label,
                region=council.region if council else "",
                count=bucket.count,
                chosen=bucket.selected,
                link=state.only_filter("council", bucket.value),
                path=directory.path("council", bucket.value),
                x=at[0],
                y=at[1],
                radius=round(max(SMALLEST, grown), 1),
            )
        )
    shown = {bucket.value for bucket in held}
    others = (place(council) for council in gazetteer().councils if council.name not in shown and council.is_current)
    return CouncilMap(tuple(dots), tuple(at for at in others if at), counts.missing)
