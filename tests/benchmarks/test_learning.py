"""The benchmark of learning in parts: settings are put back, and collections keep their own queries."""

from __future__ import annotations

import pytest

from benchmarks.learning import learned_in_parts, pool
from index import latent, neighbours


def settings() -> tuple[int, ...]:
    """The settings that the benchmark changes."""
    return latent.SAMPLE, latent.SAMPLED, neighbours.EXACT, neighbours.CELL


def test_settings_are_put_back() -> None:
    """Inside the block a part of the records is the sample; after it, also after an error, all is as before."""
    before = settings()
    with pytest.raises(KeyError), learned_in_parts(4_000, 4, 50):
        assert len(latent._sample(4_000)) == 1_000
        assert settings()[2:] == (0, 50)
        raise KeyError
    assert settings() == before


def test_records_of_others_are_not_judged() -> None:
    """Every judged case study is known by its own id in the pool."""
    records, (asked,) = pool([])
    assert {asked.known_as[record.id] for record in records} >= {
        id for each in asked.judgements.values() for id in each
    }
