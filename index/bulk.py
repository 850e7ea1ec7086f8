"""Writing a whole corpus as one segment: batches inverted in parallel, then an external merge.

    records ─▶ batches ─▶ workers: analyse, invert ─▶ runs on disk ─▶ merge ─▶ one segment

Memory is bounded by a batch for each worker, the distinct terms, a block of postings, and some
900 bytes a record (id, hash, title key, and what each run says of its terms). The result does not
depend on the number of workers.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.model import CaseStudy, values_of
from index.beside import beside, cores, side_by_side, worker_processes
from index.codec import CodecSettings, ColumnSpec, SegmentBuilder
from index.codec.whoosh_segment import ColumnarSegment
from index.completion_build import write_completions_of
from index.gathered import Gathered
from index.invert import BATCH, Inverter
from index.lexicon_build import write_lexicon_of
from index.merge_runs import merge_fields, merge_ids
from index.runs import Run, RunNote, write_run
from index.schema import HASH_BYTES, schema

Progress = Callable[[int, int | None], None]
"""Called with (records done, records in all or None where that is not known)."""

RUNS: Final = "runs"
"""The folder of the runs, inside the unfinished generation."""

INDEX_NAME: Final = "MAIN"
"""Whoosh's default name of an index."""

LARGE: Final = 10_000
"""Records from which completions are made by another process: from there on that saves half a second."""

LARGEST: Final = 500_000
"""Records above which completions are made before the postings are merged: both at once would take 2 GB of memory."""

ALONE_BELOW: Final = 4_096
"""Corpora smaller than this are inverted in this process: starting others costs more than it saves."""

HEADS_AT_ONCE: Final = 256
"""Stored heads that are parsed together."""

RAMP: Final = 8
"""Batches that are smaller than others, the first the smallest: all workers have work soon, and about equally much."""


Array = NDArray[Any]

Columns = list[tuple[Any, ...]]
"""The values of some records, one tuple for each of `FIELDS`: they travel in half the time that records take."""

_HASHES: Final = ColumnSpec("fixed", width=HASH_BYTES, default=bytes(HASH_BYTES))
_TITLE_KEYS: Final = ColumnSpec("bytes", default=b"")


def write_corpus(
    folder: Path,
    records: Iterable[CaseStudy],
    settings: CodecSettings,
    progress: Progress | None = None,
    workers: int | None = None,
) -> list[bytes]:
    """Write all records as one segment of a new Whoosh index in `folder`, and its word lists.

    Returns each record's content hash, in order. `workers` is the number of processes (default: as many as there are
    cores to use).
    Raises `BadInput` for ids that occur twice, and whatever the iterable raises.
    """
    from whoosh.index import TOC, create_in

    storage = create_in(str(folder), schema(), indexname=INDEX_NAME).storage
    runs_folder = folder / RUNS
    runs_folder.mkdir()
    gathered = _gathered(_runs(records, runs_folder, progress, workers or cores()))
    # Completions need only what is stored: they are made while the postings are merged.
    slim = [replace(note, ids=[], hashes=[], title_keys=[]) for note in gathered.notes]
    with beside(LARGE <= gathered.documents <= LARGEST, _write_completions, folder, slim):
        segment = _merge(folder, gathered, settings, _write_lexicon)
    if segment is None:
        write_lexicon_of(folder, [], np.empty(0, np.int64), [])
    shutil.rmtree(runs_folder)
    TOC(schema(), [segment] if segment is not None else [], 1).write(storage, INDEX_NAME)
    return [content_hash for note in gathered.notes for content_hash in note.hashes]


def write_segment(
    folder: Path,
    records: Iterable[CaseStudy],
    settings: CodecSettings,
    known_stem: Callable[[str], str | None] | None = None,
) -> ColumnarSegment | None:
    """Write records as one more segment into the folder of a Whoosh index, whose table of contents it does not enter.

    `known_stem` gives the stems of words that are known already, None for others. No records make no segment.
    """
    runs_folder = folder / RUNS
    runs_folder.mkdir()
    segment = _merge(folder, _gathered(_runs(records, runs_folder, None, cores(), known_stem)), settings)
    shutil.rmtree(runs_folder)
    return segment


def _write_completions(folder: Path, notes: Sequence[RunNote]) -> None:
    write_completions_of(folder, _heads(notes), sum(note.documents for note in notes))


def _heads(notes: Sequence[RunNote]) -> Iterator[Sequence[Any]]:
    for note in notes:
        # Each run is mapped only while it is read, and a part of it is parsed at once.
        heads = Run(note).heads()
        while some := b",".join(islice(heads, HEADS_AT_ONCE)):
            for head in json.loads(b"[%b]" % some):
                yield head["record"]


