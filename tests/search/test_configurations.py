"""The named configurations of `evaluate`: they exist, they differ, and the baseline is the textbook's BM25."""

from __future__ import annotations

from math import log
from pathlib import Path

import pytest

import cli
from corpus import CaseStudy
from corpus.errors import BadInput
from search import SearchRequest
from search.configurations import BM25_B, BM25_K1, configuration

RECORDS = [
    CaseStudy(id="one", title="Parks", body="walking groups in parks and parks by rivers"),
    CaseStudy(id="two", title="Rivers", body="parks"),
    CaseStudy(id="three", title="Houses", body="damp houses made warm"),
]


def test_every_name_of_the_command_line_is_a_configuration() -> None:
    """What `--config` offers is what there is, and each goes by its name."""
    assert [configuration(name).name for name in cli.CONFIGURATIONS] == list(cli.CONFIGURATIONS)


def test_unknown_name() -> None:
    """Another name is refused with the known ones."""
    with pytest.raises(BadInput, match=r"expected one of .*full.*, bm25"):
        configuration("best")


def test_baseline_is_bm25(tmp_path: Path) -> None:
    """Scores of one word are BM25 over title and body together, with Lucene's idf and nothing else."""
    baseline = configuration("bm25")
    baseline.build(RECORDS, tmp_path / "index", lambda done, total: None)
    engine = baseline.open(tmp_path / "index")
    try:
        hits = engine.search(SearchRequest(text="parks", literal=True)).hits
    finally:
        engine.close()
    # Terms of title and body without stop words.
    lengths = {"one": 6, "two": 2, "three": 5}
    average = sum(lengths.values()) / len(lengths)
    counts = {"one": 3, "two": 1}
    expected = {
        id: count / (count + BM25_K1 * (1 - BM25_B + BM25_B * lengths[id] / average)) for id, count in counts.items()
    }
    scores = {hit.id: hit.score for hit in hits}
    assert scores.keys() == expected.keys()
    idf = log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    assert scores == {id: pytest.approx(idf * share, rel=1e-3) for id, share in expected.items()}
