"""What the runs of all workers hold together, gathered while the workers go on with the next batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.chunk_terms import Vocabulary
from index.runs import RunNote

Array = NDArray[Any]


class Terms:
    """The terms of all workers in byte order, their `numbers`, and each worker's way from its own numbers to places."""

    def __init__(self, vocabulary: Vocabulary, numbers: Mapping[int, Array]) -> None:
        # Python orders str by code point and UTF-8 keeps that order.
        names = sorted(vocabulary)
        self.terms = _encoded(names)
        self.numbers = np.fromiter(map(vocabulary.__getitem__, names), np.int64, len(names))
        place = np.empty(len(names), np.int64)
        place[self.numbers] = np.arange(len(names))
        self.places = {worker: place[its] for worker, its in numbers.items()}


def _encoded(names: Sequence[str]) -> list[bytes]:
    """The names in UTF-8, many at a time where none of them holds a line end: those of words do not."""
    encoded = "\n".join(names).encode().split(b"\n")
    return encoded if len(encoded) == len(names) else [name.encode() for name in names]


class Gathered:
    """The runs in the order of their documents, and their terms numbered together.

    Each worker numbers terms as it meets them. Numbering them once more as the runs come in costs a look-up a term and
    worker, which the merge would otherwise wait for.
    """

    def __init__(self) -> None:
        self.notes: list[RunNote] = []
        self._vocabularies: dict[str, Vocabulary] = {}
        self._numbers: dict[str, dict[int, list[Array]]] = {}
        self._stems: list[tuple[int, Array, Array]] = []

    @property
    def documents(self) -> int:
        """Documents in all runs."""
        return sum(note.documents for note in self.notes)

    def add(self, note: RunNote) -> None:
        """Take in the next run; its terms are not kept with it."""
        for kind, terms in note.new_terms.items():
            vocabulary = self._vocabularies.setdefault(kind, Vocabulary())
            numbers = vocabulary.numbers_of(terms)
            self._numbers.setdefault(kind, {}).setdefault(note.worker, []).append(numbers)
            if kind == "exact":
                self._stems.append((note.worker, numbers, note.new_stems))
        self.notes.append(replace(note, new_terms={}))

    def terms(self, kind: str) -> Terms:
        """The terms of one kind; there are none before the first run."""
        workers = self._numbers.get(kind, {})
        return Terms(self._vocabularies[kind], {worker: np.concatenate(its) for worker, its in workers.items()})

    @cached_property
    def words(self) -> Terms:
        """All exact words."""
        return self.terms("exact")

    def stems(self) -> list[bytes]:
        """The stem of each of `words`; empty for stop words."""
        together = {worker: np.concatenate(its) for worker, its in self._numbers["stems"].items()}
        stem_of = np.empty(len(self.words.terms), np.int32)
        for worker, numbers, stems in self._stems:
            # The last name stands for words without a stem, whose number is -1.
            stem_of[numbers] = np.append(together[worker], np.int32(-1))[stems]
        names = [*_encoded(self._vocabularies["stems"].names()), b""]
        return list(map(names.__getitem__, stem_of[self.words.numbers].tolist()))
