"""Sentence vectors in an index: made at a build, kept by an update, never mixed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from index_support import record
from tiny_model import write_model

from corpus import CaseStudy
from corpus.errors import BadInput
from index import build_index, is_current, update_index, verify_index
from index.build import corpus_fingerprint
from index.codec import segment_arrays
from index.generations import open_current
from index.manifest import Manifest
from index.sentence_model import SentenceModel, open_model
from index.sentences import AT_ONCE, Sentences, sentences_path, text_of

BODIES = ("damp homes", "falls", "cafe, homes falling", "homes 12 $")


def records(count: int) -> list[CaseStudy]:
    return [record(at, body=BODIES[at % 4] + " damp" * (at % 7)) for at in range(count)]


def manifest(index: Path) -> Manifest:
    return open_current(index).manifest


def stored(index: Path) -> dict[str, np.ndarray]:
    """The vector of every record by id, as the index holds it."""
    generation, found = open_current(index), {}
    with generation.whoosh_index().reader() as reader:
        for segment in segment_arrays(reader):
            sentences = Sentences.open(generation.folder, segment)
            assert sentences is not None
            live = segment.live()
            for doc in range(segment.doc_count_all):
                if live is None or live[doc]:
                    found[segment.id_of(doc)] = sentences.row(doc).astype(np.float32) / 127
    return found


def expected(model: SentenceModel, of: list[CaseStudy]) -> dict[str, np.ndarray]:
    return {each.id: model.encode([text_of(each)])[0] for each in of}


def assert_same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    assert found.keys() == wanted.keys()
    for id, vector in wanted.items():
        assert np.allclose(found[id], vector, atol=1 / 127), id


def test_a_build_with_a_model_gives_every_record_its_vector(tmp_path: Path) -> None:
    """More records than are encoded at once; each vector is that of the record's text, rounded to 8 bits."""
    folder, corpus = write_model(tmp_path / "m"), records(AT_ONCE + 9)
    told: list[tuple[int, int | None]] = []
    build_index(corpus, tmp_path / "index", lambda done, total: told.append((done, total)), model=folder)
    assert_same(stored(tmp_path / "index"), expected(open_model(folder), corpus))
    assert manifest(tmp_path / "index").model == open_model(folder).note()
    assert told[-1] == (len(corpus), len(corpus))
    assert verify_index(tmp_path / "index").problems == ()


def test_a_build_without_a_model_has_no_vectors(tmp_path: Path) -> None:
    """The default: nothing is made and nothing is noted."""
    build_index(records(5), tmp_path / "index")
    assert manifest(tmp_path / "index").model is None
    assert not list(tmp_path.rglob("*.sentences"))


@pytest.mark.parametrize("merge", [False, True])
def test_an_update_keeps_old_vectors_and_makes_new_ones(tmp_path: Path, merge: bool) -> None:
    """New and changed records get vectors too, whether or not the segments are merged."""
    folder = write_model(tmp_path / "m")
    build_index(records(30), tmp_path / "index", model=folder)
    corpus = [*records(34)[3:], record(1, body="falling cafe")]
    update_index(corpus, tmp_path / "index", merge=merge)
    assert_same(stored(tmp_path / "index"), expected(open_model(folder), corpus))
    assert manifest(tmp_path / "index").model == open_model(folder).note()


def test_vectors_of_unchanged_records_are_not_worked_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuild asks the model for new and changed records only."""
    folder = write_model(tmp_path / "m")
    build_index(records(30), tmp_path / "index", model=folder)
    asked: list[str] = []
    encode = SentenceModel.encode
    monkeypatch.setattr(SentenceModel, "encode", lambda self, texts: asked.extend(texts) or encode(self, texts))
    corpus = [*records(30)[:-1], record(99, body="falling")]
    build_index(corpus, tmp_path / "index", model=folder)
    assert asked == [text_of(corpus[-1])]
    assert_same(stored(tmp_path / "index"), expected(open_model(folder), corpus))


def test_an_update_without_its_model_is_refused(tmp_path: Path) -> None:
    """A model that is gone or another one: one line that says so, and the index in service stays."""
    folder = write_model(tmp_path / "m")
    build_index(records(10), tmp_path / "index", model=folder)
    before = manifest(tmp_path / "index").generation
    with pytest.raises(BadInput, match="is not the model of the index"):
        update_index(records(12), tmp_path / "index", model=write_model(tmp_path / "other", seed=5))
    shutil.rmtree(folder)
    with pytest.raises(BadInput, match="There is no model"):
        update_index(records(12), tmp_path / "index")
    assert manifest(tmp_path / "index").generation == before


def test_an_update_adds_no_model(tmp_path: Path) -> None:
    """Half an index with vectors would rank by chance: only a build brings them."""
    build_index(records(10), tmp_path / "index")
    with pytest.raises(BadInput, match="--model"):
        update_index(records(12), tmp_path / "index", model=write_model(tmp_path / "m"))


def test_another_model_calls_for_a_build(tmp_path: Path) -> None:
    """`--if-changed` builds again when the model came, went or changed."""
    folder, other = write_model(tmp_path / "m"), write_model(tmp_path / "other", seed=5)
    fingerprint = corpus_fingerprint(records(10))
    build_index(records(10), tmp_path / "index", model=folder)
    assert is_current(tmp_path / "index", fingerprint, folder)
    assert not is_current(tmp_path / "index", fingerprint, other)
    assert not is_current(tmp_path / "index", fingerprint)
    build_index(records(10), tmp_path / "index")
    assert is_current(tmp_path / "index", fingerprint)
    assert not is_current(tmp_path / "index", fingerprint, folder)


def test_damage_is_noticed(tmp_path: Path) -> None:
    """A byte that changed in the vectors is a problem that `verify` names."""
    build_index(records(10), tmp_path / "index", model=write_model(tmp_path / "m"))
    path = next((tmp_path / "index").rglob("*.sentences"))
    assert path == sentences_path(path.parent, path.stem)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    assert any(path.name in problem for problem in verify_index(tmp_path / "index").problems)