def _gathered(notes: Iterable[RunNote]) -> Gathered:
    gathered = Gathered()
    for note in notes:
        gathered.add(note)
    return gathered


def _write_lexicon(folder: Path, gathered: Gathered, counts: Array) -> None:
    write_lexicon_of(folder, gathered.words.terms, counts, gathered.stems())


def _merge(
    folder: Path,
    gathered: Gathered,
    settings: CodecSettings,
    also: Callable[[Path, Gathered, Array], None] | None = None,
) -> ColumnarSegment | None:
    """Merge the runs; `also` is done with the counts of all words while the last is written."""
    if not gathered.notes:
        return None
    runs = [Run(note) for note in gathered.notes]
    builder = SegmentBuilder(folder, ColumnarSegment(INDEX_NAME, settings).segment_id(), settings, {})
    try:
        longest, others = merge_fields(runs, gathered, builder)
        side_by_side(longest, chain(_documents(runs, builder), others))
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(also, folder, gathered, builder.word_counts()) if also else None
            segment = builder.finish()
        if done is not None:
            done.result()
    except BaseException:
        builder.abort()
        raise
    return segment


def _documents(runs: Sequence[Run], builder: SegmentBuilder) -> Iterator[None]:
    """Feed what is kept of each document to the builder: ids, stored parts and columns."""
    merge_ids(runs, builder)
    for run in runs:
        builder.add_joined(*run.stored())
        run.let_go()
        builder.add_column("content_hash", _HASHES, run.note.hashes)
        builder.add_column("title_key", _TITLE_KEYS, run.note.title_keys)
        yield


def _batches(records: Iterable[CaseStudy], sizes: Iterable[int]) -> Iterator[Columns]:
    """Records in batches of these sizes."""
    stream = map(values_of, records)
    for size in sizes:
        if not (batch := list(zip(*islice(stream, size), strict=True))):
            return
        yield batch


def _runs(
    records: Iterable[CaseStudy],
    folder: Path,
    progress: Progress | None,
    workers: int,
    known_stem: Callable[[str], str | None] | None = None,
) -> Iterator[RunNote]:
    """Runs in the order of their documents."""
    stream = iter(records)
    first = list(islice(stream, ALONE_BELOW))
    alone = len(first) < ALONE_BELOW or workers == 1
    # A small corpus is cut finer, so that its progress can be seen.
    sizes = repeat(min(BATCH, max(64, len(first) // 8))) if len(first) < ALONE_BELOW else _sizes()
    batches = _batches(_chained(first, stream), sizes)
    done = 0
    made = _alone(batches, folder, known_stem) if alone else _shared(batches, folder, workers)
    for note in made:
        done += note.documents
        if progress:
            progress(done, None)
        yield note


def _sizes() -> Iterator[int]:
    for number in range(RAMP):
        yield BATCH // 4 if number < RAMP // 2 else BATCH // 2
    yield from repeat(BATCH)


def _chained(first: list[CaseStudy], rest: Iterator[CaseStudy]) -> Iterator[CaseStudy]:
    yield from first
    first.clear()
    yield from rest


def _alone(
    batches: Iterable[Columns], folder: Path, known_stem: Callable[[str], str | None] | None
) -> Iterator[RunNote]:
    worker = _Worker(folder, known_stem)
    for number, batch in enumerate(batches):
        yield worker.run(number, batch)


def _shared(batches: Iterable[Columns], folder: Path, workers: int) -> Iterator[RunNote]:
    waiting: deque[Future[RunNote]] = deque()
    with worker_processes(workers, _start_worker, folder) as pool:
        for number, batch in enumerate(batches):
            waiting.append(pool.submit(_run_in_worker, number, batch))
            # One batch each in work and one each in the queue: more would only fill memory.
            while len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Worker:
    """One inverter and how far its vocabularies have been reported."""

    def __init__(self, folder: Path, known_stem: Callable[[str], str | None] | None = None) -> None:
        self._folder = folder
        self._inverter = Inverter(known_stem)
        self._reported = dict.fromkeys(self._inverter.vocabularies, 0)

    def run(self, number: int, batch: Columns) -> RunNote:
        inverted = self._inverter.invert(batch)
        new_terms = {}
        new_stems = self._inverter.stems(self._reported["exact"])
        for kind, vocabulary in self._inverter.vocabularies.items():
            new_terms[kind] = vocabulary.from_number(self._reported[kind])
            self._reported[kind] = len(vocabulary)
        return write_run(self._folder / f"{number:06d}.run", os.getpid(), inverted, new_terms, new_stems)


_worker: _Worker | None = None


def _start_worker(folder: Path) -> None:
    global _worker
    _worker = _Worker(folder)


def _run_in_worker(number: int, batch: Columns) -> RunNote:
    assert _worker is not None
    return _worker.run(number, batch)
