"""Chunks get the numbers that a dictionary would give them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import chunks
from index.chunks import ChunkNumbers

TEXTS = st.lists(
    st.lists(
        st.sampled_from(["a", "council,", "fifteen-bytes-x", "sixteen-bytes-xy", "\n", "", "é", "x\x00", "8letters"])
        | st.text(max_size=20),
        max_size=12,
    ).map(" ".join),
    max_size=6,
)


def expected(texts: list[str]) -> list[list[bytes]]:
    """The chunks of each text, cut by a regular expression."""
    return [re.findall(rb"\n|[^ \n]+", text.encode()) for text in texts]


@settings(deadline=None, max_examples=60)
@given(batches=st.lists(TEXTS, max_size=3))
def test_numbers_stand_for_the_chunks(batches: list[list[str]]) -> None:
    """Every chunk has one number, two chunks never share one, and new ones are told in order."""
    numbers, known = ChunkNumbers(), []
    for texts in batches:
        cut = numbers.cut([text.encode() for text in texts])
        known += cut.new
        assert cut.counts.tolist() == [len(each) for each in expected(texts)]
        assert [known[number] for number in cut.numbers.tolist()] == [one for each in expected(texts) for one in each]
    assert len(set(known)) == len(known) == numbers.count


def test_the_table_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that starts with a few slots still tells thousands of chunks apart."""
    monkeypatch.setattr(chunks, "_FIRST_SLOTS", 4)
    monkeypatch.setattr(chunks, "AT_ONCE", 100)
    words = [f"w{number % 3000}" for number in range(9000)]
    numbers = ChunkNumbers()
    cut = numbers.cut([" ".join(words).encode()])
    assert [cut.new[number].decode() for number in cut.numbers.tolist()] == words
    assert numbers.count == 3000
