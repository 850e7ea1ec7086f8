"""Document lists come back as they were given, plain or compact."""

from __future__ import annotations

import codec_support as support
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.codec import CodecSettings, FieldPostings, FieldSpec, SegmentBuilder, encode_stored, held_lists
from index.codec.files import field_path
from index.codec.held_lists import HeldLists

LAST = 100_000
"""Documents of the segment: enough for gaps of one, two and four bytes."""

doc_sets = st.sets(
    st.integers(0, 40) | st.integers(0, 3_000).map(lambda n: n * 30) | st.integers(0, LAST - 1), min_size=1, max_size=30
)


@given(st.lists(doc_sets.map(sorted), min_size=1, max_size=12), st.integers(1, 5), st.booleans(), st.data())
@settings(max_examples=60, deadline=None)
def test_document_lists_come_back(lists: list[list[int]], batch: int, compact: bool, data: st.DataObject) -> None:
    """One term or a range of them, in any batches and with gaps of any size."""
    with support.new_folder() as folder:
        builder = SegmentBuilder(
            folder, "MAIN_d", CodecSettings(compact=("body",) if compact else ()), {"body": FieldSpec()}
        )
        builder.add_stored([encode_stored({}, ())] * LAST)
        for at in range(0, len(lists), batch):
            some = lists[at : at + batch]
            terms = [b"t%03d" % (at + number) for number in range(len(some))]
            builder.add_terms("body", terms, np.array([len(docs) for docs in some]), np.concatenate(some))
        builder.finish()
        field = FieldPostings.open(field_path(folder, "MAIN_d", "body"), "body")
        assert ("docs" in field.file) != compact
        field.verify()
        assert field.posting_count == sum(map(len, lists))
        for ordinal, docs in enumerate(lists):
            assert field.docs(ordinal).dtype == np.int32
            assert field.docs(ordinal).tolist() == docs
            assert field.df(ordinal) == len(docs)
        lo = data.draw(st.integers(0, len(lists)))
        hi = data.draw(st.integers(lo, len(lists)))
        assert field.docs_of_range(lo, hi).dtype == np.int32
        assert field.docs_of_range(lo, hi).tolist() == [doc for docs in lists[lo:hi] for doc in docs]


@settings(deadline=None)
@given(
    lists=st.lists(st.lists(st.integers(1, 300), min_size=1, max_size=5), min_size=1, max_size=6),
    batch=st.integers(1, 6),
)
def test_frequencies_of_compact_fields_come_back(lists: list[list[int]], batch: int) -> None:
    """Bits that say where each posting begins give the frequencies again, for one term and for ranges of terms."""
    with support.new_folder() as folder:
        spec = FieldSpec(positions=True, scorable=True)
        builder = SegmentBuilder(folder, "MAIN_f", CodecSettings(compact=("body",)), {"body": spec})
        builder.add_stored([(b"{}", b"")] * 5)
        for at in range(0, len(lists), batch):
            some = lists[at : at + batch]
            freqs = np.array([freq for each in some for freq in each])
            builder.add_terms(
                "body",
                [b"%04d" % (at + number) for number in range(len(some))],
                np.array(list(map(len, some))),
                np.concatenate([np.arange(len(each)) for each in some]),
                freqs,
                np.concatenate([np.arange(freq) for freq in freqs]),
            )
        builder.finish()
        field = FieldPostings.open(folder / "MAIN_f.body.pst", "body")
        assert "firsts" in field.file
        assert "freqs" not in field.file
        for ordinal, freqs in enumerate(lists):
            assert field.freqs(ordinal).tolist() == freqs
            assert field.cf(ordinal) == sum(freqs)
        assert field.freqs_of_range(1, len(lists)).tolist() == [freq for each in lists[1:] for freq in each]
        field.verify()


def test_lists_at_hand_stay_within_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What all fields keep together is dropped when it takes too many bytes, and each field drops too many lists."""
    monkeypatch.setattr(held_lists, "_spent", 0)
    monkeypatch.setattr(held_lists, "MOST_BYTES", 100)
    monkeypatch.setattr(held_lists, "MOST", 3)
    one, other = HeldLists(), HeldLists()
    made = np.zeros(10, np.int32), None, np.zeros(10, np.uint8)
    assert one.keep(1, made, worked_out=True) is one[1]
    other.keep(1, made, worked_out=True)
    other.keep(2, made, worked_out=True)
    assert (len(one), list(other)) == (0, [2])
    for ordinal in range(4):
        one.keep(ordinal, made, worked_out=False)
    assert list(one) == [3]
