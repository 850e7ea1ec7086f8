"""Writing the words of a field beside the stems that carry them (see `index.codec.form_postings`)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec.field_writer import FieldFileWriter
from index.codec.ranges import starts_of
from index.codec.settings import FieldSpec
from index.compiled import kernel

Array = NDArray[Any]

TERMS: Final = 65_536
"""Words that are written at a time."""


class FormFileWriter(FieldFileWriter):
    """Gathers which stem carries each word and writes `<segment>.<field>.pst`.

    `words`: all words that may come, in byte order; they are meant by their numbers in it. `add_terms` takes
    the words that have no stem, with postings of their own. Memory grows with the words: some 30 bytes each.
    """

    def __init__(
        self, path: Path, name: str, spec: FieldSpec, stems: str, words: Sequence[bytes], *, compact: bool
    ) -> None:
        super().__init__(path, name, spec, compact=compact)
        self._stems = stems
        self._words = words
        # One more than the ordinal of the stem; 0: none yet.
        self._carriers = np.zeros(len(words), np.uint32)
        self._forms = np.zeros(len(words), np.uint32)
        self._dfs = np.zeros(len(words), np.int64)
        self._cfs = np.zeros(len(words), np.int64)
        self._own = np.zeros(len(words), np.bool_)
        self._last = np.zeros(len(words), np.int64)
        self._stem_count = 0
        self._postings_carried = 0
        self._positions_carried = 0
        self.file.create("mixed", np.uint64, narrow=True)
        self.file.append("mixed.starts", np.zeros(1, np.uint64), narrow=True)
        self.file.create("mixed.forms", np.uint32, narrow=True)

    @property
    def word_dfs(self) -> NDArray[np.int64]:
        """Documents of each word so far."""
        return self._dfs

    def _add_names(self, terms: Sequence[bytes], dfs: Array, cfs: Array) -> None:
        numbers = [bisect_left(self._words, term) for term in terms]
        self._own[numbers] = True
        self._dfs[numbers] = dfs
        self._cfs[numbers] = cfs

    def add_stems(self, dfs: Array, freqs: Array, words: Array) -> None:
        """Note which word stands at each position of the next stems of the field that carries them.

        `dfs` documents a stem, `freqs` occurrences a posting, `words` (numbers) one a position.
        Raises `ValueError` when a word stands with two stems.
        """
        dfs = np.asarray(dfs)
        cfs = np.add.reduceat(freqs, starts_of(dfs)[:-1], dtype=np.int64)
        if kernel is None:
            self._count_words(dfs, freqs, words, cfs)
        else:
            counts = self._carriers, self._dfs, self._cfs, self._last
            its = dfs.astype(np.int64), freqs, words.astype(np.uint32, copy=False)
            if not kernel.carry(*its, self._stem_count, self._postings_carried, *counts):
                raise ValueError(f"field {self.name!r} has a word with two stems")
        present = np.flatnonzero(self._carriers > self._stem_count)
        forms, words_of_stem = _numbered(self._carriers[present].astype(np.int64) - (self._stem_count + 1), len(dfs))
        self._forms[present] = forms
        is_mixed = words_of_stem > 1
        mixed = np.flatnonzero(is_mixed)
        if len(mixed):
            # The form at every position of the stems that have several words.
            self.file.append("mixed", (mixed + self._stem_count).astype(np.uint64), narrow=True)
            ends = np.cumsum(cfs[mixed]) + self.file.count("mixed.forms")
            self.file.append("mixed.starts", ends.astype(np.uint64), narrow=True)
            self.file.append("mixed.forms", self._forms[words[is_mixed.repeat(cfs)]], narrow=True)
        self._stem_count += len(dfs)
        self._postings_carried += len(freqs)
        self._positions_carried += len(words)

    def _count_words(self, dfs: Array, freqs: Array, words: Array, cfs: Array) -> None:
        """Note the stem of each word, and count its documents and occurrences."""
        stem_of = np.arange(len(dfs)).repeat(cfs)
        owner = np.empty(len(self._words), np.int64)
        owner[words] = stem_of
        counts = np.bincount(words, minlength=len(self._words))
        present = np.flatnonzero(counts)
        if not np.array_equal(owner[words], stem_of) or self._carriers[present].any():
            raise ValueError(f"field {self.name!r} has a word with two stems")
        owners = owner[present]
        self._carriers[present] = owners + (self._stem_count + 1)
        self._cfs[present] = counts[present]
        self._dfs[present] = dfs[owners]
        is_mixed = np.bincount(owners, minlength=len(dfs)) > 1
        if is_mixed.any():
            here = words[is_mixed.repeat(cfs)]
            their_freqs = freqs[is_mixed.repeat(dfs)]
            posting_of = np.arange(len(their_freqs)).repeat(their_freqs)
            # A document that has a word twice counts once: the same (posting, word) stands side by side when sorted.
            once = np.unique(posting_of << 32 | here) & 0xFFFF_FFFF
            counted = np.bincount(once, minlength=len(self._words))
            present = np.flatnonzero(counted)
            self._dfs[present] = counted[present]

    def finish(self, doc_count: int) -> None:
        held = np.flatnonzero(self._own | (self._carriers > 0))
        for lo in range(0, len(held), TERMS):
            self.terms.append([self._words[number] for number in held[lo : lo + TERMS].tolist()])
        self.file.append("own", np.flatnonzero(self._own[held]).astype(np.uint64), narrow=True)
        self.file.append("carriers", self._carriers[held], narrow=True)
        if self._forms.any():
            self.file.append("forms", self._forms[held], narrow=True)
        self.file.append("word.dfs", self._dfs[held].astype(np.uint64), narrow=True)
        if not np.array_equal(self._dfs, self._cfs):
            self.file.append("word.cfs", self._cfs[held].astype(np.uint64), narrow=True)
        self.meta = {"stems": self._stems, "carried": [self._stem_count, self._positions_carried]}
        super().finish(doc_count)


def _numbered(owners: Array, count: int) -> tuple[Array, NDArray[np.int64]]:
    """The number of each item among those of the same owner, in order, and how many each owner has."""
    sizes = np.bincount(owners, minlength=count)
    order = np.argsort(owners, kind="stable")
    numbers = np.empty(len(owners), np.int64)
    numbers[order] = np.arange(len(owners)) - starts_of(sizes)[:-1].repeat(sizes)
    return numbers, sizes
