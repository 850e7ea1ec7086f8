"""What a rebuild learns: the matrix behind it, vectors in batches and from a sample, neighbours, the limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpus import CaseStudy
from corpus.errors import BadInput
from index import build_index, latent, neighbours, update_index, word_matrix
from index.codec import IMPACT_SCALE, FieldPostings, SegmentArrays, segment_arrays
from index.generations import open_current
from index.latent import LatentVectors, learn_vectors
from index.learned import LIMIT_VARIABLE, SHARE_SCALE, Learned, learning_limit
from index.neighbours import nearest
from index.schema import JOINT_FIELD
from index.word_matrix import WordMatrix


@pytest.fixture(scope="module")
def segment(starter_index: Path) -> Iterator[SegmentArrays]:
    """The one segment of the shipped corpus."""
    with open_current(starter_index).whoosh_index().reader() as reader:
        (found,) = segment_arrays(reader)
        yield found


@pytest.fixture(scope="module")
def joint(segment: SegmentArrays) -> FieldPostings:
    """Its joint field."""
    found = segment.field(JOINT_FIELD)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def vectors(joint: FieldPostings) -> LatentVectors:
    """What is learned from it."""
    found = learn_vectors(joint)
    assert found is not None
    return found


def dense(matrix: WordMatrix, documents: list[int]) -> np.ndarray:
    """Some rows as an ordinary array."""
    rows = matrix.rows(np.array(documents))
    return rows.times(np.eye(rows.width, dtype=np.float32))


def test_rows_hold_the_weights_of_the_postings(joint: FieldPostings) -> None:
    """Each row is impact × idf over the words that are neither rare nor everywhere, at length 1."""
    matrix = WordMatrix(joint)
    found = dense(matrix, [0, 7, 549])
    assert matrix.documents == joint.doc_count == 550
    for row, doc in zip(found, (0, 7, 549), strict=True):
        expected = np.zeros(len(matrix.ordinals))
        for at, ordinal in enumerate(matrix.ordinals.tolist()):
            df = joint.df(ordinal)
            assert 2 <= df <= 275
            place = np.flatnonzero(joint.docs(ordinal) == doc)
            if len(place):
                idf = np.log1p((550 - df + 0.5) / (df + 0.5))
                expected[at] = joint.weights(ordinal)[place[0]] / IMPACT_SCALE * idf
        np.testing.assert_allclose(row, expected / np.linalg.norm(expected), rtol=1e-4, atol=1e-7)


def test_postings_are_taken_in_parts(joint: FieldPostings, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few postings are looked at together, and however large a product may grow, rows are the same."""
    documents = list(range(0, 550, 11))
    whole = dense(WordMatrix(joint), documents)
    monkeypatch.setattr(word_matrix, "POSTINGS", 100)
    monkeypatch.setattr(word_matrix, "_BLOCK", 10_000)
    np.testing.assert_allclose(dense(WordMatrix(joint), documents), whole, rtol=1e-6)


def test_the_most_frequent_words_are_kept(joint: FieldPostings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many words those that stand in most records have vectors, as many as fit."""
    monkeypatch.setattr(word_matrix, "MOST_WORDS", 500)
    kept = WordMatrix(joint).ordinals.tolist()
    assert 300 < len(kept) <= 550
    left_out = [at for at in range(joint.term_count) if 2 <= joint.df(at) <= 275 and at not in set(kept)]
    assert max(map(joint.df, left_out)) <= min(map(joint.df, kept))


def test_batches_change_nothing(joint: FieldPostings, vectors: LatentVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are given the same vectors, some at a time."""
    monkeypatch.setattr(latent, "BATCH", 60)
    found = learn_vectors(joint)
    assert found is not None
    np.testing.assert_allclose(found.documents, vectors.documents, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found.documents, axis=1), 1, rtol=1e-5)


