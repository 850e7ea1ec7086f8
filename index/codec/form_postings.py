"""Reading the unstemmed words of a field whose postings are kept once, with their stems.

Every place of a word is a place of its stem. So the file of the words keeps no
postings for them, but which stem carries each word and, for a stem with several
words, which of them stands at each of its positions (its *form*). Words that
have no stem (stop words) have lists of their own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.codec.posting_lists import Occurrences, Stored, all_one
from index.codec.postings import FieldPostings
from index.codec.ranges import spread, starts_of
from index.codec.sections import SectionFile, damaged
from index.compiled import kernel

Array = NDArray[Any]


class FormPostings(FieldPostings):
    """The words of one field of one segment; `stems` is the field that carries them."""

    def __init__(self, file: SectionFile, name: str, stems: FieldPostings) -> None:
        self.stems = stems
        self._carriers = file["carriers"]
        self._forms = file.sections.get("forms")
        self._dfs = file["word.dfs"]
        self._cfs = file.sections.get("word.cfs") or self._dfs
        self._own = file["own"]
        self._mixed = file["mixed"]
        self._mixed_starts = file["mixed.starts"]
        self._mixed_forms = file["mixed.forms"]
        super().__init__(file, name)
        self.has_positions = True
        self.posting_count = int(self._dfs.all().sum(dtype=np.int64))

    def _agree(self) -> None:
        super()._agree()
        per_word = (self._carriers, self._forms, self._dfs, self._cfs)
        wrong = any(section is not None and section.count != self.term_count for section in per_word)
        wrong |= self._mixed_starts.count != self._mixed.count + 1
        wrong |= self.file.meta()["carried"] != [self.stems.term_count, self.stems.lists.position_count]
        if wrong:
            raise damaged(self.file.path, f"it does not fit the field {self.stems.name!r} beside it")

    def _list_count(self) -> int:
        return self._own.count

    def _remembers(self) -> bool:
        return True

    def df(self, ordinal: int) -> int:
        return self._dfs.at(ordinal)

    def dfs(self, lo: int, hi: int) -> NDArray[np.int64]:
        return self._dfs.slice(lo, hi).astype(np.int64)

    def cfs(self, lo: int, hi: int) -> Array:
        return self._cfs.slice(lo, hi)

    def as_stored(self, ordinal: int) -> tuple[Array | None, int, Stored]:
        stem = self._stem_of(ordinal)
        if stem < 0:
            return None, 0, self.lists.as_stored(self._list_of(ordinal))
        return self._forms_of(stem), self._form_of(ordinal), self.stems.lists.as_stored(stem)

    def _occurrences(self, ordinal: int) -> Occurrences:
        stem = self._stem_of(ordinal)
        if stem < 0:
            return self.lists.occurrences(self._list_of(ordinal))
        forms = self._forms_of(stem)
        everything = self.stems.occurrences(stem)
        return everything if forms is None else standing(everything, forms, self._form_of(ordinal))

    def _stem_of(self, ordinal: int) -> int:
        """The stem that carries a word; -1 for a word that has none. Raises `IndexDamaged`."""
        carrier = self._carriers.at(ordinal)
        if carrier > self.stems.term_count:
            raise damaged(self.file.path, "a word has a stem that does not exist")
        return carrier - 1

    def _list_of(self, ordinal: int) -> int:
        """The number of the list of a word without a stem."""
        return bisect_left(self._own.all(), ordinal)

    def _form_of(self, ordinal: int) -> int:
        return self._forms.at(ordinal) if self._forms is not None else 0

    def _forms_of(self, stem: int) -> Array | None:
        """The form at each position of a stem; None where it has one word only."""
        at = bisect_left(self._mixed.all(), stem)
        if at == self._mixed.count or self._mixed.at(at) != stem:
            return None
        return self._mixed_forms.slice(*self._mixed_starts.pair(at))

    def docs_among(self, lo: int, hi: int) -> NDArray[np.int32]:
        carriers = self._carriers.slice(lo, hi).astype(np.int64)
        first = int(carriers[0]) - 1 if hi > lo else -1
        if first >= 0 and not self._mixed.count and (carriers[1:] - carriers[:-1] == 1).all():
            return self.stems.lists.docs_of_range(first, first + hi - lo)
        found = [self._occurrences(lo + at)[0] for at in np.flatnonzero(carriers == 0).tolist()]
        stems, words = np.unique(carriers[carriers > 0], return_counts=True)
        # A beginning of words mostly takes in all words of a stem: then its list serves as it is.
        whole = self._words_of_carrier[stems] == words
        for first, last in _runs(stems[whole] - 1):
            found.append(self.stems.lists.docs_of_range(first, last))
        found.extend(self._docs_of(stem - 1, lo + np.flatnonzero(carriers == stem)) for stem in stems[~whole].tolist())
        return np.concatenate([np.empty(0, np.int32), *found])

    @cached_property
    def _words_of_carrier(self) -> NDArray[np.uint16]:
        """How many words each stem carries, at 1 + its ordinal; worked out when a range of words is first asked for."""
        return np.minimum(np.bincount(self._carriers.all()), 0xFFFF).astype(np.uint16)

    def _docs_of(self, stem: int, words: NDArray[np.int64]) -> NDArray[np.int32]:
        """The documents that hold any of some words of one stem."""
        docs, freqs, _ = self.stems.occurrences(stem)
        forms = self._forms_of(stem)
        assert forms is not None
        assert self._forms is not None
        wanted = np.zeros(int(forms.max()) + 1, np.bool_)
        wanted[self._forms.all()[words]] = True
        here = wanted[forms]
        return docs[here if freqs is None else np.logical_or.reduceat(here, starts_of(freqs)[:-1])]

    # Many words at once: only merging and checking an index ask for them, so they are put together one by one

    def docs_of_range(self, lo: int, hi: int) -> NDArray[np.int32]:
        return np.concatenate([np.empty(0, np.int32), *(self._occurrences(at)[0] for at in range(lo, hi))])

    def freqs_of_range(self, lo: int, hi: int) -> Array:
        found = (self._occurrences(at) for at in range(lo, hi))
        return np.concatenate([all_one(0), *(all_one(len(d)) if f is None else f for d, f, _ in found)])

    def weights_of_range(self, lo: int, hi: int) -> Array:
        return self.freqs_of_range(lo, hi)

    def positions_of_range(self, lo: int, hi: int) -> Array:
        return np.concatenate([all_one(0), *(self._occurrences(at)[2] for at in range(lo, hi))])

    def own(self) -> list[int]:
        """Ordinals of the words that have lists of their own: those without a stem."""
        found: list[int] = self._own.all().tolist()
        return found

    @cached_property
    def _by_stem(self) -> tuple[Array, Array]:
        """(stems ascending, the word of each): all words that a stem carries, by stem and form."""
        carriers = self._carriers.all().astype(np.int64)
        forms = np.zeros(len(carriers), np.uint8) if self._forms is None else self._forms.all()
        order = np.lexsort((forms, carriers))
        order = order[np.searchsorted(carriers[order], 1) :]
        return carriers[order] - 1, order

    def words_of(self, lo: int, hi: int) -> NDArray[np.int64]:
        """The word that stands at each position of the stems lo to hi (exclusive), as `positions_of_range` has them."""
        stems, words = self._by_stem
        counts = self.stems.cfs(lo, hi)
        at = np.searchsorted(stems, np.arange(lo, hi)).repeat(counts)
        a, b = bisect_left(self._mixed.all(), lo), bisect_left(self._mixed.all(), hi)
        if a < b:
            mixed = self._mixed.slice(a, b).astype(np.int64) - lo
            start, end = self._mixed_starts.at(a), self._mixed_starts.at(b)
            at[spread(starts_of(counts)[mixed], counts[mixed])] += self._mixed_forms.slice(start, end)
        found: NDArray[np.int64] = words[at]
        return found

    def verify(self) -> None:
        self.file.verify()
        self.lists.verify(self.doc_count)
        carriers, cfs = self._carriers.all(), self._cfs.all()
        count = self.stems.term_count
        carried = np.bincount(carriers, weights=cfs, minlength=count + 1)
        if len(carried) != count + 1 or not np.array_equal(carried[1:], self.stems.cfs(0, count)):
            raise damaged(self.file.path, f"its words are not those of the field {self.stems.name!r}")


def _runs(numbers: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as ranges (last exclusive)."""
    if len(numbers):
        breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
        for some in np.split(numbers, breaks):
            yield int(some[0]), int(some[-1]) + 1


