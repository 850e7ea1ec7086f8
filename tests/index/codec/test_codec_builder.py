"""The array builder, the merge on arrays and the settings of a segment."""

from __future__ import annotations

import pickle
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import codec_support as support
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.codec import (
    CodecSettings,
    ColumnarCodec,
    ColumnarSegment,
    ColumnSpec,
    FieldSpec,
    SegmentArrays,
    SegmentBuilder,
    encode_stored,
    merge_all,
    merge_segments,
    segment_arrays,
)


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of every segment file, by the part of its name behind the segment's."""
    files = [path for path in folder.iterdir() if path.suffix in (".pst", ".doc")]
    return {path.name.partition(".")[2]: path.read_bytes() for path in files}


def invert(documents: list[support.Document], field: str) -> dict[bytes, dict[int, list[int]]]:
    """term -> document -> positions, the plainest way."""
    postings: dict[bytes, dict[int, list[int]]] = defaultdict(dict)
    for number, document in enumerate(documents):
        value = document.get(field, [])
        for position, word in enumerate(value.split() if isinstance(value, str) else value):
            postings[word.encode()].setdefault(number, []).append(position)
    return postings


def bulk(folder: Path, documents: list[support.Document], batch: int) -> ColumnarSegment:
    """A segment from arrays, `batch` terms and documents at a time."""
    specs = {name: FieldSpec(positions=True, scorable=True) for name in ("title", "body")}
    specs |= {"theme": FieldSpec(), "id": FieldSpec()}
    used = {name: spec for name, spec in specs.items() if any(name in each for each in documents)}
    builder = SegmentBuilder(folder, "MAIN_bulk", support.SETTINGS, used)
    for at in range(0, len(documents), batch):
        some = documents[at : at + batch]
        stored: list[support.Document] = [
            {name: each[name] for name in ("id", "title", "body") if name in each} for each in some
        ]
        builder.add_stored(encode_stored(each, support.SETTINGS.packed) for each in stored)
        for name in used:
            if specs[name].scorable:
                builder.add_lengths(name, np.array([len(each.get(name, "").split()) for each in some]))
        for name in ("id", "title"):
            if any(name in each for each in documents):
                builder.add_column(
                    name, ColumnSpec("bytes", default=b""), [each.get(name, "").encode() for each in some]
                )
    for name in used:
        value = [{**each, "id": [each["id"]]} for each in documents] if name == "id" else documents
        postings = sorted(invert(value, name).items())
        for at in range(0, len(postings), batch):
            rows = postings[at : at + batch]
            hits = [(doc, places) for _, docs in rows for doc, places in sorted(docs.items())]
            positions = [place for _, places in hits for place in places]
            builder.add_terms(
                name,
                [term for term, _ in rows],
                np.array([len(docs) for _, docs in rows]),
                np.array([doc for doc, _ in hits]),
                np.array([len(places) for _, places in hits]),
                np.array(positions) if specs[name].positions else None,
            )
    return builder.finish()


