"""A lexicon that grew: the word list of a full build, and what updates added to it.

Writing the whole list anew costs seconds where a hundred records changed. So an
update leaves it as it is and writes a second, small file beside it:

    the sections of a lexicon   the words that the list lacks
    raised                      ordinals of words of the list that added records hold too, ascending
    raised_df                   how many added records hold each

Both together give what one list of all words would, but for the order of the ordinals: the new words come last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Final, Self

import numpy as np

from index.codec.sections import SectionFile
from index.lexicon import Array, Lexicon, Rows, lexicon_arrays, write_arrays

LEXICON_FILE: Final = "lexicon.words"
ADDED_FILE: Final = "lexicon.added"
"""What updates added to the lexicon; a generation that was built or merged has none."""


def open_lexicon(folder: Path) -> Lexicon:
    """The lexicon of a generation's folder."""
    added = folder / ADDED_FILE
    if added.exists():
        return GrownLexicon.open_both(folder / LEXICON_FILE, added)
    return Lexicon.open(folder / LEXICON_FILE)


def write_added(
    path: str | PathLike[str], base: Lexicon, counts: Iterable[tuple[bytes, int]], stem_of: Callable[[str], str]
) -> None:
    """Write what `counts` (word, number of records that hold it) adds to `base`. Raises `StorageFailed`."""
    ordinals = {word: at for at, word in enumerate(base.words())}
    raised: list[tuple[int, int]] = []
    new: list[tuple[bytes, int, bytes]] = []
    for word, df in counts:
        at = ordinals.get(word)
        if at is None:
            new.append((word, df, stem_of(word.decode()).encode()))
        else:
            raised.append((at, df))
    raised.sort()
    columns = np.array(raised, dtype=np.uint32).reshape(-1, 2)
    write_arrays(path, lexicon_arrays(new) | {"raised": columns[:, 0], "raised_df": columns[:, 1]})


class GrownLexicon(Lexicon):
    """A lexicon whose last words, and part of whose frequencies, come from updates."""

    _added: Lexicon
    _raised: Rows
    _raised_df: Rows

    @classmethod
    def open_both(cls, path: str | PathLike[str], added: str | PathLike[str]) -> Self:
        """The lexicon in the file `path` with the additions in the file `added`; raises like `open`."""
        grown = cls.open(path)
        file = SectionFile.open(Path(added))
        grown._added = Lexicon.from_file(file)
        grown._raised, grown._raised_df = file["raised"], file["raised_df"]
        return grown

    def verify(self) -> None:
        super().verify()
        self._added.verify()

    def __len__(self) -> int:
        return self._size + len(self._added)

    def find(self, word: str | bytes) -> int:
        at = super().find(word)
        if at >= 0:
            return at
        at = self._added.find(word)
        return at + self._size if at >= 0 else -1

    def word(self, ordinal: int) -> str:
        return super().word(ordinal) if ordinal < self._size else self._added.word(ordinal - self._size)

    def df(self, ordinal: int) -> int:
        if ordinal >= self._size:
            return self._added.df(ordinal - self._size)
        raised = self._raised.all()
        at = int(np.searchsorted(raised, ordinal))
        more = at < len(raised) and int(raised[at]) == ordinal
        return super().df(ordinal) + (int(self._raised_df.slice(at, at + 1)[0]) if more else 0)

    def stem(self, word: str) -> str | None:
        known = super().stem(word) if super().find(word) >= 0 else None
        return self._added.stem(word) if known is None else known

    def forms(self, stem: str) -> list[str]:
        return sorted([*super().forms(stem), *self._added.forms(stem)], key=str.encode)

    def words(self) -> list[bytes]:
        return [*super().words(), *self._added.words()]

    def stems(self) -> dict[str, str]:
        return super().stems() | self._added.stems()

    def dfs(self) -> Array:
        return self._joined_dfs

    def starts(self) -> Array:
        return self._joined_starts

    def blob(self) -> Array:
        return self._joined_blob

    # The spelling corrector wants whole arrays. Joining them copies some 12 bytes a word, once, when it is first asked.

    @cached_property
    def _joined_dfs(self) -> Array:
        dfs = super().dfs().astype(np.uint32)
        dfs[self._raised.all()] += self._raised_df.all()
        return np.concatenate([dfs, self._added.dfs()])

    @cached_property
    def _joined_starts(self) -> Array:
        starts = super().starts().astype(np.uint64)
        return np.concatenate([starts, self._added.starts()[1:] + starts[-1]])

    @cached_property
    def _joined_blob(self) -> Array:
        return np.concatenate([super().blob(), self._added.blob()])
