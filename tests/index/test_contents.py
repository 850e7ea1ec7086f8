"""The segments of a generation, read without Whoosh, are those that Whoosh reads."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from corpus import CaseStudy
from corpus.errors import IndexDamaged
from index import build_index, update_index
from index.codec import ColumnarSegment, Segment, segment_arrays
from index.contents import _segments, open_segments
from index.generations import open_current
from index.schema import INDEXED, schema

RECORDS = [CaseStudy(f"r{number}", f"Record {number}", body="parks and health") for number in range(5)]


@pytest.fixture
def updated(tmp_path: Path) -> Path:
    """An index of two segments, with a record replaced and one removed."""
    build_index(RECORDS, tmp_path)
    changed = [*RECORDS[1:4], CaseStudy("r4", "Another", body="housing"), CaseStudy("r5", "New")]
    update_index(changed, tmp_path, merge=False)
    return tmp_path


def test_the_same_segments_as_whoosh_reads(updated: Path) -> None:
    """Names, order, fields, settings and deletions are Whoosh's."""
    generation = open_current(updated)
    ours = open_segments(generation)
    with generation.whoosh_index().reader() as reader:
        theirs = segment_arrays(reader)
        assert len(theirs) > 1
        for own, other in zip(ours, theirs, strict=True):
            assert own.segment.__getstate__() == other.segment.__getstate__()
            assert own.segment.segment_id() == other.segment.segment_id()
            assert own.segment.doc_count() == other.segment.doc_count()
            assert own.segment.has_deletions() == other.segment.has_deletions()


def test_reading_makes_no_object_of_whoosh(updated: Path) -> None:
    """A segment that was read to search is no Whoosh segment, and Whoosh gets one on the same files."""
    (first, *_) = open_segments(open_current(updated))
    assert type(first.segment) is Segment
    assert ColumnarSegment.of_open(first).arrays(first.folder) is first


def test_a_table_that_names_anything_else_is_refused(tmp_path: Path) -> None:
    """What is unpickled may name segments only; anything else, or no table at all, is a damaged index."""
    head = b"\x04\x08\x04" + (-12345).to_bytes(4, "big", signed=True) + (-111).to_bytes(4, "big", signed=True)
    table = tmp_path / "_MAIN_1.toc"
    for content in (
        head + b"\x03\x00\x00\x00" + bytes(8) + pickle.dumps([Path("x")]),
        head + b"\x03\x00\x00\x00" + bytes(8),
        head[:-1] + b"\x00" + bytes(20),
        b"",
    ):
        table.write_bytes(content)
        with pytest.raises(IndexDamaged, match="no table of contents"):
            _segments(table)


def test_a_segment_keeps_its_name_in_tables_of_contents() -> None:
    """Tables name a segment by the module that they always named, so that other versions of the program read them."""
    assert b"index.codec.segment\nColumnarSegment" in pickle.dumps(ColumnarSegment, 0)
    assert pickle.loads(pickle.dumps(ColumnarSegment)) is ColumnarSegment


def test_the_fields_are_those_of_the_schema() -> None:
    """What is told of the fields without Whoosh is what the schema says."""
    told = {name: (field.scorable, field.analyzer) for name, field in INDEXED.items()}
    fields = {name: field for name, field in schema().items() if field.indexed}
    assert told == {name: (bool(field.scorable), field.analyzer is not None) for name, field in fields.items()}
    assert all(field.to_bytes("Überall") == INDEXED[name].to_bytes("Überall") for name, field in fields.items())
