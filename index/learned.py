"""What a full rebuild learns from the collection, kept beside the segment it was learned from.

`<segment>.learned` holds (little-endian, checksummed like every file of the codec):

    ordinals      int32, terms             ordinals of the joint field that have a vector, ascending
    words         uint16, terms × dims     the bits of their float16 vectors, idf included
    documents     uint8, documents × dims  the bits of int8: unit vectors × `scale`
    neighbours    int32, documents × n     nearest documents
    shares        uint8, documents × n     share of each in the average, times 255; a row sums to about 255

A segment without this file (an update wrote it) ranks by words alone until the next rebuild.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.codec import SegmentArrays
from index.codec.sections import SectionFile, damaged
from index.schema import JOINT_FIELD

Floats = NDArray[np.float32]

LEARNING_VERSION: Final = 1
"""Raised when the same segment would be taught something else; a build that asks whether it is needed looks at it."""

LARGEST: Final = 20_000
"""Documents of a segment above which nothing is learned: beyond, learning takes longer than all else in a build."""

SHARE_SCALE: Final = 255


def learned_path(folder: Path, segment: str) -> Path:
    """Where the file of a segment lies."""
    return folder / f"{segment}.learned"


def learn(folder: Path, segment: SegmentArrays) -> bool:
    """Learn from a segment and write its file; whether there was enough to learn from."""
    # What only learning needs; a question reads what was learned.
    from index.codec.section_writer import SectionFileWriter
    from index.latent import learn_vectors
    from index.neighbours import nearest

    joint = segment.field(JOINT_FIELD)
    if joint is None or joint.doc_count > LARGEST:
        return False
    vectors = learn_vectors(joint)
    if vectors is None:
        return False
    ids, cosines = nearest(vectors.documents)
    sums = cosines.sum(axis=1, keepdims=True)
    shares = np.rint(SHARE_SCALE * cosines / np.where(sums > 0, sums, 1)).astype(np.uint8)
    scale = 127.0 / max(float(np.abs(vectors.documents).max()), 1e-9)
    writer = SectionFileWriter(learned_path(folder, segment.name))
    try:
        writer.append("ordinals", vectors.ordinals)
        writer.append("words", vectors.words.astype("<f2").view("<u2").ravel())
        writer.append("documents", np.rint(vectors.documents * scale).astype("i1").view("u1").ravel())
        writer.append("neighbours", ids.ravel())
        writer.append("shares", shares.ravel())
        writer.add_json(
            "meta",
            {
                "kind": "learned",
                "documents": joint.doc_count,
                "terms": joint.term_count,
                "dims": vectors.words.shape[1],
                "neighbours": ids.shape[1],
                "scale": scale,
            },
        )
        writer.finish()
    except BaseException:
        writer.abort()
        raise
    return True


class Learned:
    """One segment's learned arrays, read from the mapped file."""

    def __init__(self, file: SectionFile, segment: SegmentArrays) -> None:
        meta = file.meta()
        if meta.get("kind") != "learned" or meta.get("documents") != segment.doc_count_all:
            raise damaged(file.path, "it does not belong to its segment")
        self.dims = int(meta["dims"])
        self.count = int(meta["neighbours"])
        self.scale = np.float32(1.0 / float(meta["scale"]))
        self._file = file
        self._rows = segment.doc_count_all

    # Reading an array whole checks its checksums, so each is read when it is first needed.

    @cached_property
    def _ordinals(self) -> NDArray[np.int32]:
        return self._file["ordinals"].all()

    @cached_property
    def _words(self) -> NDArray[np.float16]:
        return self._file["words"].all().view("<f2").reshape(len(self._ordinals), self.dims)

    @cached_property
    def _documents(self) -> NDArray[np.int8]:
        return self._file["documents"].all().view("i1").reshape(self._rows, self.dims)

    @cached_property
    def _neighbours(self) -> NDArray[np.int32]:
        return self._file["neighbours"].all().reshape(self._rows, self.count)

    @cached_property
    def _shares(self) -> NDArray[np.uint8]:
        return self._file["shares"].all().reshape(self._rows, self.count)

    def verify(self) -> None:
        """Check every byte of the file. Raises `IndexDamaged`."""
        self._file.verify()

    @classmethod
    def open(cls, folder: Path, segment: SegmentArrays) -> Learned | None:
        """The learned arrays of a segment; None where it has none. Raises `IndexDamaged`."""
        path = learned_path(folder, segment.name)
        return cls(SectionFile.open(path), segment) if path.exists() else None

    def query_vector(self, ordinals: NDArray[np.int32], weights: Floats) -> Floats | None:
        """The unit vector of the words with these ordinals of the joint field, each times its weight.

        None where none of them has a vector.
        """
        place = np.searchsorted(self._ordinals, ordinals)
        place[place == len(self._ordinals)] = 0
        known = self._ordinals[place] == ordinals
        vector = (self._words[place[known]].astype(np.float32) * weights[known, None]).sum(axis=0)
        length = float(np.sqrt(vector @ vector))
        return vector / np.float32(length) if length > 0 else None

    def vectors(self, docs: NDArray[Any]) -> Floats:
        """The vectors of documents, rows beside `docs`; times `scale` they have length 1."""
        return self._documents.take(docs, axis=0).astype(np.float32)

    def neighbour_scores(self, docs: NDArray[Any], scores: Floats) -> Floats:
        """For each document the average of its neighbours' scores; `scores` has one entry a document of the segment."""
        shares = self._shares.take(docs, axis=0).astype(np.float32)
        lent = scores.take(self._neighbours.take(docs, axis=0))
        found: Floats = np.einsum("ij,ij->i", lent, shares) * np.float32(1 / SHARE_SCALE)
        return found

    def neighbour_docs(self, docs: NDArray[Any]) -> NDArray[np.int32]:
        """The neighbours of each document, documents × n."""
        return self._neighbours.take(docs, axis=0)

    def neighbours(self, doc: int) -> list[tuple[int, float]]:
        """(document, share) of one document's neighbours, the nearest first: for explanations and `similar`."""
        pairs = zip(self._neighbours[doc].tolist(), (self._shares[doc] / SHARE_SCALE).tolist(), strict=True)
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
