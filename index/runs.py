"""Runs on disk: what a worker of a bulk build hands to the merge.

A run is one file of arrays laid one after another. Its table of contents is small and
travels in memory; the arrays are mapped again when they are merged. Runs live inside
the unfinished generation's folder and vanish with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from index.codec.sections import let_go
from index.codec.stored import Joined
from index.invert import BatchRun, FieldRun

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class ArrayNote:
    """Where an array stands in a run's file: byte offset, number of elements, dtype."""

    offset: int
    count: int
    dtype: str


@dataclass(frozen=True, slots=True)
class RunNote:
    """One run: its file, the arrays of each field, the stored parts, the columns' values.

    `fields` maps a field to its arrays by name, as in `FieldRun`. `new_terms` are the terms that
    joined the worker's vocabularies with this batch, in the order of their numbers, and `new_stems` the
    numbers of the stems of the exact ones (-1: none); `worker` tells whose vocabularies.
    """

    worker: int
    path: Path
    documents: int
    fields: dict[str, dict[str, ArrayNote]]
    stored: dict[str, ArrayNote]
    ids: list[bytes]
    hashes: list[bytes]
    title_keys: list[bytes]
    new_terms: dict[str, list[str]]
    new_stems: Array


def write_run(path: Path, worker: int, batch: BatchRun, new_terms: dict[str, list[str]], new_stems: Array) -> RunNote:
    """Write the arrays of a batch to `path`."""
    with path.open("wb") as file:
        fields = {
            name: {
                part: _append(file, values) for part in FieldRun.__slots__ if (values := getattr(run, part)) is not None
            }
            for name, run in batch.fields.items()
        }
        heads, packed = [head for head, _ in batch.stored], [body for _, body in batch.stored]
        stored = {
            "heads": _append(file, np.frombuffer(b"".join(heads), np.uint8)),
            "heads_sizes": _append(file, np.array(list(map(len, heads)), np.uint32)),
            "packed": _append(file, np.frombuffer(b"".join(packed), np.uint8)),
            "packed_sizes": _append(file, np.array(list(map(len, packed)), np.uint32)),
        }
    return RunNote(
        worker, path, len(batch.ids), fields, stored, batch.ids, batch.hashes, batch.title_keys, new_terms, new_stems
    )


def _append(file: BinaryIO, values: Array) -> ArrayNote:
    offset = file.tell()
    file.write(np.ascontiguousarray(values).data)
    return ArrayNote(offset, len(values), values.dtype.str)


class Run:
    """A run's arrays, mapped."""

    def __init__(self, note: RunNote) -> None:
        self.note = note
        self._bytes = np.memmap(note.path, np.uint8, mode="r") if note.path.stat().st_size else np.empty(0, np.uint8)

    def let_go(self) -> None:
        """Let the system take back the memory of what was read; it is read again where it is asked for.

        What is mapped counts as memory of the process for as long as it is there, and all runs of a million records
        take several gigabytes.
        """
        let_go(self._bytes)

    def array(self, note: ArrayNote) -> Array:
        """One array of the run."""
        dtype = np.dtype(note.dtype)
        return np.asarray(self._bytes[note.offset : note.offset + note.count * dtype.itemsize]).view(dtype)

    def field(self, name: str) -> dict[str, Array] | None:
        """The arrays of a field, or None where the batch has none."""
        parts = self.note.fields.get(name)
        return None if parts is None else {part: self.array(note) for part, note in parts.items()}

    def stored(self) -> tuple[Joined, Joined]:
        """The heads and the packed parts of every document of the batch."""
        return self._stored("heads"), self._stored("packed")

    def heads(self) -> Iterator[bytes]:
        """The stored head of every document of the batch."""
        joined, sizes = self._stored("heads")
        whole = joined.tobytes()
        for end, size in zip(np.cumsum(sizes, dtype=np.int64).tolist(), sizes.tolist(), strict=True):
            yield whole[end - size : end]

    def _stored(self, part: str) -> Joined:
        notes = self.note.stored
        return Joined(self.array(notes[part]), self.array(notes[f"{part}_sizes"]))
