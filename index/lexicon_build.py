"""The lexicon of a generation, gathered from its segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from corpus.gazetteer import gazetteer
from corpus.vocabulary import funders, themes
from index.codec import SegmentArrays
from index.documents import council_words, funder_words, theme_words
from index.lexicon import Lexicon, write_lexicon
from index.lexicon_added import ADDED_FILE, LEXICON_FILE, write_added
from index.schema import EXACT_FIELDS
from index.whoosh_analysis import shared_analyser

_BATCH: Final = 4096


def write_generation_lexicon(
    folder: Path, segments: Sequence[SegmentArrays], known_stem: Callable[[str], str | None] | None = None
) -> None:
    """Write the words of all exact fields of `segments`, and those of every council's, funder's and theme's name.

    Words of names that no text holds have the frequency 0: they are known, and rightly spelt, but
    nothing is corrected to them. A word's frequency is the sum over segments of the most records that hold
    it in one field: at most the number of records that hold it anywhere,
    which is close enough to weigh spellings. `known_stem` gives stems that are known
    already, None for others.
    """
    stem_of = _stem_with(known_stem)
    counts = _word_counts(segments, sorted(_name_words()))
    write_lexicon(folder / LEXICON_FILE, ((word, df, stem_of(word.decode()).encode()) for word, df in counts))


def write_added_words(
    folder: Path, segments: Sequence[SegmentArrays], known_stem: Callable[[str], str | None] | None = None
) -> None:
    """Write the words of `segments` as additions to the lexicon in `folder`, which holds those of all others."""
    base = Lexicon.open(folder / LEXICON_FILE)
    write_added(folder / ADDED_FILE, base, _word_counts(segments, ()), _stem_with(known_stem))


def _stem_with(known_stem: Callable[[str], str | None] | None) -> Callable[[str], str]:
    make = shared_analyser().stem
    if known_stem is None:
        return make

    def stem(word: str) -> str:
        known = known_stem(word)
        return make(word) if known is None else known

    return stem


def _word_counts(segments: Sequence[SegmentArrays], names: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
    """Every exact word of the segments and of `names`, and its frequency, ascending."""
    counts = dict.fromkeys(names, 0)
    for segment in segments:
        most: dict[bytes, int] = {}
        for field in EXACT_FIELDS:
            for word, df in _terms(segment, field):
                if df > most.get(word, 0):
                    most[word] = df
        for word, df in most.items():
            counts[word] = counts.get(word, 0) + df
    yield from sorted(counts.items())


def _name_words() -> set[bytes]:
    """Every exact form in the names by which councils, funders and themes are found."""
    names = [
        *(council_words(council.name) for council in gazetteer().councils),
        *map(funder_words, funders()),
        *map(theme_words, themes()),
    ]
    return {term.encode() for name in names for term in shared_analyser().exact_terms(name)}


def _terms(segment: SegmentArrays, field: str) -> Iterator[tuple[bytes, int]]:
    postings = segment.field(field)
    if postings is None:
        return
    for lo in range(0, postings.term_count, _BATCH):
        hi = min(lo + _BATCH, postings.term_count)
        yield from zip(postings.terms(lo, hi), postings.dfs(lo, hi).tolist(), strict=True)
