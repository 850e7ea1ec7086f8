"""Checking a generation against its manifest, and telling about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from corpus.errors import CasefinderError, IndexDamaged
from index.codec import segment_arrays
from index.completions import open_completions
from index.generations import GENERATIONS, Generation, open_current
from index.learned import Learned
from index.lexicon_added import open_lexicon
from index.manifest import REBUILD, digest
from index.sentences import Sentences


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify_index` found. `problems` are sentences for the user; none means all is well."""

    generation: str
    files: int
    bytes: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """The index at a glance; `details` are the manifest's plain values."""

    path: Path
    generation: str
    created: str
    documents: int
    segments: int
    deleted: int
    bytes: int
    generations: tuple[str, ...]
    details: Mapping[str, Any]


def verify_index(path: str | PathLike[str], progress: Callable[[int, int], None] | None = None) -> VerifyReport:
    """Read every byte of the index in service and compare it with its checksums.

    `progress` is told bytes done and bytes in all. Raises `IndexMissing`,
    `IndexIncompatible`, or `IndexDamaged` when not even the manifest can be read.
    """
    generation = open_current(Path(path))
    notes = generation.manifest.files
    total, done = sum(note.bytes for note in notes.values()), 0
    problems: list[str] = []
    for name, note in notes.items():
        if digest(generation.folder / name) != note.digest:
            problems.append(f"{generation.folder / name} was altered after it was written. {REBUILD}")
        done += note.bytes
        if progress:
            progress(done, total)
    if not problems:
        problems.extend(_inner_problems(generation))
    return VerifyReport(generation.name, len(notes), total, tuple(problems))


def _inner_problems(generation: Generation) -> list[str]:
    """What the segments' own checks say: order of terms and postings, counts, block checksums."""
    try:
        with generation.whoosh_index().reader() as reader:
            for segment in segment_arrays(reader):
                segment.verify()
                learned = Learned.open(generation.folder, segment)
                if learned is not None:
                    learned.verify()
                sentences = Sentences.open(generation.folder, segment)
                if sentences is not None:
                    sentences.verify()
            if reader.doc_count() != generation.manifest.documents:
                raise IndexDamaged(
                    f"{generation.folder} holds {reader.doc_count()} records, "
                    f"its manifest says {generation.manifest.documents}. {REBUILD}"
                )
        open_lexicon(generation.folder).verify()
        for part in open_completions(generation.folder):
            part.verify()
    except CasefinderError as error:
        return [str(error)]
    return []


def index_info(path: str | PathLike[str]) -> IndexInfo:
    """What is in service at `path`; raises like `verify_index`."""
    index = Path(path)
    generation = open_current(index)
    manifest = generation.manifest
    with generation.whoosh_index().reader() as reader:
        segments = segment_arrays(reader)
        deleted = reader.doc_count_all() - reader.doc_count()
    return IndexInfo(
        path=index,
        generation=generation.name,
        created=manifest.created,
        documents=manifest.documents,
        segments=len(segments),
        deleted=deleted,
        bytes=sum(note.bytes for note in manifest.files.values()),
        generations=tuple(sorted(each.name for each in (index / GENERATIONS).iterdir())),
        details={
            "schema_version": manifest.schema_version,
            "analyser": manifest.analyser,
            "stemmer": manifest.stemmer,
            "whoosh": manifest.whoosh,
            "corpus": manifest.corpus,
            "averages": dict(manifest.averages),
            "impacts": dict(manifest.impacts),
            "sentence_model": f"{noted['folder']}, SHA-256 {noted['sha256']}" if (noted := manifest.model) else "none",
        },
    )
