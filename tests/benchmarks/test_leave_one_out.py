"""The leave-one-out run: weights are put back, and a collection has no part in the choice for itself."""

from __future__ import annotations

import pytest

from benchmarks.leave_one_out import SHIPPED, chosen, weighed
from search import likeness, proximity, rerank


def weights() -> tuple[float, ...]:
    """The weights of the closer look as they stand."""
    return (
        proximity.ORDERED,
        proximity.UNORDERED,
        rerank.NEIGHBOUR_WEIGHT,
        likeness.LATENT_WEIGHT,
        likeness.LEADERS_WEIGHT,
    )


def test_weights_are_put_back() -> None:
    """Inside the block each weight is multiplied by its factor; after it, also after an error, all are as before."""
    before = weights()
    with pytest.raises(KeyError), weighed((2.0, 0.5, 1.0, 4.0)):
        assert weights() == pytest.approx([w * f for w, f in zip(before, (2, 2, 0.5, 1, 4), strict=True)])
        raise KeyError
    assert weights() == before


def test_a_collection_has_no_part_in_its_own_choice() -> None:
    """The best on the others is chosen, however good something else is on the one left out; ties change the least."""
    other, worse = (2.0, 1.0, 1.0, 1.0), (0.5, 0.5, 1.0, 1.0)
    measured = {
        other: {"a": 9.0, "b": 1.0, "c": 1.0},
        worse: {"a": 0.0, "b": 2.0, "c": 2.0},
        SHIPPED: {"a": 0.0, "b": 2.0, "c": 2.0},
    }
    assert chosen(measured, "a") == SHIPPED
    assert chosen(measured, "b") == other
