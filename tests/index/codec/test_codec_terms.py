"""The sorted term table against sorted lists."""

from __future__ import annotations

from bisect import bisect_left

import codec_support as support
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.codec import terms as terms_module
from index.codec.section_writer import SectionFileWriter
from index.codec.sections import SectionFile
from index.codec.terms import TermTable, TermTableWriter

some_bytes = st.binary(max_size=4) | st.text("abÿ", max_size=4).map(str.encode)


@given(
    st.sets(some_bytes, max_size=60).map(sorted),
    st.lists(some_bytes, min_size=1, max_size=12),
    st.integers(1, 9),
    st.integers(1, 7),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_look_ups_agree_with_a_sorted_list(
    terms: list[bytes], asked: list[bytes], stride: int, batch: int, include_lo: bool, include_hi: bool
) -> None:
    """Finding, walking, prefixes and ranges answer as a sorted list does, whatever the stride and the batches."""
    with support.new_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(terms_module, "STRIDE", stride)
        patch.setattr(terms_module, "CACHE", 3)
        patch.setattr(terms_module, "SCAN", 4)
        file = SectionFileWriter(folder / "t.pst")
        writer = TermTableWriter(file)
        for at in range(0, len(terms), batch):
            writer.append(terms[at : at + batch])
        file.finish()
        table = TermTable(SectionFile.open(folder / "t.pst"))
        assert table.count == writer.count == len(terms)
        assert list(table.walk(0, table.count)) == terms
        assert [table.term(ordinal) for ordinal in range(len(terms))] == terms
        for term in (*asked, *terms):
            assert table.find(term) == (terms.index(term) if term in terms else -1)
            assert table.lower_bound(term) == bisect_left(terms, term)
            lo, hi = table.prefix_range(term)
            assert terms[lo:hi] == [each for each in terms if each.startswith(term)]
        for low in (None, asked[0]):
            for high in (None, asked[-1]):
                lo, hi = table.range(low, high, include_lo, include_hi)
                assert terms[lo:hi] == [
                    each
                    for each in terms
                    if (low is None or (low <= each if include_lo else low < each))
                    and (high is None or (each <= high if include_hi else each < high))
                ]