def test_a_sample_teaches_the_rest(
    joint: FieldPostings, vectors: LatentVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fitted on half of the documents, all have vectors, and nearly everyone's nearest is still among the nearest."""
    monkeypatch.setattr(latent, "SAMPLE", 275)
    found = learn_vectors(joint)
    assert found is not None
    assert found.documents.shape == vectors.documents.shape
    np.testing.assert_allclose(np.linalg.norm(found.documents, axis=1), 1, rtol=1e-5)
    before, _ = nearest(vectors.documents, 1)
    after, _ = nearest(found.documents, 20)
    assert (after == before).any(axis=1).mean() > 0.85


def exactly_nearest(vectors: np.ndarray, count: int) -> list[set[int]]:
    """The nearest documents of each, by comparing all."""
    close = vectors @ vectors.T
    np.fill_diagonal(close, -2)
    return [set(row) for row in np.argsort(-close, axis=1)[:, :count].tolist()]


@pytest.mark.parametrize("size", [2, 5, 9, 40, 550])
def test_the_nearest_are_found(vectors: LatentVectors, size: int) -> None:
    """Everyone's nearest others, however few there are; their cosines are at least 0."""
    some = vectors.documents[:size]
    ids, cosines = nearest(some, 8)
    assert [set(row) for row in ids.tolist()] == exactly_nearest(some, min(8, size - 1))
    assert (cosines >= 0).all()
    np.testing.assert_allclose(cosines, np.maximum(np.einsum("ik,ijk->ij", some, some[ids]), 0), atol=1e-5)


def test_cells_find_nearly_all_of_the_nearest(vectors: LatentVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a collection too large to compare all, most of the nearest are found, and never the document itself."""
    monkeypatch.setattr(neighbours, "EXACT", 0)
    monkeypatch.setattr(neighbours, "CELL", 40)
    ids, _ = nearest(vectors.documents, 8)
    exact = exactly_nearest(vectors.documents, 8)
    assert all(doc not in row for doc, row in enumerate(ids.tolist()))
    assert np.mean([len(exact[doc].intersection(row)) for doc, row in enumerate(ids.tolist())]) > 6


def test_what_was_learned_is_read_back(starter_index: Path, segment: SegmentArrays, vectors: LatentVectors) -> None:
    """The file holds the vectors in bytes, and neighbours whose shares sum to the whole."""
    learned = Learned.open(open_current(starter_index).folder, segment)
    assert learned is not None
    learned.verify()
    np.testing.assert_allclose(learned.vectors * learned.scale, vectors.documents, atol=learned.scale)
    assert np.abs(learned.shares.sum(axis=1, dtype=np.int64) - SHARE_SCALE).max() <= learned.count
    at = len(vectors.ordinals) // 2
    word = learned.word_vector(int(vectors.ordinals[at]))
    assert word is not None
    np.testing.assert_allclose(word, vectors.words[at], rtol=1e-2, atol=1e-3)
    missing = next(ordinal for ordinal in range(len(vectors.ordinals) + 1) if ordinal not in set(vectors.ordinals))
    assert learned.word_vector(missing) is None
    shares = [share for _, share in learned.nearest(3)]
    assert shares == sorted(shares, reverse=True)


def learned_files(index: Path) -> list[Path]:
    """The files of what was learned in the generation in service."""
    return list(open_current(index).folder.glob("*.learned"))


def test_the_limit_is_kept(
    starter_records: tuple[CaseStudy, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to as many records as the environment says are learned from; 0 means none."""
    for limit, learns in (("549", False), ("550", True), ("0", False), ("", True)):
        monkeypatch.setenv(LIMIT_VARIABLE, limit)
        build_index(starter_records, tmp_path / "index")
        assert bool(learned_files(tmp_path / "index")) is learns


@pytest.mark.parametrize("wrong", ["many", "-1", "1e5", "²"])
def test_a_wrong_limit_is_told_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """A limit that is no number ends build and update at once, with its name in the message."""
    records = [CaseStudy(id="one", title="One", body="Text.")]
    build_index(records, tmp_path / "index")
    monkeypatch.setenv(LIMIT_VARIABLE, wrong)
    for write in (build_index, update_index):
        with pytest.raises(BadInput, match=LIMIT_VARIABLE):
            write(iter([]), tmp_path / "index")
    with pytest.raises(BadInput, match="expected a number"):
        learning_limit()
    assert open_current(tmp_path / "index").manifest.documents == 1