def standing(occurrences: Occurrences, forms: Array, form: int) -> Occurrences:
    """The part of a list where `forms`, one a position, are `form`."""
    docs, freqs, positions = occurrences
    if kernel is not None:
        some, counts, places = (np.empty(len(each), dtype) for each, dtype in _kinds(docs, positions))
        postings, made, most = kernel.standing(docs, freqs, positions, forms, form, some, counts, places)
        kept = some[:postings].copy(), counts[:postings], places[:made].astype(positions.dtype)
        return kept[0], _narrow(kept[1], most), kept[2]
    here = forms == form
    if freqs is None:
        return docs[here], None, positions[here]
    counts = np.add.reduceat(here, starts_of(freqs)[:-1], dtype=np.int64)
    held = counts > 0
    return docs[held], _narrow(counts[held], int(counts.max(initial=1))), positions[here]


def _kinds(docs: Array, positions: Array) -> tuple[tuple[Array, Any], ...]:
    return (docs, np.int32), (docs, np.uint32), (positions, np.uint32)


def _narrow(counts: Array, most: int) -> Array | None:
    """Frequencies as `Occurrences` has them: None where all are 1, bytes where they fit."""
    if most <= 1:
        return None
    return counts.astype(np.uint8 if most < 256 else np.uint32)
