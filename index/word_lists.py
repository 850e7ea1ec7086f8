"""The word lists of a generation, its lexicon and its completions: written whole, or grown by what an update added.

Whole lists cost one pass over all words and titles. Additions cost what the added records hold,
and give the same words, frequencies, titles and counts; only phrases to complete are not learned again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from index import completion_build, completions, lexicon_added, lexicon_build
from index.codec import SegmentArrays

WHOLE_FILES: Final = (lexicon_added.LEXICON_FILE, completions.COMPLETIONS_FILE)
ADDED_FILES: Final = (lexicon_added.ADDED_FILE, completions.ADDED_FILE)

SMALL: Final = 2_000
"""Collections up to this many records get whole lists with every update: that takes some 0.2 s."""

MOST_ADDED: Final = 0.1
"""A share of records added since the last whole lists above this is reason for new ones: phrases may have changed."""


class Written(NamedTuple):
    """`listed`: names of the segments that the whole lists hold; `whole`: those were written, not only additions."""

    listed: tuple[str, ...]
    whole: bool


def write_word_lists(
    folder: Path,
    segments: Sequence[SegmentArrays],
    known_stem: Callable[[str], str | None] | None = None,
    listed: Collection[str] = (),
    written: bool = False,
) -> Written:
    """Write the word lists of `segments` in `folder`.

    `listed` are the names of those that they held before; empty where there are none. `known_stem` gives stems that
    are known already, None for others. `written`: whole lists of all segments are there already.
    """
    kept = [segment for segment in segments if segment.name in listed]
    added = [segment for segment in segments if segment.name not in listed]
    if written:
        return Written(tuple(segment.name for segment in segments), whole=True)
    if not listed or len(kept) < len(listed) or _many(added, segments):
        lexicon_build.write_generation_lexicon(folder, segments, known_stem)
        completion_build.write_generation_completions(folder, segments)
        return Written(tuple(segment.name for segment in segments), whole=True)
    lexicon_build.write_added_words(folder, added, known_stem)
    completion_build.write_added_completions(folder, kept, added)
    return Written(tuple(segment.name for segment in kept), whole=False)


def _many(added: Sequence[SegmentArrays], segments: Sequence[SegmentArrays]) -> bool:
    """Whether so much is new that whole lists are cheap beside it, or due."""
    total = sum(segment.doc_count_all for segment in segments)
    return total <= SMALL or sum(segment.doc_count_all for segment in added) > MOST_ADDED * total
