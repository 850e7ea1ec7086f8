"""An incremental update: a new generation that shares the unchanged segments' files.

The files of the generation in service are linked (or copied, where the file
system cannot link) into a new folder; Whoosh deletes and adds there; the
switch is the same atomic rename as after a full rebuild.
"""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from corpus.errors import BadInput
from corpus.model import CaseStudy
from index.build import BuildReport, CorpusFingerprint, finish
from index.bulk import Progress, write_segment
from index.codec import ColumnarCodec, FieldWeight, ImpactSettings, SegmentArrays, merge_all, segment_arrays
from index.documents import content_hash
from index.generations import Generation, new_generation, open_current
from index.learned import learning_limit
from index.lexicon_added import open_lexicon
from index.locks import writer_lock
from index.manifest import MANIFEST_FILE
from index.schema import HASH_BYTES, JOINT_FIELD, codec_settings
from index.sentences import known_vectors, model_of_update
from index.word_lists import ADDED_FILES

_REWRITTEN: Final = (MANIFEST_FILE, *ADDED_FILES)

MOST_SEGMENTS: Final = 8
"""More segments than this are merged into one: each costs a query some 20 µs."""

MOST_DELETED: Final = 0.2
"""A share of deleted records above this is merged away: they cost time and bend the statistics."""


def update_index(
    records: Iterable[CaseStudy],
    path: str | PathLike[str],
    progress: Progress | None = None,
    *,
    remove_missing: bool = True,
    merge: bool | None = None,
    model: str | PathLike[str] | None = None,
) -> BuildReport:
    """Make the index hold `records`, touching only what changed by content hash.

    With `remove_missing` the records are the whole corpus, and what they lack is removed;
    without it they are added to it or replace their namesakes. `merge` forces
    (or forbids) merging all segments into one. If nothing changed, the
    generation in service stays. An index with sentence vectors gets those of new records from the same
    model, which is looked for where it was unless `model` names a place. Raises like `build_index`, and `IndexMissing`,
    `IndexIncompatible` or `IndexDamaged` when there is no index to start from.
    """
    index, started = Path(path), time.perf_counter()
    open_current(index)
    learning_limit()
    with writer_lock(index, "index update"):
        before = open_current(index)
        whoosh_index = before.whoosh_index()
        with whoosh_index.reader() as reader:
            known = _Known(segment_arrays(reader))
            changes = _Changes(known.everything() if remove_missing else known, before.manifest.corpus)
            changed = [record for record in _reported(records, progress) if changes.differs(record)]
            removed = changes.missing() if remove_missing else []
            gone = [known.place(id) for id in (*changes.replaced, *removed)]
        if not changed and not removed and not merge:
            return _report(before, started, index, changes, removed)
        encoder = model_of_update(before, None if model is None else fspath(model))
        vectors = {} if encoder is None else known_vectors(before, encoder)
        with new_generation(index) as folder:
            _link_files(before.folder, folder)
            known_stem = open_lexicon(before.folder).stems().get
            _apply(folder, changed, gone, _impacts(before), merge, known_stem)
            after = finish(
                index,
                folder,
                changes.fingerprint.hexdigest(),
                {name: note for name, note in before.manifest.files.items() if name not in _REWRITTEN},
                known_stem,
                before.manifest.listed,
                encoder,
                vectors,
                progress,
            )
    return _report(after, started, index, changes, removed)


class _Known:
    """The records of an index by id: where each stands, and its content hash."""

    def __init__(self, segments: Sequence[SegmentArrays]) -> None:
        self._segments = segments

    def get(self, id: str) -> bytes | None:
        """The content hash of a live record."""
        for segment in self._segments:
            doc, hashes = segment.doc_of(id), segment.column("content_hash")
            if doc >= 0 and hashes is not None:
                content_hash: bytes = hashes.value(doc)
                return content_hash
        return None

    def place(self, id: str) -> int:
        """Whoosh's document number of a live record."""
        base = 0
        for segment in self._segments:
            doc = segment.doc_of(id)
            if doc >= 0:
                return base + doc
            base += segment.doc_count_all
        raise KeyError(id)

    def everything(self) -> dict[str, bytes]:
        """The content hash of every live record: one pass over all, which is cheaper than to look most of them up."""
        known: dict[str, bytes] = {}
        for segment in self._segments:
            ids, hashes = segment.field("id"), segment.column("content_hash")
            if ids is None or hashes is None:
                continue
            names, docs, live = ids.terms(), ids.docs_of_range(0, ids.term_count), segment.live()
            rows = hashes.rows[docs].tobytes()
            keep = itertools.repeat(True) if live is None else live[docs].tolist()
            known.update(
                (name.decode(), rows[at * HASH_BYTES : (at + 1) * HASH_BYTES])
                for at, (name, kept) in enumerate(zip(names, keep, strict=False))
                if kept
            )
        return known


