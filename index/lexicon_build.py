"""The lexicon of a generation, gathered from its segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.gazetteer import gazetteer
from corpus.vocabulary import funders, themes
from index.codec import SegmentArrays
from index.documents import council_words, funder_words, theme_words
from index.lexicon import Lexicon, sorted_lexicon_arrays, write_arrays
from index.lexicon_added import ADDED_FILE, LEXICON_FILE, write_added
from index.schema import EXACT_FIELDS
from index.whoosh_analysis import shared_analyser

Array = NDArray[Any]


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
    counts = _word_counts(segments, _name_words())
    words = sorted(counts)
    stems = [stem_of(word.decode()).encode() for word in words]
    write_arrays(folder / LEXICON_FILE, sorted_lexicon_arrays(words, list(map(counts.__getitem__, words)), stems))


def write_lexicon_of(folder: Path, words: Sequence[bytes], counts: Array, stems: Sequence[bytes]) -> None:
    """The same for words in byte order, with the most records that hold each in one field, and their stems.

    Words that no exact field holds (0 records) are passed over.
    """
    held = np.flatnonzero(counts).tolist()
    known = {words[at] for at in held}
    names = [name for name in _name_words() if name not in known]
    all_words = [*(words[at] for at in held), *names]
    all_stems = [*(stems[at] for at in held), *(shared_analyser().stem(name.decode()).encode() for name in names)]
    all_counts = [*counts[held].tolist(), *(0 for _ in names)]
    order = sorted(range(len(all_words)), key=all_words.__getitem__)
    arrays = sorted_lexicon_arrays(
        [all_words[at] for at in order], [all_counts[at] for at in order], [all_stems[at] for at in order]
    )
    write_arrays(folder / LEXICON_FILE, arrays)


def write_added_words(
    folder: Path, segments: Sequence[SegmentArrays], known_stem: Callable[[str], str | None] | None = None
) -> None:
    """Write the words of `segments` as additions to the lexicon in `folder`, which holds those of all others."""
    base = Lexicon.open(folder / LEXICON_FILE)
    write_added(folder / ADDED_FILE, base, sorted(_word_counts(segments, ()).items()), _stem_with(known_stem))


def _stem_with(known_stem: Callable[[str], str | None] | None) -> Callable[[str], str]:
    make = shared_analyser().stem
    if known_stem is None:
        return make

    def stem(word: str) -> str:
        known = known_stem(word)
        return make(word) if known is None else known

    return stem


def _word_counts(segments: Sequence[SegmentArrays], names: Iterable[bytes]) -> dict[bytes, int]:
    """The frequency of every exact word of the segments and of `names`."""
    counts = dict.fromkeys(names, 0)
    for segment in segments:
        most: dict[bytes, int] = {}
        # The largest field first: taking it in whole is quicker than comparing word by word.
        fields = [field for name in EXACT_FIELDS if (field := segment.field(name)) is not None]
        for field in sorted(fields, key=lambda field: -field.term_count):
            found = zip(field.terms(), field.dfs(0, field.term_count).tolist(), strict=True)
            if not most:
                most.update(found)
                continue
            for word, df in found:
                if df > most.get(word, 0):
                    most[word] = df
        for word in most.keys() & counts.keys():
            most[word] += counts[word]
        counts.update(most)
    return counts


def _name_words() -> set[bytes]:
    """Every exact form in the names by which councils, funders and themes are found."""
    names = [
        *(council_words(council.name) for council in gazetteer().councils),
        *map(funder_words, funders()),
        *map(theme_words, themes()),
    ]
    return {term.encode() for name in names for term in shared_analyser().exact_terms(name)}
