"""Words share the postings of their stems, and nobody can tell."""

from __future__ import annotations

from pathlib import Path

import index_support as support
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh.index import TOC, create_in, open_dir

from corpus import CaseStudy
from corpus.errors import IndexDamaged
from index.bulk import INDEX_NAME, write_corpus, write_segment
from index.codec import ColumnarCodec, FieldSpec, SegmentBuilder, merge_all, segment_arrays
from index.codec.form_postings import FormPostings
from index.documents import whoosh_document
from index.schema import codec_settings, schema


def in_segments(folder: Path, parts: list[list[CaseStudy]], deleted: set[str]) -> None:
    """An index with a segment a part, without the records that are deleted."""
    storage = create_in(str(folder), schema(), indexname=INDEX_NAME).storage
    made = [segment for part in parts if (segment := write_segment(folder, part, codec_settings())) is not None]
    TOC(schema(), made, 1).write(storage, INDEX_NAME)
    writer = open_dir(str(folder)).writer(codec=ColumnarCodec(codec_settings()))
    for id in deleted:
        writer.delete_by_term("id", id)
    writer.commit(mergetype=lambda _, segments: segments)


def merged(folder: Path) -> None:
    """Merge all segments into one."""
    open_dir(str(folder)).writer(codec=ColumnarCodec(codec_settings())).commit(mergetype=merge_all)


@settings(max_examples=25, deadline=None)
@given(records=support.RECORDS, data=st.data())
def test_merging_keeps_words_with_their_stems(
    records: list[CaseStudy], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Segments merged without their deleted records equal one segment of the records that are left."""
    cut = data.draw(st.integers(0, len(records)))
    deleted = set(data.draw(st.lists(st.sampled_from([each.id for each in records])))) if records else set()
    apart, whole = tmp_path_factory.mktemp("apart"), tmp_path_factory.mktemp("whole")
    in_segments(apart, [records[:cut], records[cut:]], deleted)
    merged(apart)
    write_corpus(whole, [each for each in records if each.id not in deleted], codec_settings())
    # A field whose last term went with a deleted record stays, empty.
    left, right = support.segment(apart), support.segment(whole)
    assert {name: left[name] for name in right} == right


def test_a_merge_with_a_segment_of_whooshs_writer(tmp_path: Path) -> None:
    """Where one segment keeps its words by themselves, the merged one does, and says the same."""
    mixed, whole = tmp_path / "mixed", tmp_path / "whole"
    for folder in (mixed, whole):
        folder.mkdir()
    records = [support.record(number, body=f"houses and housing {number}") for number in range(6)]
    in_segments(mixed, [records[:3]], set())
    writer = open_dir(str(mixed)).writer(codec=ColumnarCodec(codec_settings()))
    for each in records[3:]:
        writer.add_document(**whoosh_document(each))
    writer.commit(merge=False)
    merged(mixed)
    write_corpus(whole, records, codec_settings())
    assert support.segment(mixed) == support.segment(whole)


def one_segment(folder: Path) -> list[CaseStudy]:
    """An index whose stem "hous" has two words."""
    records = [support.record(number, body=f"houses and housing {number}, housing the houses") for number in range(9)]
    write_corpus(folder, records, codec_settings())
    return records


def test_words_keep_no_postings_of_their_own(tmp_path: Path) -> None:
    """Only words without a stem have lists in the field of the words; ranges of words say what single ones say."""
    one_segment(tmp_path)
    with open_dir(str(tmp_path)).reader() as reader:
        (arrays,) = segment_arrays(reader)
        field = arrays.field("body_exact")
        assert isinstance(field, FormPostings)
        assert [field.term(at) for at in field.own()] == [b"and", b"the"]
        assert field.lists.count == 2
        everything = range(field.term_count)
        assert field.docs_of_range(0, field.term_count).tolist() == [d for at in everything for d in field.docs(at)]
        assert field.weights_of_range(0, field.term_count).tolist() == [f for at in everything for f in field.freqs(at)]
        found = field.positions_of_range(0, field.term_count).tolist()
        assert found == [place for at in everything for place in field.positions(at)[1]]
        assert field.posting_count == sum(map(field.df, everything))
        for lo in everything:
            for hi in range(lo, field.term_count + 1):
                assert set(field.docs_among(lo, hi).tolist()) == {d for at in range(lo, hi) for d in field.docs(at)}


def test_a_word_has_one_stem(tmp_path: Path) -> None:
    """The builder refuses a word that stands with two stems, and a stem without words."""
    builder = SegmentBuilder(tmp_path, "MAIN_a", codec_settings(), {"body": FieldSpec(positions=True, scorable=True)})
    builder.share("body_exact", FieldSpec(positions=True, scorable=True), "body", [b"word"])
    one, two = np.array([1, 1]), np.array([0, 1])
    with pytest.raises(ValueError, match="two stems"):
        builder.add_terms("body", [b"a", b"b"], one, two * 0, one, two, words=two * 0)
    with pytest.raises(ValueError, match="needs a word"):
        builder.add_terms("body", [b"c"], one[:1], two[:1], one[:1], two[:1])
    builder.abort()


def test_words_of_another_segment_are_refused(tmp_path: Path) -> None:
    """The file of the words of one segment beside the stems of another is noticed, and so is a missing field."""
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    one_segment(here)
    write_corpus(
        there, [support.record(number, body="other words altogether") for number in range(9)], codec_settings()
    )
    (mine,), (theirs,) = here.glob("*.body_exact.pst"), there.glob("*.body_exact.pst")
    mine.write_bytes(theirs.read_bytes())
    with pytest.raises(IndexDamaged, match="does not fit the field 'body'"), open_dir(str(here)).reader() as reader:
        segment_arrays(reader)
