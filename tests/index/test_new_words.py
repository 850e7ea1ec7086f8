"""The terms of a batch are numbered as they come and ordered as their bytes are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.chunk_terms import Vocabulary


@given(batches=st.lists(st.lists(st.text(max_size=4), max_size=8), max_size=4))
def test_the_order_is_that_of_the_bytes_however_often_it_is_asked_for(batches: list[list[str]]) -> None:
    """Terms that come later take their places among those that are in order already."""
    vocabulary = Vocabulary()
    for terms in batches:
        for term in terms:
            assert 0 <= vocabulary[term] < len(vocabulary)
        names = vocabulary.names()
        assert names == list(vocabulary)
        ordered = [names[number] for number in vocabulary.in_order().tolist()]
        assert ordered == sorted(names, key=lambda name: name.encode("utf-8", "surrogatepass"))
