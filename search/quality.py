"""How good a ranking is: the measures of information retrieval, and a test of a difference.

A ranking is a sequence of document ids, best first. Judgements map the ids of
judged documents to integer grades; a document with a grade of 1 or more is
relevant, and a document that nobody judged counts as not relevant. Every
measure follows trec_eval, hence `ir_measures` (`nDCG@k` with linear gain,
`R@k`, `P@k`, `AP`, `RR`): the same names give the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from types import MappingProxyType
from typing import Final

import numpy as np

Ranking = Sequence[str]
Judgements = Mapping[str, int]

RELEVANT_FROM: Final = 1
"""The lowest grade that counts as relevant in the measures that know no grades."""

PERMUTATIONS: Final = 10_000
"""Random sign patterns of one significance test. The standard error of a
   p-value of 0.05 is then 0.002."""

_BLOCK: Final = 1_000
"""Sign patterns drawn at once: bounds the memory at 8 kB a query."""


def _relevant(judgements: Judgements) -> int:
    return sum(grade >= RELEVANT_FROM for grade in judgements.values())


def ndcg(ranking: Ranking, judgements: Judgements, cutoff: int = 10) -> float:
    """Normalised discounted cumulated gain of the first `cutoff` documents, 0 to 1.

    The gain of a document is its grade (negative grades count as 0) and its
    discount is log2(rank + 1), as in trec_eval's `ndcg_cut` (Järvelin and
    Kekäläinen 2002, in the linear form). The ideal ranking is made of all judged
    documents. 0 where nothing is relevant.
    """
    ideal = sorted((grade for grade in judgements.values() if grade > 0), reverse=True)[:cutoff]
    if not ideal:
        return 0.0
    gained = sum(max(judgements.get(id, 0), 0) / log2(place + 2) for place, id in enumerate(ranking[:cutoff]))
    return gained / sum(grade / log2(place + 2) for place, grade in enumerate(ideal))


def recall(ranking: Ranking, judgements: Judgements, cutoff: int = 100) -> float:
    """Share of the relevant documents among the first `cutoff`, 0 to 1; 0 where nothing is relevant."""
    relevant = _relevant(judgements)
    found = sum(judgements.get(id, 0) >= RELEVANT_FROM for id in ranking[:cutoff])
    return found / relevant if relevant else 0.0


def precision(ranking: Ranking, judgements: Judgements, cutoff: int = 10) -> float:
    """Share of relevant documents among the first `cutoff` places, empty places counting as misses."""
    return sum(judgements.get(id, 0) >= RELEVANT_FROM for id in ranking[:cutoff]) / cutoff


def average_precision(ranking: Ranking, judgements: Judgements) -> float:
    """Mean, over the relevant documents, of the precision at the place of each (0 where it is not found)."""
    relevant = _relevant(judgements)
    found, total = 0, 0.0
    for place, id in enumerate(ranking, start=1):
        if judgements.get(id, 0) >= RELEVANT_FROM:
            found += 1
            total += found / place
    return total / relevant if relevant else 0.0


def reciprocal_rank(ranking: Ranking, judgements: Judgements) -> float:
    """One over the place of the first relevant document; 0 where none is found."""
    for place, id in enumerate(ranking, start=1):
        if judgements.get(id, 0) >= RELEVANT_FROM:
            return 1.0 / place
    return 0.0


MEASURES: Final[Mapping[str, Callable[[Ranking, Judgements], float]]] = MappingProxyType(
    {
        "ndcg@10": ndcg,
        "recall@100": recall,
        "map": average_precision,
        "p@10": precision,
        "mrr": reciprocal_rank,
    }
)
"""Every measure that an evaluation reports, by the name under which programs see it."""


def measure(ranking: Ranking, judgements: Judgements) -> dict[str, float]:
    """Every measure of one ranking. Raises `ValueError` when a document stands in it twice."""
    if len(set(ranking)) != len(ranking):
        raise ValueError("A ranking holds the same document twice.")
    return {name: of(ranking, judgements) for name, of in MEASURES.items()}


def mean(per_query: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Mean of every measure over the queries; every query weighs the same. All 0 where there is no query."""
    return {
        name: sum(figures[name] for figures in per_query.values()) / len(per_query) if per_query else 0.0
        for name in MEASURES
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The mean difference of one measure between two configurations, and how surprising it would be by chance.

    `difference` is first minus second. `p_value` is two-sided. `better`,
    `worse` and `equal` count queries from the first configuration's side.
    """

    measure: str
    difference: float
    p_value: float
    better: int
    worse: int
    equal: int


def compare(
    name: str,
    first: Mapping[str, float],
    second: Mapping[str, float],
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Comparison:
    """Paired randomisation test of one measure's values, given per query.

    Under the null hypothesis a query's two values could be swapped, so the sign
    of each difference is random (Fisher's test; recommended for retrieval by
    Smucker, Allan and Carterette, CIKM 2007). The p-value counts the observed
    pattern itself, (hits + 1) / (permutations + 1), so that it is never 0.

    Raises `ValueError` when the two do not hold the same queries.
    """
    if first.keys() != second.keys():
        raise ValueError("Two configurations can be compared only on the same queries.")
    queries = sorted(first)
    differences = np.array([first[query] - second[query] for query in queries], dtype=np.float64)
    better, worse = int((differences > 0).sum()), int((differences < 0).sum())
    equal = len(queries) - better - worse
    if better == worse == 0:
        return Comparison(name, 0.0, 1.0, better, worse, equal)
    observed = abs(float(differences.sum()))
    # Sums of the same numbers in another order differ in the last bits; they are ties all the same.
    bar = observed * (1 - 1e-12) - 1e-15
    random = np.random.default_rng(seed)
    hits, left = 0, permutations
    while left > 0:
        block = min(left, _BLOCK)
        signs = random.integers(0, 2, size=(block, len(queries)), dtype=np.int8) * 2 - 1
        hits += int((np.abs((signs * differences).sum(axis=1)) >= bar).sum())
        left -= block
    return Comparison(name, float(differences.mean()), (hits + 1) / (permutations + 1), better, worse, equal)
