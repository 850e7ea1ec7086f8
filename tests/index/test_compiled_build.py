"""The compiled loops of a build give what the numpy functions beside them give, and refuse what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from c_compiler import can_compile
from compiled_support import built, plain, using
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunks import ChunkNumbers
from index.codec import doc_lists, form_postings, posting_lists
from index.compiled import SWITCH, compiled
from index.stretches import Stretches, copy_stretches
from index.tokens import Chunks, Groups, Tokens, grouped, placed

needed = pytest.mark.usefixtures("loops")


@pytest.fixture
def loops() -> None:
    """The loops: missing only on somebody's machine without a C compiler, where there is nothing to refuse."""
    assert built is not None or not can_compile()


def test_the_loops_were_built() -> None:
    """They are missing only on somebody's machine without a C compiler or Python's headers."""
    assert built is not None or not can_compile()


def test_the_switch_turns_them_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """CASEFINDER_KERNEL=off leaves numpy alone."""
    monkeypatch.setenv(SWITCH, "off")
    assert compiled("index._kernel") is None


TEXTS = st.lists(st.text("ab\n £", max_size=40).map(str.encode), max_size=8)


@settings(deadline=None)
@given(batches=st.lists(TEXTS, min_size=1, max_size=3))
def test_chunks_are_cut_alike(batches: list[list[bytes]]) -> None:
    """Both give the same chunks; the numbers of new ones may differ, what they stand for does not."""
    cuts = []
    for kernel in (built, None):
        with using(kernel):
            numbers, known = ChunkNumbers(), []
            for texts in batches:
                cut = numbers.cut(texts)
                known += cut.new
                cuts.append(([known[number] for number in cut.numbers.tolist()], cut.counts.tolist()))
    half = len(batches)
    assert cuts[:half] == cuts[half:]


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[Chunks, Any, Any]:
    """What some chunks give, and texts of them."""
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=5))
    entries = sum(sizes)
    numbers_of = st.lists(st.integers(0, 5), min_size=entries, max_size=entries)
    advances = draw(st.lists(st.sampled_from([0, 1, 2, 100, 1 << 23]), min_size=len(sizes), max_size=len(sizes)))
    starts = np.concatenate(([0], np.cumsum(sizes)))
    made = (np.array(each, np.int32) for each in (starts, draw(numbers_of), draw(numbers_of), advances))
    counts = np.array(draw(st.lists(st.integers(0, 4), max_size=5)), np.int64)
    total = int(counts.sum())
    numbers = draw(st.lists(st.integers(0, len(sizes) - 1), min_size=total, max_size=total))
    return Chunks(*made), np.array(numbers, np.int32), counts


@settings(deadline=None)
@given(made=cut_texts())
def test_tokens_are_placed_alike(made: tuple[Chunks, Any, Any]) -> None:
    """Documents and positions of tokens and chunks, also where a text has more positions than there are."""
    answers = []
    for kernel in (built, None):
        with using(kernel):
            found = placed(*made)
            answers.append([*plain(found.tokens), *plain(found[1:])])
    assert answers[0] == answers[1]


@settings(deadline=None)
@given(
    words=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=40),
    carrier_of=st.lists(st.integers(-1, 6), min_size=5, max_size=5),
)
def test_postings_are_grouped_alike(words: list[tuple[int, int]], carrier_of: list[int]) -> None:
    """Terms, frequencies, positions and words; tokens without a carrier are left out."""
    ordered = sorted(words)
    docs, exact = (np.array([each[at] for each in ordered], np.int32) for at in (0, 1))
    made = Tokens(exact, docs, np.arange(len(ordered), dtype=np.int32))
    answers = []
    for kernel in (built, None):
        with using(kernel):
            answers.append(plain(grouped(made, np.array(carrier_of, np.int32), 7)))
    assert answers[0] == answers[1]
    groups = Groups(*map(np.array, answers[0]))
    below, above = groups.cut(3)
    assert [a + b for a, b in zip(plain(below), plain(above), strict=True)] == answers[0]
    assert all(term < 3 for term in below.terms)
    assert all(term >= 3 for term in above.terms)


