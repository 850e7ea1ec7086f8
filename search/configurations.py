"""The ways of ranking that `casefinder evaluate` measures and compares, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from corpus.errors import BadInput
from corpus.model import CaseStudy
from search.engine import open_engine
from search.evaluation import Configuration
from search.options import PLAIN, RANKINGS

BM25_K1: Final = 0.9
BM25_B: Final = 0.4
"""Constants of the usual baseline, as the published BEIR figures of Anserini and Pyserini use them."""


def configuration(name: str) -> Configuration:
    """The configuration with this name: one of `RANKINGS`, or "bm25".

    "bm25" is the plain baseline: title and body as one text, one weight, the
    textbook's idf, no further step. Raises `BadInput` for any other name.
    """
    if name == "bm25":
        return Configuration(name, build=_build_plain, open=partial(open_engine, ranking=PLAIN))
    if name not in RANKINGS:
        raise BadInput(f"There is no configuration {name!r} (expected one of {', '.join(RANKINGS)}, bm25).")
    return Configuration(name, open=partial(open_engine, ranking=RANKINGS[name]))


def _build_plain(records: Iterable[CaseStudy], path: Path, progress: Callable[[int, int | None], None]) -> None:
    from index import build_index
    from index.codec import FieldWeight
    from index.schema import ranking_settings

    joined = (CaseStudy(id=record.id, title=record.title, body=f"{record.title}\n{record.body}") for record in records)
    build_index(joined, path, progress, impacts=ranking_settings(BM25_K1, (FieldWeight("body", 1.0, BM25_B),)))
