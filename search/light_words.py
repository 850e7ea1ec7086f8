"""Words of a question that say less than its others: verbs such as "keeping" and "improving".

In a small collection such a verb is rare, and counts as if it named a subject: "keeping kids out of care" brought up
whatever was kept. `data/light_words.txt` lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from index.analysis import fold
from search.tables import lines

FILE: Final = "light_words.txt"

LIGHT: Final = 0.6
"""What a light word counts beside others. From 0.5 to 0.7 the judged questions rank alike; at 0.3 a question whose
   verb matters begins to lose (`docs/ranking.md`)."""


def weights(words: Sequence[str]) -> list[float]:
    """What each word of a question counts; all of them in full where it has nothing but light ones."""
    listed = _light_words()
    light = [fold(word) in listed for word in words]
    return [1.0] * len(words) if all(light) else [LIGHT if each else 1.0 for each in light]


@cache
def _light_words() -> frozenset[str]:
    return frozenset(lines(FILE))
