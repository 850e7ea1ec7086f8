"""An incremental update: a new generation that shares the unchanged segments' files.

The files of the generation in service are linked (or copied, where the file
system cannot link) into a new folder; Whoosh deletes and adds there; the
switch is the same atomic rename as after a full rebuild.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from corpus.errors import BadInput
from corpus.model import CaseStudy
from index.build import BuildReport, CorpusFingerprint, finish
from index.bulk import Progress
from index.codec import ColumnarCodec, FieldWeight, ImpactSettings, SegmentArrays, merge_all, segment_arrays
from index.completion_build import COMPLETIONS_FILE
from index.documents import whoosh_document
from index.generations import Generation, new_generation, open_current
from index.lexicon_build import LEXICON_FILE, open_lexicon
from index.locks import writer_lock
from index.manifest import MANIFEST_FILE
from index.schema import JOINT_FIELD, codec_settings
from index.sentences import known_vectors, model_of_update

_REWRITTEN: Final = (MANIFEST_FILE, LEXICON_FILE, COMPLETIONS_FILE)

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
    with writer_lock(index, "index update"):
        before = open_current(index)
        whoosh_index = before.whoosh_index()
        with whoosh_index.reader() as reader:
            known = _known_hashes(segment_arrays(reader))
        changes = _Changes(known, remove_missing)
        changed = [record for record in _reported(records, progress) if changes.differs(record)]
        removed = changes.missing()
        if not changed and not removed and not merge:
            return _report(before, started, index, changes, removed)
        encoder = model_of_update(before, None if model is None else fspath(model))
        vectors = {} if encoder is None else known_vectors(before, encoder)
        with new_generation(index) as folder:
            _link_files(before.folder, folder)
            _apply(folder, changed, [*changes.replaced, *removed], _impacts(before), merge)
            known_files = {name: note for name, note in before.manifest.files.items() if name not in _REWRITTEN}
            stem = open_lexicon(before.folder).stem
            after = finish(index, folder, changes.fingerprint(removed), known_files, stem, encoder, vectors, progress)
    return _report(after, started, index, changes, removed)


class _Changes:
    """What differs between the records that stream by and those in the index."""

    def __init__(self, known: dict[str, bytes], remove_missing: bool) -> None:
        self._known = known
        self._remove_missing = remove_missing
        self._hashes: dict[str, bytes] = {}
        self.replaced: list[str] = []
        self.added = 0

    def differs(self, record: CaseStudy) -> bool:
        content_hash = record.content_hash()
        if record.id in self._hashes:
            raise BadInput(f"Two records have the id {record.id}. Give each record its own id.")
        self._hashes[record.id] = content_hash
        before = self._known.get(record.id)
        if before is None:
            self.added += 1
        elif before != content_hash:
            self.replaced.append(record.id)
        return before != content_hash

    def missing(self) -> list[str]:
        return [id for id in self._known if id not in self._hashes] if self._remove_missing else []

    @property
    def unchanged(self) -> int:
        return len(self._hashes) - self.added - len(self.replaced)

    def fingerprint(self, removed: list[str]) -> str:
        fingerprint = CorpusFingerprint()
        after = {**self._known, **self._hashes}
        for id in removed:
            del after[id]
        for content_hash in after.values():
            fingerprint.add(content_hash)
        return fingerprint.hexdigest()


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


def _known_hashes(segments: list[SegmentArrays]) -> dict[str, bytes]:
    """The content hash of every live record by id."""
    known: dict[str, bytes] = {}
    for segment in segments:
        ids, hashes = segment.field("id"), segment.column("content_hash")
        if ids is None or hashes is None:
            continue
        live = segment.live()
        docs = ids.docs_of_range(0, ids.term_count).tolist()
        for term, doc in zip(ids.terms(), docs, strict=True):
            if live is None or live[doc]:
                known[term.decode()] = hashes.value(doc)
    return known


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
    folder: Path, changed: list[CaseStudy], gone: list[str], impacts: ImpactSettings, merge: bool | None
) -> None:
    from whoosh.index import open_dir
    from whoosh.writing import NO_MERGE

    whoosh_index = open_dir(str(folder))
    with whoosh_index.reader() as reader:
        segments = segment_arrays(reader)
        places = _places(segments)
        total = max(1, reader.doc_count_all())
        deleted = total - reader.doc_count() + len(gone)
        crowded = len(segments) + bool(changed) > MOST_SEGMENTS or deleted > MOST_DELETED * total
    writer = whoosh_index.writer(codec=ColumnarCodec(codec_settings(impacts)))
    try:
        for id in gone:
            writer.delete_document(places[id])
        for record in changed:
            writer.add_document(**whoosh_document(record))
    except BaseException:
        writer.cancel()
        raise
    writer.commit(mergetype=NO_MERGE)
    if crowded if merge is None else merge:
        whoosh_index.writer(codec=ColumnarCodec(codec_settings(impacts))).commit(mergetype=merge_all)


def _places(segments: list[SegmentArrays]) -> dict[str, int]:
    """Whoosh's document number of every live record by id."""
    places: dict[str, int] = {}
    base = 0
    for segment in segments:
        ids = segment.field("id")
        live = segment.live()
        if ids is not None:
            for term, doc in zip(ids.terms(), ids.docs_of_range(0, ids.term_count).tolist(), strict=True):
                if live is None or live[doc]:
                    places[term.decode()] = base + doc
        base += segment.doc_count_all
    return places
