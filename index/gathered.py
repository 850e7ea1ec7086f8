"""What the runs of all workers hold together, gathered while the workers go on with the next batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.chunk_terms import Vocabulary
from index.runs import RunNote

Array = NDArray[Any]


class Terms:
    """The terms of all workers in byte order, and each worker's way from its numbers to their places."""

    def __init__(self, vocabulary: Vocabulary, numbers: Mapping[int, Array]) -> None:
        names, order = vocabulary.names(), vocabulary.in_order()
        self.terms = [names[number].encode() for number in order.tolist()]
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        self.places = {worker: place[its] for worker, its in numbers.items()}


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
            numbers = np.fromiter(map(vocabulary.__getitem__, terms), np.int32, len(terms))
            self._numbers.setdefault(kind, {}).setdefault(note.worker, []).append(numbers)
            if kind == "exact":
                self._stems.append((note.worker, numbers, note.new_stems))
        self.notes.append(replace(note, new_terms={}))

    def terms(self, kind: str) -> Terms:
        """The terms of one kind; there are none before the first run."""
        workers = self._numbers.get(kind, {})
        return Terms(self._vocabularies[kind], {worker: np.concatenate(its) for worker, its in workers.items()})

    def stems(self) -> dict[str, str]:
        """The stem of every exact term; "" for stop words."""
        if not self.notes:
            return {}
        together = {worker: np.concatenate(its) for worker, its in self._numbers["stems"].items()}
        exact, names = self._vocabularies["exact"].names(), [*self._vocabularies["stems"].names(), ""]
        stem_of = np.empty(len(exact), np.int32)
        for worker, numbers, stems in self._stems:
            # The last name stands for words without a stem, whose number is -1.
            stem_of[numbers] = np.append(together[worker], np.int32(-1))[stems]
        return dict(zip(exact, map(names.__getitem__, stem_of.tolist()), strict=True))
