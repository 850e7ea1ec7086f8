"""The shapes of the facets: how many values a record has and how unevenly they are used.

The figures are counts in the 550 case studies that Casefinder ships
(November 2026), smoothed where the counts are small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FacetShape:
    """How a facet is filled in.

    `sizes[n]` is the share of records with n values. The value of popularity
    rank r (from 0) is drawn with a chance in proportion to 1 / (r + flatness).
    A share `loyalty` of the values is drawn from the `favourites` values that
    the record's topic prefers.
    """

    sizes: tuple[float, ...]
    flatness: float
    loyalty: float
    favourites: int

    def popularity(self, count: int) -> Floats:
        """Chances of `count` values by rank, summing to 1."""
        return zipf(count, self.flatness)


THEME: Final = FacetShape(sizes=(0.0, 0.03, 0.30, 0.60, 0.07), flatness=12.0, loyalty=0.7, favourites=6)
FUNDING: Final = FacetShape(sizes=(0.51, 0.37, 0.10, 0.02), flatness=2.0, loyalty=0.4, favourites=8)
COUNCIL: Final = FacetShape(sizes=(0.09, 0.80, 0.07, 0.04), flatness=60.0, loyalty=0.25, favourites=20)

YEARS: Final = tuple(range(2004, 2027))
YEAR_COUNTS: Final = (2, 1, 1, 2, 2, 2, 4, 2, 4, 6, 8, 19, 18, 26, 22, 34, 42, 62, 49, 34, 21, 13, 4)
"""Records of each of `YEARS` among the 550."""
YEAR_MISSING: Final = 0.32

SEVERAL_REGIONS: Final = "National"
"""The region of a record of councils in different regions, or of none."""
SEVERAL_TYPES: Final = "Several types"
"""The type of a record whose councils are of different types."""


def zipf(count: int, flatness: float) -> Floats:
    """Zipf–Mandelbrot chances of ranks 0 to count - 1, in proportion to 1 / (rank + flatness)."""
    weights = 1.0 / (np.arange(count, dtype=np.float64) + flatness)
    return np.asarray(weights / weights.sum())


def sample_table(chances: Sequence[float] | Floats, bits: int, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """2**bits outcomes such that a uniformly chosen entry has (nearly) the given chances.

    Drawing is then one array look-up: ten times as fast as bisecting a
    cumulative sum. Systematic sampling keeps every share exact to one entry.
    """
    cumulative = np.cumsum(np.asarray(chances, dtype=np.float64))
    points = (np.arange(1 << bits) + rng.random()) / (1 << bits)
    return np.searchsorted(cumulative / cumulative[-1], points).astype(np.int32)