@given(data=st.data(), dtype=st.sampled_from(["u1", "u2", "u4"]), add=st.integers(0, 9), mapped=st.booleans())
def test_stretches_are_copied_alike(data: st.DataObject, dtype: str, add: int, mapped: bool) -> None:
    """Any stretches of a source to any places of a target."""
    source = np.array(data.draw(st.lists(st.integers(0, 20), min_size=1, max_size=12)), dtype)
    counts = data.draw(st.lists(st.integers(0, len(source)), max_size=4))
    starts = [data.draw(st.integers(0, len(source) - count)) for count in counts]
    targets = np.cumsum([0, *counts])[:-1]
    some = Stretches(*(np.array(each, np.int64) for each in (starts, counts, targets)))
    lookup = np.arange(100, 121) if mapped else None
    answers = []
    for kernel in (built, None):
        with using(kernel):
            target = np.zeros(sum(counts), np.uint32)
            copy_stretches(source, some, target, 0 if mapped else add, lookup)
            answers.append(target.tolist())
    assert answers[0] == answers[1]


@given(gaps=st.lists(st.integers(0, 255), max_size=20), dtype=st.sampled_from(["u1", "u2", "u4"]))
def test_gaps_are_unfolded_alike(gaps: list[int], dtype: str) -> None:
    """Documents are running sums of the gaps."""
    if built is not None:
        docs = np.empty(len(gaps) + 1, np.int32)
        built.unfold(7, np.array(gaps, dtype), docs)
        assert docs.tolist() == np.cumsum([7, *gaps]).tolist()


@given(data=st.data(), sizes=st.lists(st.integers(0, 4), max_size=6), base=st.integers(0, 5))
def test_lists_are_unfolded_alike(data: st.DataObject, sizes: list[int], base: int) -> None:
    """Many lists at once, with gaps of each kind in turn."""
    kinds = np.array([data.draw(st.integers(0, 2)) for _ in sizes], np.uint8)
    starts = np.cumsum([base, *(size + 1 for size in sizes)])
    firsts = np.array([data.draw(st.integers(0, 300)) for _ in sizes], np.uint16)
    gaps = []
    for kind, dtype in enumerate(("u1", "u2", "u4")):
        total = sum(size for size, own in zip(sizes, kinds, strict=True) if own == kind)
        gaps.append(np.array(data.draw(st.lists(st.integers(1, 255), min_size=total, max_size=total)), dtype))
    answers = []
    for kernel in (built, None):
        with using(kernel):
            answers.append(doc_lists.unfolded(firsts, kinds, gaps, starts).tolist())
    assert answers[0] == answers[1]


@given(
    freqs=st.lists(st.sampled_from([1, 1, 2, 7, 8, 9, 300]), max_size=12),
    before=st.integers(0, 7),
    more=st.integers(0, 2),
)
def test_spans_are_measured_alike(freqs: list[int], before: int, more: int) -> None:
    """From each set bit to the next; None where there are not as many as told, or the first is not set."""
    bits = np.zeros(before + sum(freqs) + 9, np.uint8)
    bits[before + np.cumsum([0, *freqs])[:-1]] = 1
    packed = np.packbits(bits, bitorder="little")
    answers = []
    for kernel in (built, None):
        with using(kernel):
            found = posting_lists.spans(packed, before, sum(freqs), len(freqs))
            assert found is not None
            assert found.dtype == (np.uint32 if 300 in freqs else np.uint8)
            answers.append(found.tolist())
            assert more == 0 or posting_lists.spans(packed, before, sum(freqs), len(freqs) + more) is None
            if sum(freqs) > 1 and freqs[0] > 1:
                assert posting_lists.spans(packed, before + 1, sum(freqs) - 1, len(freqs)) is None
    assert answers == [freqs, freqs]


