"""The best k against sorting them all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from search.top import best_places


def slowly(keys: np.ndarray, ranks: np.ndarray, k: int) -> list[int]:
    """Largest key first, equal ones by rank."""
    return sorted(range(len(keys)), key=lambda at: (-keys[at], ranks[at]))[: max(k, 0)]


@given(st.lists(st.sampled_from([0.0, 0.5, 0.5, 1.0, 7.25]), max_size=60), st.randoms(), st.integers(-1, 70))
def test_ties_go_by_rank(drawn: list[float], dice: object, k: int) -> None:
    """Many equal keys, any k: exactly what sorting gives."""
    keys = np.array(drawn, dtype=np.float32)
    ranks = np.arange(len(drawn), dtype=np.int32)
    dice.shuffle(ranks)  # type: ignore[attr-defined]
    assert best_places(keys, ranks, k).tolist() == slowly(keys, ranks, k)


@pytest.mark.parametrize("distinct", [1, 2, 50, 1_000_000])
@pytest.mark.parametrize("k", [1, 10, 100, 1_000, 19_999, 20_000, 30_000])
def test_large_answers_too(distinct: int, k: int) -> None:
    """The floor from a sample leaves nothing out, with few and with many distinct keys."""
    random = default_rng(k + distinct)
    keys = random.integers(0, distinct, 20_000).astype(np.float32)
    ranks = random.permutation(20_000).astype(np.int32)
    assert best_places(keys, ranks, k).tolist() == slowly(keys, ranks, k)


def test_ranks_may_be_those_of_all_documents() -> None:
    """With `docs`, ranks are looked up by document."""
    random = default_rng(7)
    docs = np.sort(random.permutation(50_000)[:20_000]).astype(np.int32)
    ranks = random.permutation(50_000).astype(np.int32)
    keys = random.integers(0, 5, 20_000).astype(np.float32)
    for k in (1, 10, 20_000):
        assert best_places(keys, ranks, k, docs).tolist() == best_places(keys, ranks[docs], k).tolist()


def test_integers_sort_too() -> None:
    """Years and title ranks are keys as well as scores are."""
    keys = np.array([2019, -(1 << 30), 2021, 2019], dtype=np.int32)
    assert best_places(keys, np.array([3, 2, 1, 0]), 4).tolist() == [2, 3, 0, 1]
