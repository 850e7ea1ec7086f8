"""A sentence model of a few kilobytes with random weights, in the files of a sentence-transformers folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "damp",
    "home",
    "##s",
    "fall",
    "##ing",
    "cafe",
    ",",
    "$",
    "1",
    "##2",
    "中",
]


def write_model(folder: Path, seed: int = 0, layers: int = 2, dims: int = 8) -> Path:
    """A tiny random BERT in the files of a sentence-transformers folder."""
    random = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray] = {
        "embeddings.word_embeddings.weight": random.normal(size=(len(VOCABULARY), dims)),
        "embeddings.position_embeddings.weight": random.normal(size=(32, dims)),
        "embeddings.token_type_embeddings.weight": random.normal(size=(2, dims)),
    }
    shapes = {
        "attention.self.query": (dims, dims),
        "attention.self.key": (dims, dims),
        "attention.self.value": (dims, dims),
        "attention.output.dense": (dims, dims),
        "intermediate.dense": (4 * dims, dims),
        "output.dense": (dims, 4 * dims),
    }
    for layer in range(layers):
        for name, shape in shapes.items():
            tensors[f"encoder.layer.{layer}.{name}.weight"] = random.normal(size=shape) * 0.3
            tensors[f"encoder.layer.{layer}.{name}.bias"] = random.normal(size=shape[0]) * 0.1
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            tensors[f"encoder.layer.{layer}.{name}.weight"] = np.ones(dims)
            tensors[f"encoder.layer.{layer}.{name}.bias"] = np.zeros(dims)
    tensors["embeddings.LayerNorm.weight"] = np.ones(dims)
    tensors["embeddings.LayerNorm.bias"] = np.zeros(dims)
    header: dict[str, object] = {}
    data = b""
    for name, tensor in tensors.items():
        raw = tensor.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": dims,
        "num_attention_heads": 2,
        "num_hidden_layers": layers,
        "max_position_embeddings": 32,
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
