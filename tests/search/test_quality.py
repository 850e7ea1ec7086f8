"""The measures of a ranking, against `ir_measures`, and the significance test, against enumeration."""

from __future__ import annotations

from itertools import product

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, RR, P, R, nDCG

from search import quality

PEERS = {"ndcg@10": nDCG @ 10, "recall@100": R @ 100, "map": AP, "p@10": P @ 10, "mrr": RR}

documents = st.integers(0, 150).map("d{}".format)
rankings = st.lists(documents, max_size=140, unique=True)
judgements = st.dictionaries(documents, st.integers(-1, 4), min_size=1, max_size=140)


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(rankings, judgements), min_size=1))
def test_every_measure_agrees_with_ir_measures(queries: dict[str, tuple[list[str], dict[str, int]]]) -> None:
    """Each query's figure and the mean are those of ir_measures."""
    run = {
        query: {id: float(len(ranking) - place) for place, id in enumerate(ranking)}
        for query, (ranking, _) in queries.items()
    }
    qrels = {query: judged for query, (_, judged) in queries.items()}
    ours = {query: quality.measure(ranking, judged) for query, (ranking, judged) in queries.items()}
    for name, peer in PEERS.items():
        theirs = {found.query_id: found.value for found in ir_measures.iter_calc([peer], qrels, run)}
        for query, figures in ours.items():
            assert figures[name] == pytest.approx(theirs.get(query, 0.0), abs=1e-9)
        assert quality.mean(ours)[name] == pytest.approx(ir_measures.calc_aggregate([peer], qrels, run)[peer], abs=1e-9)


def test_a_worked_example() -> None:
    """The figures of a ranking worked out by hand."""
    figures = quality.measure(["x", "a", "y", "b"], {"a": 3, "b": 1, "c": 0, "d": 2})
    ideal = 3 / 1 + 2 / 1.5849625 + 1 / 2
    assert figures["ndcg@10"] == pytest.approx((3 / 1.5849625 + 1 / 2.32192809) / ideal)
    assert figures["recall@100"] == pytest.approx(2 / 3)
    assert figures["map"] == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert figures["p@10"] == pytest.approx(0.2)
    assert figures["mrr"] == pytest.approx(0.5)


def test_a_ranking_that_repeats_a_document_is_refused() -> None:
    """A document may stand in a ranking only once: twice would count its gain twice."""
    with pytest.raises(ValueError, match="twice"):
        quality.measure(["a", "b", "a"], {"a": 1})


def test_no_queries_have_a_mean_of_nothing() -> None:
    """The mean over no queries is 0 in every measure, not an error."""
    assert quality.mean({}) == dict.fromkeys(quality.MEASURES, 0.0)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=7))
def test_the_p_value_is_that_of_all_sign_patterns(pairs: list[tuple[int, int]]) -> None:
    """The randomisation test estimates the share of sign patterns that differ at least as much."""
    first = {str(at): a / 4 for at, (a, _) in enumerate(pairs)}
    second = {str(at): b / 4 for at, (_, b) in enumerate(pairs)}
    differences = [(a - b) / 4 for a, b in pairs]
    patterns = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=len(pairs))
    ]
    exact = sum(value >= abs(sum(differences)) - 1e-9 for value in patterns) / len(patterns)
    found = quality.compare("ndcg@10", first, second, permutations=4_000)
    assert found.p_value == pytest.approx(exact, abs=0.04)
    assert found.difference == pytest.approx(sum(differences) / len(pairs))
    assert found.better + found.worse + found.equal == len(pairs)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30), st.integers(0, 5))
def test_the_test_is_symmetric_and_repeatable(pairs: list[tuple[float, float]], seed: int) -> None:
    """The same values give the same p-value, whichever configuration is named first."""
    first = {str(at): a for at, (a, _) in enumerate(pairs)}
    second = {str(at): b for at, (_, b) in enumerate(pairs)}
    there = quality.compare("map", first, second, permutations=200, seed=seed)
    back = quality.compare("map", second, first, permutations=200, seed=seed)
    assert there.p_value == back.p_value
    assert (there.better, there.worse) == (back.worse, back.better)
    assert 0 < there.p_value <= 1


def test_different_queries_cannot_be_compared() -> None:
    """A paired test needs the same queries on both sides."""
    with pytest.raises(ValueError, match="same queries"):
        quality.compare("map", {"a": 1.0}, {"b": 1.0})