class _Changes:
    """What differs between the records that stream by and those in the index, `known` by id.

    `fingerprint` follows: it is that of the index when all records were looked at.
    """

    def __init__(self, known: _Known | Mapping[str, bytes], fingerprint: str) -> None:
        self._known = known
        self._seen: set[str] = set()
        self.fingerprint = CorpusFingerprint(fingerprint)
        self.replaced: list[str] = []
        self.added = 0

    def differs(self, record: CaseStudy) -> bool:
        """Whether the record is new or altered."""
        if record.id in self._seen:
            raise BadInput(f"Two records have the id {record.id}. Give each record its own id.")
        self._seen.add(record.id)
        before, now = self._known.get(record.id), content_hash(record)
        if before == now:
            return False
        if before is None:
            self.added += 1
        else:
            self.replaced.append(record.id)
            self.fingerprint.remove(before)
        self.fingerprint.add(now)
        return True

    def missing(self) -> list[str]:
        """The ids of all records of the index that were not looked at; they are taken out of the fingerprint."""
        assert isinstance(self._known, Mapping)
        gone = [id for id in self._known if id not in self._seen]
        for id in gone:
            self.fingerprint.remove(self._known[id])
        return gone

    @property
    def unchanged(self) -> int:
        return len(self._seen) - self.added - len(self.replaced)


def _report(generation: Generation, started: float, index: Path, changes: _Changes, removed: list[str]) -> BuildReport:
    return BuildReport(
        documents=generation.manifest.documents,
        seconds=time.perf_counter() - started,
        generation=generation.name,
        path=index,
        added=changes.added,
        replaced=len(changes.replaced),
        removed=len(removed),
        unchanged=changes.unchanged,
    )


def _reported(records: Iterable[CaseStudy], progress: Progress | None) -> Iterable[CaseStudy]:
    for done, record in enumerate(records, start=1):
        if progress and done % 64 == 0:
            progress(done, None)
        yield record


def _link_files(source: Path, target: Path) -> None:
    for path in source.iterdir():
        if path.name in _REWRITTEN or path.name.endswith("WRITELOCK"):
            continue
        if path.suffix == ".toc":
            # Whoosh replaces its table of contents; a link would be as good, but a copy cannot surprise.
            shutil.copy2(path, target)
            continue
        try:
            os.link(path, target / path.name)
        except OSError:
            shutil.copy2(path, target)


def _impacts(before: Generation) -> ImpactSettings:
    """The ranking constants that the generation was built with, averages included."""
    made: dict[str, Any] = dict(before.manifest.impacts)
    weights = tuple(FieldWeight(**weight) for weight in made["fields"])
    return ImpactSettings(
        field=JOINT_FIELD, k1=made["k1"], fields=weights, averages=dict(before.manifest.averages) or None
    )


def _apply(
    folder: Path,
    changed: list[CaseStudy],
    gone: list[int],
    impacts: ImpactSettings,
    merge: bool | None,
    known_stem: Callable[[str], str | None],
) -> None:
    """Delete the documents with the numbers `gone`, add the records `changed`, and merge if need be."""
    from whoosh.index import open_dir

    whoosh_index = open_dir(str(folder))
    with whoosh_index.reader() as reader:
        total = max(1, reader.doc_count_all())
        deleted = total - reader.doc_count() + len(gone)
        segments = len(reader.leaf_readers())
        crowded = segments + bool(changed) > MOST_SEGMENTS or deleted > MOST_DELETED * total
    settings = codec_settings(impacts)
    new = write_segment(folder, changed, settings, known_stem)
    writer = whoosh_index.writer(codec=ColumnarCodec(settings))
    try:
        for place in gone:
            writer.delete_document(place)
    except BaseException:
        writer.cancel()
        raise
    writer.commit(mergetype=lambda _, segments: segments if new is None else [*segments, new])
    if crowded if merge is None else merge:
        whoosh_index.writer(codec=ColumnarCodec(settings)).commit(mergetype=merge_all)
