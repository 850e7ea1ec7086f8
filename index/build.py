"""A full rebuild: all records into a new generation, then one atomic switch."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from corpus.errors import IndexDamaged, IndexIncompatible, IndexMissing
from corpus.model import HASH_BYTES, CaseStudy
from corpus.value import named_values
from index import words
from index.bulk import Progress, write_corpus
from index.codec import ImpactSettings, segment_arrays
from index.distribution import whoosh_distribution
from index.documents import content_hash
from index.generations import Generation, name_of, new_generation, open_current, put_in_service
from index.learned import LEARNING_VERSION, learn, learned_path, learning_limit
from index.locks import writer_lock
from index.manifest import FileNote, Manifest, file_notes, noted_files, notes_of
from index.schema import SCHEMA_VERSION, codec_settings
from index.sentence_model import SentenceModel, open_model
from index.sentences import Vectors, known_vectors, sentences_path, write_sentences
from index.word_lists import ADDED_FILES, WHOLE_FILES, write_word_lists

_HASH_RANGE: Final = 1 << 128


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build or an update did. `seconds` is wall-clock time."""

    documents: int
    seconds: float
    generation: str
    path: Path
    added: int
    replaced: int = 0
    removed: int = 0
    unchanged: int = 0


class CorpusFingerprint:
    """A digest of a set of records that does not depend on their order.

    The sum, modulo 2**128, of the records' content hashes: it can be taken
    while records stream by, and no two records share an id, so none cancels another.
    It can be taken up again from the `digest` of some records.
    """

    def __init__(self, digest: str = "0-0") -> None:
        total, _, records = digest.partition("-")
        self._sum = int(total, 16)
        self.records = int(records)

    def add(self, content_hash: bytes) -> None:
        """Take in one record's `content_hash()`."""
        self._sum = (self._sum + int.from_bytes(content_hash, "big")) % _HASH_RANGE
        self.records += 1

    def add_all(self, content_hashes: Sequence[bytes]) -> None:
        """Take in many hashes."""
        parts = np.frombuffer(b"".join(content_hashes), ">u4").reshape(-1, HASH_BYTES // 4)
        total = 0
        for part in parts.sum(axis=0, dtype=np.uint64).tolist():  # four bytes at a time, the first weigh most
            total = (total << 32) + part
        self._sum = (self._sum + total) % _HASH_RANGE
        self.records += len(content_hashes)

    def remove(self, content_hash: bytes) -> None:
        """Take out the hash of a record that was taken in."""
        self._sum = (self._sum - int.from_bytes(content_hash, "big")) % _HASH_RANGE
        self.records -= 1

    def hexdigest(self) -> str:
        """The digest of what was added so far."""
        return f"{self._sum:032x}-{self.records}"


def corpus_fingerprint(records: Iterable[CaseStudy]) -> str:
    """The fingerprint of a whole corpus, as a manifest records it."""
    fingerprint = CorpusFingerprint()
    for record in records:
        fingerprint.add(content_hash(record))
    return fingerprint.hexdigest()


def build_index(
    records: Iterable[CaseStudy],
    path: str | PathLike[str],
    progress: Progress | None = None,
    *,
    impacts: ImpactSettings | None = None,
    workers: int | None = None,
    model: str | PathLike[str] | None = None,
    learn_up_to: int | None = None,
) -> BuildReport:
    """Index all `records` into a new generation of the index folder `path` and put it in service.

    Until the last step the old generation answers, and stays whole whatever
    happens. `impacts` overrides the ranking constants of `index.schema`;
    `workers` is the number of processes (default: one a core). With `model` (see `open_model`) every
    record gets a sentence vector; those of records that did not change are taken from the old generation.
    `learn_up_to` is the number of records up to which something is learned (default: `learning_limit()`).
    Raises `BadInput` for two records with one id, a model or a learning limit that cannot be used, `IndexLocked`,
    `StorageFailed`, and whatever the iterable raises (a `CorpusError` of a reader, say).
    """
    index, started = make_folder(path), time.perf_counter()
    encoder = None if model is None else open_model(fspath(model))
    learning_limit()  # A wrong limit is told now, not after the work.
    with writer_lock(index, "index build"), new_generation(index) as folder:
        fingerprint = CorpusFingerprint()
        fingerprint.add_all(write_corpus(folder, records, codec_settings(impacts), progress, workers))
        generation = finish(
            index,
            folder,
            fingerprint.hexdigest(),
            written=True,
            model=encoder,
            vectors=_old_vectors(index, encoder),
            progress=progress,
            learn_up_to=learn_up_to,
        )
    return BuildReport(
        documents=generation.manifest.documents,
        seconds=time.perf_counter() - started,
        generation=generation.name,
        path=index,
        added=generation.manifest.documents,
    )


def _old_vectors(index: Path, model: SentenceModel | None) -> Vectors:
    """The vectors of the generation in service; none where it cannot be read: a rebuild needs no sound index."""
    if model is None:
        return {}
    try:
        return known_vectors(open_current(index), model)
    except (IndexMissing, IndexIncompatible, IndexDamaged):
        return {}


def is_current(path: str | PathLike[str], fingerprint: str, model: str | PathLike[str] | None = None) -> bool:
    """Whether the index in service is what building that corpus now, with that model, would give.

    It is when corpus, analyser, ranking constants, learning and sentence model are the same. An index that is missing,
    damaged or of another version is not current.
    """
    try:
        manifest = open_current(Path(path)).manifest
    except (IndexMissing, IndexIncompatible, IndexDamaged):
        return False
    now = codec_settings().impacts
    assert now is not None
    if (manifest.corpus, manifest.impacts, manifest.learning) != (fingerprint, _plain(now), LEARNING_VERSION):
        return False
    digest = None if model is None else open_model(fspath(model)).digest
    return digest == (manifest.model and manifest.model["sha256"])


def _plain(impacts: ImpactSettings) -> dict[str, Any]:
    """The ranking constants as the manifest holds them."""
    return {"k1": impacts.k1, "fields": [named_values(weight) for weight in impacts.fields]}


def make_folder(path: str | PathLike[str]) -> Path:
    """The index folder, made if need be; raises `StorageFailed` where that is impossible."""
    from index.generations import storage_failed

    index = Path(path)
    try:
        index.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_failed(index, error) from error
    return index


def finish(
    index: Path,
    folder: Path,
    fingerprint: str,
    known: Mapping[str, FileNote] = MappingProxyType({}),
    known_stem: Callable[[str], str | None] | None = None,
    listed: Collection[str] = (),
    model: SentenceModel | None = None,
    vectors: Vectors = MappingProxyType({}),
    progress: Progress | None = None,
    written: bool = False,
    learn_up_to: int | None = None,
) -> Generation:
    """Write word lists and manifest of the segments in `folder` and switch to it.

    `known` are notes of files that did not change, `known_stem` gives the stems that are known already; `listed` are
    the names of the segments that the whole word lists in `folder` hold, if there are any; `written` tells that
    whole word lists are among the files already. With
    `model` every segment that has no sentence vectors gets them; `vectors` are known ones.
    """
    from whoosh.index import open_dir

    whoosh_index = open_dir(str(folder), readonly=True)
    with whoosh_index.reader() as reader, ThreadPoolExecutor(1) as beside:
        # What is there stays as it is, but for the word lists: it is hashed while those are written.
        lists_of_words = {*WHOLE_FILES, *ADDED_FILES}
        settled = [path for path in noted_files(folder) if path.name not in known.keys() | lists_of_words]
        hashed = beside.submit(notes_of, settled)
        segments = segment_arrays(reader)
        lists = write_word_lists(folder, segments, known_stem, listed, written)
        if lists.whole:
            known = {name: note for name, note in known.items() if name not in WHOLE_FILES}
        for segment in segments:
            # A small segment of an update knows too little of the collection to learn from.
            if 2 * segment.doc_count_all >= reader.doc_count_all() and not learned_path(folder, segment.name).exists():
                learn(folder, segment, learn_up_to)
            if model is not None and not sentences_path(folder, segment.name).exists():
                write_sentences(folder, segment, model, vectors, progress)
        distribution = whoosh_distribution()
        impacts = (segments[0].segment.settings if segments else codec_settings()).impacts
        assert impacts is not None
        manifest = Manifest(
            generation=name_of(folder),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            schema_version=SCHEMA_VERSION,
            analyser=words.fingerprint(),
            stemmer=words.stemmer_name(),
            whoosh=f"{distribution.name} {distribution.version}",
            documents=reader.doc_count(),
            corpus=fingerprint,
            averages=segments[0].segment.averages if segments else {},
            impacts=_plain(impacts),
            learning=LEARNING_VERSION,
            listed=lists.listed,
            model=None if model is None else model.note(),
            files=file_notes(folder, {**known, **hashed.result()}),
        )
    manifest.write(folder)
    return put_in_service(index, folder)