@given(support.documents(), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_arrays_and_whoosh_give_the_same_bytes(documents: list[support.Document], batch: int) -> None:
    """The same documents give the same files, however they come and in whatever batches."""
    documents = [{name: each[name] for name in ("id", "title", "body", "theme") if name in each} for each in documents]
    with support.new_folder() as one, support.new_folder() as two:
        support.build(one, [documents])
        bulk(two, documents, batch)
        left, right = contents(one), contents(two)
        assert left.keys() == right.keys()
        for name in left:
            assert left[name] == right[name], name


@given(support.documents(), st.data())
@settings(max_examples=30, deadline=None)
def test_merging_gives_what_was_never_apart(documents: list[support.Document], data: st.DataObject) -> None:
    """Segments merged without their deleted documents equal one segment of the documents that are left."""
    cut = data.draw(st.integers(1, len(documents)))
    parts = [part for part in (documents[:cut], documents[cut:]) if part]
    ids = [each["id"] for each in documents]
    deleted = data.draw(st.lists(st.sampled_from(ids), unique=True, max_size=len(ids) - 1))
    left = [each for each in documents if each["id"] not in deleted]
    with support.new_folder() as apart, support.new_folder() as merged, support.new_folder() as fresh:
        with support.build(apart, parts, deleted).reader() as reader:
            segments = segment_arrays(reader)
            builder = SegmentBuilder(merged, "MAIN_merged", support.SETTINGS, {})
            numbers = merge_segments(segments, builder)
            segment = builder.finish()
        support.build(fresh, [left])
        SegmentArrays(merged, segment).verify()
        new = [number for part in numbers for number in part.tolist() if number >= 0]
        assert new == list(range(len(left)))
        one, two = meaning(merged), meaning(fresh)
        # A column that only deleted documents had is kept, with defaults.
        assert {name: one[name] for name in two} == two
        for name in one.keys() - two.keys():
            assert one[name] in ([], {}), name


def test_whoosh_merges_on_arrays(tmp_path: Path) -> None:
    """`merge_all` as Whoosh's merge policy leaves one segment of the live documents and no old file."""
    documents = [{"id": f"d{number}", "body": "ash oak " * (1 + number % 3)} for number in range(9)]
    index = support.build(tmp_path, [documents[:4], documents[4:]], deleted=["d2", "d7"])
    writer = index.writer(codec=ColumnarCodec(support.SETTINGS))
    writer.commit(mergetype=merge_all)
    with index.reader() as reader:
        (arrays,) = segment_arrays(reader)
        arrays.verify()
        assert [arrays.id_of(doc) for doc in range(7)] == ["d0", "d1", "d3", "d4", "d5", "d6", "d8"]
        names = {path.name.partition(".")[0] for path in tmp_path.iterdir() if path.suffix == ".pst"}
        assert names == {arrays.name}
    for id in ("d0", "d1", "d3", "d4", "d5", "d6", "d8"):
        writer = index.writer(codec=ColumnarCodec(support.SETTINGS))
        writer.delete_by_term("id", id)
        writer.commit(merge=False)
    index.writer(codec=ColumnarCodec(support.SETTINGS)).commit(mergetype=merge_all)
    with index.reader() as reader:
        assert segment_arrays(reader) == []


def meaning(folder: Path) -> dict[str, object]:
    """What a segment says, file by file, without the order of sections in it."""
    from index.codec.sections import SectionFile

    found: dict[str, object] = {}
    for path in folder.iterdir():
        if path.suffix == ".pst":
            file = SectionFile.open(path)
            values = {name: (str(s.dtype), s.all().tolist()) for name, s in file.sections.items() if name != "meta"}
            if values["postings.starts"][1] != [0]:
                found[path.name.partition(".")[2]] = (values, file.meta())
    return found


def test_builder_refuses_what_is_out_of_order(tmp_path: Path) -> None:
    """Terms and documents must ascend, and sizes fit, or nothing is written."""

    def builder() -> SegmentBuilder:
        made = SegmentBuilder(tmp_path, "MAIN_x", CodecSettings(), {"body": FieldSpec(positions=True)})
        made.add_stored([encode_stored({}, ())] * 3)
        return made

    one = np.array([1])
    with pytest.raises(ValueError, match="terms must ascend"):
        builder().add_terms(
            "body", [b"b", b"a"], np.array([1, 1]), np.array([0, 1]), np.array([1, 1]), np.array([0, 0])
        )
    with pytest.raises(ValueError, match="must ascend within"):
        builder().add_terms("body", [b"b"], np.array([2]), np.array([1, 0]), np.array([1, 1]), np.array([0, 0]))
    with pytest.raises(ValueError, match="do not fit the terms"):
        builder().add_terms("body", [b"b"], np.array([2]), one, one, one)
    with pytest.raises(ValueError, match="position for every occurrence"):
        builder().add_terms("body", [b"b"], one, one, np.array([2]), one)
    with pytest.raises(ValueError, match="letters, digits"):
        builder().declare("a/b", FieldSpec())
    late = builder()
    late.add_terms("body", [b"b"], one, np.array([3]), one, one)
    with pytest.raises(ValueError, match="document 3 of 3"):
        late.finish()
    assert list(tmp_path.iterdir()) == []


def test_segments_survive_pickling(tmp_path: Path) -> None:
    """The table of contents keeps settings, counts and deletions, but no open files."""
    index = support.build(tmp_path, [[{"id": "a", "body": "ash"}, {"id": "b", "title": "elm"}]], deleted=["a"])
    with index.reader() as reader:
        segment = segment_arrays(reader)[0].segment
        again = pickle.loads(pickle.dumps(segment))
    assert again == segment
    assert again.settings == support.SETTINGS
    assert (again.fields, again.averages, again.doc_count_all()) == (segment.fields, segment.averages, 2)
    assert list(again.deleted_docs()) == [0]
    again.delete_document(0, delete=False)
    assert again.doc_count() == 2


def test_documents_are_found_by_id(tmp_path: Path) -> None:
    """Ids lead to documents and back, past deleted ones; ranks follow the order of ids."""
    documents = [{"id": id, "title": id} for id in ("m", "a", "z", "k")]
    with support.build(tmp_path, [documents], deleted=["z"]).reader() as reader:
        (arrays,) = segment_arrays(reader)
        assert [arrays.id_of(doc) for doc in range(4)] == ["m", "a", "z", "k"]
        assert [arrays.doc_of(id) for id in ("m", "a", "z", "k", "q")] == [0, 1, -1, 3, -1]
        assert arrays.id_ranks().tolist() == [2, 0, 3, 1]
        live = arrays.live()
        assert live is not None
        assert live.tolist() == [True, True, False, True]
        column = arrays.column("title")
        assert column is not None
        assert column.ordinals.tolist() == [2, 0, 3, 1]
        assert Counter(column.distinct) == Counter([b"a", b"k", b"m", b"z"])


@pytest.mark.parametrize("value", [(1, 2), b"x", {1: 2}, object()])
def test_stored_values_must_survive_json(value: object) -> None:
    """A stored value that JSON would change is refused by name."""
    with pytest.raises(TypeError, match="stored field 'note'"):
        encode_stored({"note": value}, ())


@given(
    st.dictionaries(
        st.sampled_from(["id", "body", "note"]), st.text() | st.integers() | st.none() | st.lists(st.text())
    )
)
def test_stored_documents_come_back(fields: dict[str, object]) -> None:
    """Whatever is packed, the record is the same."""
    with support.new_folder() as path:
        for packed in ((), ("body",), ("body", "id", "note")):
            builder = SegmentBuilder(path, "MAIN_s", CodecSettings(packed=packed), {})
            builder.add_stored([encode_stored(fields, packed)])
            arrays = SegmentArrays(path, builder.finish())
            assert arrays.stored(0) == fields
            assert arrays.stored_head(0) == {name: value for name, value in fields.items() if name not in packed}


def test_arrays_are_shared_until_they_are_closed(tmp_path: Path) -> None:
    """Whoosh's readers and the engine share one open segment; `close` lets the next one open anew."""
    index = support.build(tmp_path, [[{"id": "a", "title": "ash"}]])
    with index.reader() as reader:
        (first,) = segment_arrays(reader)
        docs = first.field("title").docs(0)  # type: ignore[union-attr]
        assert segment_arrays(reader)[0] is first
        first.close()
        (second,) = segment_arrays(reader)
        assert second is not first
        first.close()
        assert segment_arrays(reader)[0] is second
        del first
        assert docs.tolist() == [0]


def test_threads_share_an_open_segment(tmp_path: Path) -> None:
    """Many threads that touch the blocks of a fresh segment at once all read the right values."""
    documents = [{"id": f"d{number:04d}", "body": " ".join(support.WORDS[number % 7 :])} for number in range(300)]
    index = support.build(tmp_path, [documents])
    with index.reader() as reader:
        (arrays,) = segment_arrays(reader)
        body = arrays.field("body")
        assert body is not None

        def everything(_: int) -> list[object]:
            found = [body.find(term) for term in body.terms()]
            return [found, *(body.docs(at).tolist() for at in found), *(body.positions(at)[1].tolist() for at in found)]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(everything, range(32)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == list(range(len(support.WORDS)))
