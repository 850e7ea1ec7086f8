"""What a question is about, for the learned parts of ranking: its words, and what else they mean.

`search.rerank` compares the vectors of these words with those of records. Words as typed are often not the words of the
subject: "making money for the council" is about income and trade, and only the synonyms say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from search import light_words
from search.expansion import Meant
from search.read_words import WordClause

Subject = tuple[tuple[str, float], ...]
"""Stems with their weights, each stem once."""


def subject_of(clauses: Sequence[WordClause], meant: Sequence[Meant] | None) -> Subject:
    """The stems of the clauses, and of the synonyms among `meant`; None for a query that is searched as typed.

    A stem that comes n times weighs √n; the stems of a synonym share its weight.
    """
    light = light_words.weights([clause.surface for clause in clauses]) if meant is not None else [1.0] * len(clauses)
    times: dict[str, float] = {}
    for clause, weight in zip(clauses, light, strict=True):
        for term in clause.terms:
            times[term] = times.get(term, 0.0) + clause.times * weight
    weights = {term: sqrt(count) if count > 1.0 else count for term, count in times.items()}
    for alternative in (each for one in meant or () for each in one.alternatives):
        for term in alternative.terms:
            weights[term] = weights.get(term, 0.0) + alternative.weight / len(alternative.terms)
    return tuple(weights.items())
