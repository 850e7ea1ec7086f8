"""The lexicon of a generation, gathered from its segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from index.codec import SegmentArrays
from index.lexicon import Lexicon, write_lexicon
from index.schema import EXACT_FIELDS
from index.whoosh_analysis import shared_analyser

LEXICON_FILE: Final = "lexicon.words"

_BATCH: Final = 4096


def write_generation_lexicon(folder: Path, segments: Sequence[SegmentArrays], before: Lexicon | None = None) -> None:
    """Write the words of all exact fields of `segments`.

    A word's frequency is the sum over segments of the most records that hold
    it in one field: at most the number of records that hold it anywhere,
    which is close enough to weigh spellings. `before` is a lexicon whose
    stems are known.
    """
    stem_of = shared_analyser().stem if before is None else _stem_with(before)
    write_lexicon(
        folder / LEXICON_FILE, ((word, df, stem_of(word.decode()).encode()) for word, df in _word_counts(segments))
    )


def open_lexicon(folder: Path) -> Lexicon:
    """The lexicon of a generation's folder."""
    return Lexicon.open(folder / LEXICON_FILE)


def _stem_with(before: Lexicon) -> Callable[[str], str]:
    make = shared_analyser().stem

    def stem(word: str) -> str:
        known = before.stem(word)
        return make(word) if known is None else known

    return stem


def _word_counts(segments: Sequence[SegmentArrays]) -> Iterator[tuple[bytes, int]]:
    streams = [_terms(segment, field, at) for at, segment in enumerate(segments) for field in EXACT_FIELDS]
    for word, rows in groupby(merge(*streams), key=itemgetter(0)):
        most: dict[int, int] = {}
        for _, segment, df in rows:
            most[segment] = max(df, most.get(segment, 0))
        yield word, sum(most.values())


def _terms(segment: SegmentArrays, field: str, at: int) -> Iterator[tuple[bytes, int, int]]:
    postings = segment.field(field)
    if postings is None:
        return
    for lo in range(0, postings.term_count, _BATCH):
        hi = min(lo + _BATCH, postings.term_count)
        for term, df in zip(postings.terms(lo, hi), postings.dfs(lo, hi).tolist(), strict=True):
            yield term, at, df
