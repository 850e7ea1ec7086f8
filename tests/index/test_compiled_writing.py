"""The compiled loops that write records and posting lists give what json and numpy give."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from compiled_support import built, using
from hypothesis import given, settings
from hypothesis import strategies as st

from index.codec import FieldSpec
from index.codec.doc_lists import DO_NOT_ASCEND, DO_NOT_FIT, DocListWriter, largest_document
from index.codec.first_bits import FirstBits
from index.codec.form_writer import FormFileWriter
from index.codec.section_writer import SectionFileWriter


class Kept(SectionFileWriter):
    """A writer whose sections are read again before they are written."""

    def values(self) -> dict[str, list[int]]:
        """Every section's values."""
        found = {}
        for name, spool in self._spools.items():
            parts = [np.frombuffer(data, dtype) for dtype, data in spool._gathered()]
            found[name] = np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64).tolist()
        return found


VALUES = st.tuples(
    st.text(st.characters(codec="utf-8") | st.sampled_from('"\\\n\x1f\x00\x7f \ud800'), max_size=30),
    st.lists(st.text(max_size=9), max_size=3) | st.tuples(st.text()) | st.text(),
    st.none() | st.integers() | st.booleans() | st.text(),
)


@given(values=VALUES)
def test_values_are_written_as_json_writes_them(values: tuple[Any, ...]) -> None:
    """Whatever the loop writes is what json writes; halves of surrogate pairs and other kinds of values it leaves."""
    written = built.json_values(values, b"sln") if built else None
    if written is None:
        return
    text, several, number = values
    plain_values = (text, list(several), None if number is None else int(number))
    expected = [json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() for each in plain_values]
    assert written == expected


def test_values_of_other_kinds_are_left() -> None:
    """A number where a text should be, half a surrogate pair, and a year that no machine word holds."""
    if built is not None:
        for values in ((5, (), None), ("\ud800", (), None), ("", "text", None), ("", (5,), None), ("", (), 1 << 70)):
            assert built.json_values(values, b"sln") is None
        with pytest.raises(ValueError, match="kind"):
            built.json_values(("",), b"sln")


LISTS = st.lists(
    st.lists(st.sampled_from([1, 2, 255, 256, 65_535, 65_536, 1 << 20]), min_size=1, max_size=5), min_size=1, max_size=5
)


@settings(deadline=None)
@given(batches=st.lists(LISTS, min_size=1, max_size=3))
def test_documents_are_folded_alike(batches: list[list[list[int]]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """First documents, kinds, places and gaps of lists that come in several batches."""
    answers = []
    for kernel in (built, None):
        with using(kernel):
            file = Kept(tmp_path_factory.getbasetemp() / "folded", direct="docs")
            writer = DocListWriter(file, compact=True)
            for lists in batches:
                docs = np.concatenate([np.cumsum(gaps) for gaps in lists]).astype(np.int32)
                writer.append(np.array(list(map(len, lists))), docs)
            answers.append(file.values())
    assert answers[0] == answers[1]


@given(
    dfs=st.lists(st.integers(0, 3), min_size=1, max_size=4),
    docs=st.lists(st.integers(-1, 5), min_size=1, max_size=8),
)
def test_lists_are_checked_alike(dfs: list[int], docs: list[int]) -> None:
    """The largest document, or why they are no lists."""
    answers = []
    for kernel in (built, None):
        with using(kernel):
            answers.append(largest_document(np.array(dfs), np.array(docs, np.int32)))
    if answers[0] != answers[1]:
        # Lists that are wrong in both ways may be refused for either.
        assert set(answers) == {DO_NOT_FIT, DO_NOT_ASCEND}
    elif answers[0] >= 0:
        assert answers[0] == max(docs)


@given(batches=st.lists(st.lists(st.sampled_from([1, 1, 2, 7, 8, 9, 300]), max_size=9), max_size=4))
def test_first_bits_are_set_alike(batches: list[list[int]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """A bit a position, set where a posting begins, whatever the batches."""
    answers = []
    for kernel in (built, None):
        with using(kernel):
            file = Kept(tmp_path_factory.getbasetemp() / "bits")
            bits = FirstBits(file)
            for freqs in batches:
                bits.append(np.array(freqs, np.uint32))
            bits.finish()
            answers.append(file.values()["firsts"])
    assert answers[0] == answers[1]
    freqs = [freq for batch in batches for freq in batch]
    expected = np.zeros(sum(freqs), np.bool_)
    expected[np.cumsum([0, *freqs])[:-1]] = True
    assert answers[0] == np.packbits(expected, bitorder="little").tolist()


@settings(deadline=None)
@given(data=st.data(), stems=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_words_of_stems_are_counted_alike(
    data: st.DataObject, stems: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Stems, forms, documents and occurrences of words; a word with two stems is refused by both."""
    # Stem i has the words i and 4 + i, and now and then another's.
    batches = []
    for first in range(0, len(stems), 2):
        some = stems[first : first + 2]
        freqs = [data.draw(st.integers(1, 3)) for _ in range(sum(some))]
        owners = np.repeat(np.repeat(np.arange(first, first + len(some)), some), freqs).tolist()
        words = [data.draw(st.sampled_from([owner, owner, 4 + owner, 8])) for owner in owners]
        batches.append((np.array(some), np.array(freqs, np.uint32), np.array(words, np.uint32)))
    answers: list[Any] = []
    for kernel in (built, None):
        with using(kernel):
            path = tmp_path_factory.getbasetemp() / "words"
            writer = FormFileWriter(path, "x_exact", FieldSpec(positions=True), "x", [b"w"] * 9, compact=True)
            writer.file = Kept(path)
            for name in ("mixed", "mixed.starts", "mixed.forms"):
                writer.file.create(name, np.uint64, narrow=True)
            try:
                for batch in batches:
                    writer.add_stems(*batch)
            except ValueError as error:
                answers.append(str(error))
                continue
            arrays = writer._carriers, writer._forms, writer._dfs, writer._cfs
            answers.append(([each.tolist() for each in arrays], writer.file.values()))
    assert answers[0] == answers[1]


def test_lists_that_do_not_fit_are_refused() -> None:
    """Numbers that lead outside an array end in an exception."""
    if built is None:
        return
    one, two, docs = np.ones(1, np.int64), np.full(1, 2, np.int64), np.zeros(1, np.int32)
    outs = np.zeros(1, np.uint32), np.zeros(1, np.uint64), *(np.zeros(0, dtype) for dtype in ("u1", "u2", "u4"))
    u4, counts = np.zeros(1, np.uint32), [np.zeros(1, np.uint32), *(np.zeros(1, np.int64) for _ in range(3))]
    calls = [
        lambda: built.fold(two, docs, (0, 0, 0), *outs),
        lambda: built.fold(two, np.zeros(9, np.int32), (0, 0, 0), *outs),
        lambda: built.first_bits(u4 + np.uint32(9), 0, np.zeros(1, np.uint8)),
        lambda: built.first_bits(u4, -1, np.zeros(1, np.uint8)),
        lambda: built.carry(one, u4 + np.uint32(2), u4, 0, 0, *counts),
        lambda: built.carry(two, u4, u4, 0, 0, *counts),
        lambda: built.carry(one, u4 + np.uint32(1), u4 + np.uint32(1), 0, 0, *counts),
        lambda: built.carry(one, u4, u4, 0, 0, *counts[:3], np.zeros(2, np.int64)),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"fit|outside"):
            call()
