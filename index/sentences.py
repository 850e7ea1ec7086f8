"""Sentence vectors of a segment's records, kept beside it where the index was built with a model.

`<segment>.sentences` holds, checksummed like every file of the codec:

    documents     uint8, documents × dims   the bits of int8: unit vectors × `scale`

and in its meta the SHA-256 of the model's weights: vectors of two models never mix.
A segment without this file is ranked without sentence vectors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import BadInput
from corpus.model import CaseStudy
from index.codec import SegmentArrays
from index.codec.sections import SectionFile, damaged
from index.generations import Generation
from index.heads import record_of

if TYPE_CHECKING:
    from index.sentence_model import Floats, SentenceModel

AT_ONCE: Final = 64
"""Records that are turned into vectors between two reports of progress; bounds the memory."""

SCALE: Final = 127.0

_BLOCK: Final = 4_096
"""Vectors that are widened to float32 at once: 6 MB, whatever the number of documents."""

Vectors = Mapping[bytes, NDArray[np.int8]]
"""Vectors as they are stored, by content hash of the record."""


def sentences_path(folder: Path, segment: str) -> Path:
    """Where the file of a segment lies."""
    return folder / f"{segment}.sentences"


def text_of(record: CaseStudy) -> str:
    """What a model reads of a record; models read the first 256 pieces or so, hence title and summary come first."""
    return ". ".join(part for part in (record.title, record.summary, record.body) if part)


def write_sentences(
    folder: Path,
    segment: SegmentArrays,
    model: SentenceModel,
    known: Vectors,
    progress: Callable[[int, int | None], None] | None = None,
) -> None:
    """Write a vector for every record of a segment; those of `known` content are not worked out again.

    Takes about 0.1 to 0.2 s a record of 200 words.
    """
    from index.codec.section_writer import SectionFileWriter  # searching does without it

    count = segment.doc_count_all
    hashes = segment.column("content_hash")
    writer = SectionFileWriter(sentences_path(folder, segment.name))
    try:
        writer.create("documents", "u1")
        for lo in range(0, count, AT_ONCE):
            docs = range(lo, min(lo + AT_ONCE, count))
            held = [known.get(hashes.value(doc)) if hashes else None for doc in docs]
            new = [doc for doc, row in zip(docs, held, strict=True) if row is None]
            made = iter(_stored(model, [_record(segment, doc) for doc in new]))
            rows = np.stack([next(made) if row is None else row for row in held])
            writer.append("documents", rows.view("u1").ravel())
            if progress:
                progress(docs.stop, count)
        meta = {"kind": "sentences", "documents": count, "dims": model.dims, "scale": SCALE, "model": model.digest}
        writer.add_json("meta", meta)
        writer.finish()
    except BaseException:
        writer.abort()
        raise


def _stored(model: SentenceModel, records: Sequence[CaseStudy]) -> NDArray[np.int8]:
    rows: NDArray[np.int8] = np.rint(model.encode([text_of(record) for record in records]) * SCALE).astype(np.int8)
    return rows


def _record(segment: SegmentArrays, doc: int) -> CaseStudy:
    stored = segment.stored(doc)
    return record_of(stored["record"], stored["record_body"])


def known_vectors(generation: Generation, model: SentenceModel) -> dict[bytes, NDArray[np.int8]]:
    """The vectors of this model that a generation holds already."""
    from index.codec import segment_arrays

    found: dict[bytes, NDArray[np.int8]] = {}
    if generation.manifest.model is None or generation.manifest.model["sha256"] != model.digest:
        return found
    with generation.whoosh_index().reader() as reader:
        for segment in segment_arrays(reader):
            held, hashes = Sentences.open(generation.folder, segment), segment.column("content_hash")
            if held is not None and hashes is not None and held.model == model.digest:
                found.update((hashes.value(doc), held.row(doc).copy()) for doc in range(segment.doc_count_all))
    return found


def model_of_update(before: Generation, given: str | Path | None) -> SentenceModel | None:
    """The model that makes the vectors of an update's new records; None where the index holds no vectors.

    It must be the one that made the old ones. Without `given` it is looked for where `CASEFINDER_MODEL` says,
    or where it was then. Raises `BadInput`.
    """
    from index.sentence_model import MODEL_VARIABLE, open_model  # an index without vectors does without it

    noted = before.manifest.model
    if noted is None:
        if given is not None:
            raise BadInput(
                "The index holds no sentence vectors, and an update cannot add some: "
                "run `casefinder index build --model …`."
            )
        return None
    model = open_model(given or os.environ.get(MODEL_VARIABLE) or noted["folder"])
    if model.digest != noted["sha256"]:
        raise BadInput(
            f"{model.folder} is not the model of the index (its SHA-256 is {model.digest[:12]}…, "
            f"not {noted['sha256'][:12]}…): "
            "two models' sentence vectors cannot be compared. Give the same model, or build the index again."
        )
    return model


class Sentences:
    """One segment's sentence vectors, read from the mapped file; `model` is the SHA-256 of what made them."""

    def __init__(self, file: SectionFile, segment: SegmentArrays) -> None:
        meta = file.meta()
        if meta.get("kind") != "sentences" or meta.get("documents") != segment.doc_count_all:
            raise damaged(file.path, "it does not belong to its segment")
        self.dims = int(meta["dims"])
        self.model = str(meta["model"])
        self._scale = np.float32(1.0 / float(meta["scale"]))
        self._file = file
        self._rows = segment.doc_count_all

    @classmethod
    def open(cls, folder: Path, segment: SegmentArrays) -> Sentences | None:
        """The vectors of a segment; None where it has none. Raises `IndexDamaged`."""
        path = sentences_path(folder, segment.name)
        return cls(SectionFile.open(path), segment) if path.exists() else None

    def verify(self) -> None:
        """Check every byte of the file. Raises `IndexDamaged`."""
        self._file.verify()

    @cached_property
    def _documents(self) -> NDArray[np.int8]:
        return self._file["documents"].all().view("i1").reshape(self._rows, self.dims)

    def row(self, doc: int) -> NDArray[np.int8]:
        """One document's vector as it is stored."""
        row: NDArray[np.int8] = self._documents[doc]
        return row

    def cosines(self, docs: NDArray[Any], vector: Floats) -> Floats:
        """Cosine of each document with a unit vector."""
        found = np.empty(len(docs), dtype=np.float32)
        for lo in range(0, len(docs), _BLOCK):
            rows = self._documents.take(docs[lo : lo + _BLOCK], axis=0).astype(np.float32)
            found[lo : lo + _BLOCK] = np.einsum("ij,j->i", rows, vector)
        return found * self._scale
