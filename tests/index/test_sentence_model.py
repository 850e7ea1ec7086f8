"""Sentence vectors by numpy: the tokeniser's rules and the encoder, on a tiny model written here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_model import VOCABULARY, write_model

from corpus.errors import BadInput
from index.sentence_model import SentenceModel, open_model
from index.wordpiece import WordPieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Damp homes", ["damp", "home", "##s"]),
        ("FALLING, falls", ["fall", "##ing", ",", "fall", "##s"]),
        ("Café\u0301s", ["cafe", "##s"]),
        ("$12", ["$", "1", "##2"]),
        ("中中damp", ["中", "中", "damp"]),
        ("zebra damp\u200b", ["[UNK]", "damp"]),
        ("x" * 101, ["[UNK]"]),
        ("", []),
    ],
)
def test_words_are_cut_into_the_longest_known_pieces(text: str, pieces: list[str]) -> None:
    """Case and accents folded, signs apart, unknown words as one mark."""
    found = WordPieces(VOCABULARY).numbers(text, 64)
    assert [VOCABULARY[number] for number in found] == ["[CLS]", *pieces, "[SEP]"]


def test_long_texts_are_cut_and_keep_their_end_mark() -> None:
    """At most `longest` numbers, the end mark among them."""
    found = WordPieces(VOCABULARY).numbers("damp " * 100, 10)
    assert len(found) == 10
    assert VOCABULARY[found[-1]] == "[SEP]"


def test_a_vocabulary_without_marks_is_refused() -> None:
    """A list of words that is no BERT vocabulary is an error of the input."""
    with pytest.raises(BadInput, match="CLS"):
        WordPieces(["damp", "home"])


def test_vectors_have_length_one_and_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    """A text's vector is the same alone and among longer and shorter texts."""
    model = SentenceModel.open(write_model(tmp_path / "m"))
    texts = ["damp homes", "falls", "damp " * 25, "cafe, homes falling", ""]
    together = model.encode(texts)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(model.encode([text])[0], vector, atol=1e-5)


def test_batches_share_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a matrix product keeps to one core, many texts get the same vectors in the same order."""
    model = SentenceModel.open(write_model(tmp_path / "m"))
    texts = [" ".join(["damp", "homes", "cafe"][: at % 3 + 1] * (at % 11)) for at in range(400)]
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    one_by_one = model.encode(texts)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert np.array_equal(model.encode(texts), one_by_one)


def test_the_order_of_words_counts(tmp_path: Path) -> None:
    """Attention with positions tells "damp homes" from "homes damp"."""
    model = SentenceModel.open(write_model(tmp_path / "m"))
    one, other = model.encode(["damp home", "home damp"])
    assert not np.allclose(one, other, atol=1e-3)


def test_two_models_have_two_digests(tmp_path: Path) -> None:
    """The digest is that of the weights."""
    first = SentenceModel.open(write_model(tmp_path / "a", seed=1))
    second = SentenceModel.open(write_model(tmp_path / "b", seed=2))
    assert first.digest != second.digest


@pytest.mark.parametrize("broken", ["config.json", "model.safetensors", "vocab.txt"])
def test_a_missing_file_is_named(tmp_path: Path, broken: str) -> None:
    """A folder without one of its files is refused by name."""
    folder = write_model(tmp_path / "m")
    (folder / broken).unlink()
    with pytest.raises(BadInput, match=broken):
        SentenceModel.open(folder)


def test_a_truncated_weights_file_is_refused(tmp_path: Path) -> None:
    """Weights that end early are an error of the input, not a crash."""
    folder = write_model(tmp_path / "m")
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadInput, match="safetensors"):
        SentenceModel.open(folder)


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    """Only BERT encoders with GELU are understood, and the message says so."""
    folder = write_model(tmp_path / "m")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "roberta"}), encoding="utf-8")
    with pytest.raises(BadInput, match="BERT"):
        SentenceModel.open(folder)


def test_a_model_is_read_once(tmp_path: Path) -> None:
    """Who opens the same folder again gets the model that is in memory, unless its weights were replaced."""
    folder = write_model(tmp_path / "m", seed=1)
    first = open_model(folder)
    assert open_model(str(folder)) is first
    write_model(folder, seed=2)
    assert open_model(folder).digest != first.digest


def test_a_model_may_lie_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a package whose folder `model` holds the files will do, with hyphens as pip writes it."""
    write_model(tmp_path / "tiny_model_package" / "model")
    (tmp_path / "tiny_model_package" / "__init__.py").write_text("raise RuntimeError('not to be run')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert open_model("tiny-model-package").folder == tmp_path / "tiny_model_package" / "model"


@pytest.mark.parametrize("place", ["no-such-package", "/no/such/folder", "json"])
def test_a_place_without_a_model_is_named(place: str) -> None:
    """A folder or package that is not there, or holds no model, is refused by name."""
    with pytest.raises(BadInput, match=place):
        open_model(place)
