"""The best k of many matches, exactly, without sorting them all.

Equal keys are ordered by id, through the rank that each document's id has in its segment.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.compiled import kernel

Places = NDArray[np.intp]

_SAMPLE: Final = 2_048
"""Keys that are looked at to find a floor: the k-th best of any subset is no better than the
   k-th best of all, so what is worse than it can be left out at one comparison each."""


def best_places(
    keys: NDArray[Any],
    ranks: NDArray[np.integer[Any]],
    k: int,
    docs: NDArray[np.integer[Any]] | None = None,
    ascending: bool = False,
) -> Places:
    """Places of the k largest keys, largest first, equal ones by ascending rank; or those same places `ascending`.

    `ranks` runs beside `keys`; where `docs` is given, which runs beside `keys`, it is indexed by document.
    Takes time linear in the number of keys, plus k log k.
    """
    count = len(keys)
    if k <= 0 or not count:
        return np.empty(0, dtype=np.intp)
    if kernel is not None and docs is not None and keys.dtype == np.float32:
        places = np.empty(min(k, count), np.int64)
        return places[: kernel.best(keys, docs, ranks, ascending, places)]
    places = _best(keys, ranks, k, docs)
    return np.sort(places) if ascending else places


def _best(keys: NDArray[Any], ranks: NDArray[np.integer[Any]], k: int, docs: NDArray[np.integer[Any]] | None) -> Places:
    if k >= len(keys):
        return np.lexsort((ranks if docs is None else ranks[docs], -keys))
    places = _above_floor(keys, k)
    if len(places) > 4 * k:
        left = keys[places]
        kth = np.partition(left, len(left) - k)[len(left) - k]
        above = places[left > kth]
        ties = places[left == kth]
        missing = k - len(above)
        if len(ties) > missing:
            tied = ranks[ties if docs is None else docs[ties]]
            ties = ties[np.argpartition(tied, missing - 1)[:missing]]
        places = np.concatenate([above, ties])
    return places[np.lexsort((ranks[places if docs is None else docs[places]], -keys[places]))[:k]]


def _above_floor(keys: NDArray[Any], k: int) -> Places:
    count = len(keys)
    step = count // max(_SAMPLE, 4 * k)
    if step < 2:
        return np.arange(count)
    sample = keys[::step]
    floor = np.partition(sample, len(sample) - k)[len(sample) - k]
    return np.flatnonzero(keys >= floor)