@given(data=st.data(), freqs=st.lists(st.integers(1, 4), max_size=12), plain_freqs=st.booleans())
def test_forms_are_picked_alike(data: st.DataObject, freqs: list[int], plain_freqs: bool) -> None:
    """The postings and positions of one word of a stem."""
    total = len(freqs) if plain_freqs else sum(freqs)
    docs = np.arange(len(freqs), dtype=np.int32) * 3
    forms = np.array(data.draw(st.lists(st.integers(0, 2), min_size=total, max_size=total)), np.uint8)
    positions = np.arange(total).astype(np.uint16)
    answers = []
    for kernel in (built, None):
        with using(kernel):
            counts = None if plain_freqs else np.array(freqs, np.uint8)
            some, theirs, places = form_postings.standing((docs, counts, positions), forms, 1)
            assert places.dtype == positions.dtype
            answers.append((some.tolist(), None if theirs is None else theirs.tolist(), places.tolist()))
    assert answers[0] == answers[1]


@needed
def test_what_does_not_fit_is_refused() -> None:
    """Numbers that lead outside an array end in an exception."""
    if built is None:
        return
    i4, i8, u4 = (lambda *v: np.array(v, np.int32)), (lambda *v: np.array(v, np.int64)), np.zeros(2, np.uint32)
    empty = np.zeros(2, np.int32)
    hashing = (1, 1, 63)
    table = np.zeros(8, np.uint64)
    text = np.frombuffer(b"a b" + bytes(20), np.uint8)
    outs = np.empty(1, np.int32), np.empty(1, np.int64), np.empty(1, np.int32), np.empty(1, np.int64)
    no_gaps = np.zeros(0, np.uint8), np.zeros(0, np.uint16), np.zeros(0, np.uint32)
    part = i8(0), i8(1), i4(3), np.array([1], np.uint8), np.ones(2)
    calls = [
        ("not room", lambda: built.cut(text, i8(3), table, hashing, *outs)),
        ("outside", lambda: built.cut(text, i8(99), table, hashing, *outs)),
        ("do not fit", lambda: built.cut(text, i8(3), table, (1, 1, 60), *outs)),
        ("outside", lambda: built.tokens(i4(1), i8(1), i4(0, 0), i4(), i4(), i4(1), 9, *[i4()] * 3, i4(0), i4(0))),
        ("counts", lambda: built.tokens(i4(0), i8(2), i4(0, 0), i4(), i4(), i4(1), 9, *[i4()] * 3, i4(0), i4(0))),
        ("outside", lambda: built.group(i4(7), i4(0), i4(0), i4(0), 1, u4, u4.copy(), empty, *[u4.copy()] * 3)),
        ("outside", lambda: built.stretches(u4, i8(1), i8(2), u4.copy(), i8(0), 0, None)),
        ("not in the map", lambda: built.stretches(u4, i8(0), i8(2), u4.copy(), i8(0), 0, i8())),
        ("do not fit", lambda: built.unfold(0, u4, empty)),
        (
            "outside",
            lambda: built.unfold_lists(u4[:1], np.array([0], np.uint8), *no_gaps, i8(0, 2), np.zeros(2, np.int32)),
        ),
        ("outside", lambda: built.spans(text, 0, 9999, np.empty(1, np.uint8))),
        ("do not fit", lambda: built.standing(i4(0), None, u4, u4[:1], 0, i4(0), u4[:1].copy(), u4.copy())),
        (
            "not as many",
            lambda: built.standing(i4(0, 1, 2), None, u4, u4, 0, i4(0, 0, 0), *[np.zeros(3, np.uint32)] * 2),
        ),
        ("outside", lambda: built.join([part], 1.0, 9.0, i8(0), i4(0), np.zeros(1, np.uint16))),
    ]
    for message, call in calls:
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(TypeError, match="expected"):
        built.group(i8(7), i4(0), i4(0), i4(0), 1, u4, u4.copy(), empty, *[u4.copy()] * 3)
