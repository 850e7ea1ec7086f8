"""Damage is noticed: no bit can flip, no byte go missing, without an error that says what to do."""

from __future__ import annotations

import random
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import codec_support as support
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query
from whoosh.index import open_dir

from corpus.errors import IndexDamaged, IndexIncompatible, StorageFailed
from index.codec import ColumnarCodec, segment_arrays
from index.codec import sections as sections_module
from index.codec.section_writer import SectionFileWriter
from index.codec.sections import BLOCK, ENTRY, FOOTER, HEADER, SectionFile

ARRAYS: dict[str, Any] = {
    "empty": np.empty(0, np.int64),
    "small": np.arange(7, dtype=np.uint16),
    "floats": np.linspace(0, 1, 1000, dtype=np.float32),
    "blocks": np.arange(50_000, dtype=np.int32),
}


def write(path: Path) -> Path:
    """A file with one section of each kind."""
    writer = SectionFileWriter(path)
    for name, values in ARRAYS.items():
        writer.append(name, values)
    writer.finish()
    return path


def flip(path: Path, byte: int, bit: int = 0) -> None:
    """Turn one bit of a file round."""
    data = bytearray(path.read_bytes())
    data[byte] ^= 1 << bit
    path.write_bytes(bytes(data))


def read_everything(path: Path) -> dict[str, Any]:
    """Every value of every section."""
    file = SectionFile.open(path)
    return {name: section.all().tolist() for name, section in file.sections.items()}


def test_sections_come_back(tmp_path: Path) -> None:
    """What was written is read, as read-only views, and nothing else is left in the folder."""
    file = SectionFile.open(write(tmp_path / "a.pst"))
    file.verify()
    for name, values in ARRAYS.items():
        assert file[name].all().dtype == values.dtype
        assert np.array_equal(file[name].all(), values)
    assert not file["blocks"].slice(5, 10).flags.writeable
    assert [path.name for path in tmp_path.iterdir()] == ["a.pst"]
    with pytest.raises(IndexDamaged, match="section 'never' is missing"):
        file["never"]


@given(
    st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=40), max_size=6),
    st.sampled_from([1, 100, 1 << 20]),
    st.sampled_from([8, 64, 1 << 20]),
)
@settings(max_examples=60, deadline=None)
def test_narrowing_keeps_every_value(parts: list[list[int]], spool: int, chunk: int) -> None:
    """Unsigned values are stored in the smallest type that holds the largest, in any batches, spooled or not."""
    from index.codec import section_writer

    with support.new_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(section_writer, "SPOOL", spool)
        patch.setattr(section_writer, "CHUNK", chunk)
        writer = SectionFileWriter(folder / "n.pst")
        writer.create("values", np.uint64, narrow=True)
        for part in parts:
            writer.append("values", np.array(part, np.uint64), narrow=True)
        writer.finish()
        values = SectionFile.open(folder / "n.pst")["values"].all()
        assert values.tolist() == [value for part in parts for value in part]
        largest = max(values.tolist(), default=0)
        assert values.dtype.itemsize == next(size for size in (1, 2, 4, 8) if largest < 1 << (8 * size))


@given(st.lists(st.integers(0, 70_000), max_size=5), st.sampled_from([1, 100_000, 1 << 20]))
@settings(max_examples=30, deadline=None)
def test_a_direct_section_gives_the_same_file(sizes: list[int], spool: int) -> None:
    """A section that grows in the target file leaves the same bytes, however small the memory and the batches."""
    from index.codec import section_writer

    whole = np.arange(sum(sizes), dtype=np.int32)
    with support.new_folder() as folder:
        for name, limit, parts in (("one", 1 << 30, [whole]), ("two", spool, np.split(whole, np.cumsum(sizes)[:-1]))):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(section_writer, "SPOOL", limit)
                writer = SectionFileWriter(folder / name, direct="docs")
                writer.append("before", ARRAYS["small"])
                writer.create("docs", np.int32)
                for part in parts:
                    writer.append("docs", part)
                writer.append("after", ARRAYS["floats"])
                writer.finish()
        assert (folder / "one").read_bytes() == (folder / "two").read_bytes()
        file = SectionFile.open(folder / "two")
        file.verify()
        assert np.array_equal(file["docs"].all(), whole)
        assert sorted(path.name for path in folder.iterdir()) == ["one", "two"]


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    """A file cut short at any interesting place is refused when it is opened."""
    path = write(tmp_path / "a.pst")
    data = path.read_bytes()
    size = len(data)
    edges = {0, 1, HEADER.size, BLOCK, size - FOOTER.size, size - FOOTER.size - ENTRY.size, size // 2, size - 1}
    for cut in sorted({max(0, edge + step) for edge in edges for step in (-1, 0, 1)} - {size}):
        path.write_bytes(data[:cut])
        with pytest.raises(IndexDamaged, match="casefinder index build"):
            SectionFile.open(path)
    path.write_bytes(data + b"\0")
    with pytest.raises(IndexDamaged):
        SectionFile.open(path)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_every_flipped_bit_is_noticed(data: st.DataObject) -> None:
    """Whichever bit of a file turns, `verify` says so, and reading says so or gives the old values."""
    with support.new_folder() as folder:
        path = write(folder / "a.pst")
        before = read_everything(path)
        flip(path, data.draw(st.integers(0, path.stat().st_size - 1)), data.draw(st.integers(0, 7)))
        with pytest.raises((IndexDamaged, IndexIncompatible)):
            SectionFile.open(path).verify()
        try:
            after = read_everything(path)
        except (IndexDamaged, IndexIncompatible):
            return
        assert after == before


def test_header_and_directory_are_checked_at_once(tmp_path: Path) -> None:
    """Each bit of the header, the directory and the footer is checked by opening."""
    path = write(tmp_path / "a.pst")
    data = path.read_bytes()
    start = len(data) - FOOTER.size - len(ARRAYS) * ENTRY.size
    for byte in (*range(HEADER.size), *range(start, len(data))):
        path.write_bytes(data)
        flip(path, byte, byte % 8)
        with pytest.raises((IndexDamaged, IndexIncompatible)):
            SectionFile.open(path)


def test_absurd_directories_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with right checksums and impossible values never leads outside the file."""
    from index.codec import section_writer

    real = ENTRY

    class Liar:
        size = real.size

        def __init__(self, lie: Callable[..., bytes]) -> None:
            self.pack = lie

    for lie in (
        lambda n, c, b, k, o, t: real.pack(n, c, b, k + (1 << 40), o, t),
        lambda n, c, b, k, o, t: real.pack(n, c, b, k, o + (1 << 50), t),
        lambda n, c, b, k, o, t: real.pack(n, c, b, k, o, t + (1 << 50)),
        lambda n, c, b, k, o, t: real.pack(n, c, b + 1, k, o, t),
        lambda n, c, b, k, o, t: real.pack(n, b"f8", b, k, o, t) if c == b"u2" else real.pack(n, b"xx", b, k, o, t),
        lambda n, c, b, k, o, t: real.pack(n, c, b, k, o + 1, t),
    ):
        monkeypatch.setattr(section_writer, "ENTRY", Liar(lie))
        path = write(tmp_path / "a.pst")
        with pytest.raises(IndexDamaged, match="absurd"):
            SectionFile.open(path)


def test_other_versions_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole file of another format version is incompatible, not damaged."""
    path = write(tmp_path / "a.pst")
    monkeypatch.setattr(sections_module, "FORMAT_VERSION", 3)
    with pytest.raises(IndexIncompatible, match=r"format 2, this program reads 3.*casefinder index build"):
        SectionFile.open(path)


def test_a_block_is_checked_when_it_is_touched(tmp_path: Path) -> None:
    """Damage in one block does not keep the others from being read."""
    path = write(tmp_path / "a.pst")
    data = path.read_bytes()
    where = data.index(ARRAYS["blocks"].tobytes()[-400:])
    flip(path, where)
    section = SectionFile.open(path)["blocks"]
    assert section.slice(0, 100).tolist() == list(range(100))
    with pytest.raises(IndexDamaged, match=r"a\.pst .* block 3 of section 'blocks'"):
        section.slice(49_990, 50_000)
    with pytest.raises(IndexDamaged):
        section.all()


def segment_files(folder: Path) -> list[str]:
    """Names of the files that the codec writes, whole or in part."""
    return sorted(path.name for path in folder.iterdir() if path.suffix in (".doc", ".pst", ".part"))


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """Let the system refuse to make any file larger than so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("limit", [100, 6_000, 12_000])
def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path: Path, limit: int) -> None:
    """When a file cannot be written, that is a `StorageFailed`, and no part of the segment stays."""
    index = support.build(tmp_path, [[{"id": "a", "body": "ash"}]])
    before = segment_files(tmp_path)
    pick = random.Random(3)
    writer = index.writer(codec=ColumnarCodec(support.SETTINGS))
    for number in range(60):
        writer.add_document(id=f"b{number}", body=" ".join(f"w{pick.randrange(900)}" for _ in range(80)))
    with pytest.raises(StorageFailed, match="File too large"), file_size_limit(limit):
        writer.commit(merge=False)
    assert segment_files(tmp_path) == before
    with open_dir(str(tmp_path)).reader() as reader:
        segment_arrays(reader)[0].verify()


def test_a_full_disk_is_a_storage_failure(tmp_path: Path) -> None:
    """No space left is a `StorageFailed` that names the file."""
    (tmp_path / "a.pst.part").symlink_to("/dev/full")
    with pytest.raises(StorageFailed, match=r"Cannot write a\.pst .*No space left"):
        write(tmp_path / "a.pst")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_a_storage_failure(tmp_path: Path) -> None:
    """A file that cannot be created is a `StorageFailed`."""
    with pytest.raises(StorageFailed, match="No such file"):
        write(tmp_path / "gone" / "a.pst")


def test_a_cancelled_writer_leaves_nothing_behind(tmp_path: Path) -> None:
    """Whoosh's `cancel` and a commit without documents drop the new segment's files."""
    index = support.build(tmp_path, [[{"id": "a", "body": "ash"}]])
    before = sorted(path.name for path in tmp_path.iterdir())
    writer = index.writer(codec=ColumnarCodec(support.SETTINGS))
    writer.add_document(id="b", body="elm")
    writer.cancel()
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    writer = index.writer(codec=ColumnarCodec(support.SETTINGS))
    writer.commit()
    assert {path.suffix for path in tmp_path.iterdir()} == {".doc", ".pst", ".toc", ""}
    with index.reader() as reader:
        assert reader.doc_count() == 1


def damaged_index(folder: Path) -> list[Path]:
    """A small index; its segment's files."""
    documents = [
        {"id": f"d{number}", "title": "ash oak", "body": "elm fir", "theme": ["waste"]} for number in range(50)
    ]
    support.build(folder, [documents])
    return sorted(path for path in folder.iterdir() if path.suffix in (".doc", ".pst"))


def test_missing_and_short_files_are_noticed_when_opening(tmp_path: Path) -> None:
    """Every file of a segment must be there, and whole, for the segment to open."""
    for path in damaged_index(tmp_path):
        data = path.read_bytes()
        for mischief in (path.unlink, lambda path=path, data=data: path.write_bytes(data[:-9])):
            mischief()
            with pytest.raises(IndexDamaged, match=path.name):
                open_dir(str(tmp_path)).reader()
            path.write_bytes(data)


def test_files_of_other_segments_are_refused(tmp_path: Path) -> None:
    """A whole file in another's place is noticed when opening."""
    files = damaged_index(tmp_path)
    body, title = (next(path for path in files if f".{name}." in path.name) for name in ("body", "title"))
    data = title.read_bytes()
    title.write_bytes(body.read_bytes())
    with pytest.raises(IndexDamaged, match="does not hold the field 'title'"):
        open_dir(str(tmp_path)).reader()
    title.write_bytes(data)
    (tmp_path / "other").mkdir()
    other = support.build(tmp_path / "other", [[{"id": "x", "title": "elm"}]])
    with other.reader() as reader:
        foreign = next(path for path in (tmp_path / "other").iterdir() if ".title." in path.name)
        title.write_bytes(foreign.read_bytes())
        assert reader.doc_count() == 1
    with pytest.raises(IndexDamaged, match="does not fit a segment of 50 documents"):
        open_dir(str(tmp_path)).reader()


def test_damage_never_changes_an_answer(tmp_path: Path) -> None:
    """With any one bit of any file turned, a search answers as before or says that the index is damaged."""
    files = damaged_index(tmp_path)
    question = query.Or([query.Term("body", "elm"), query.Phrase("title", ["ash", "oak"]), query.Prefix("id", "d4")])

    def answer() -> list[Any]:
        index = open_dir(str(tmp_path))
        with index.searcher() as searcher:
            hits = searcher.search(question, limit=None)
            (arrays,) = segment_arrays(searcher.reader())
            facet = arrays.facet("theme")
            assert facet is not None
            counts = facet.count(np.arange(50)).tolist()
            return [(hit["id"], round(hit.score, 9), hit["title"]) for hit in hits] + [counts]

    before = answer()
    pick = random.Random(11)
    noticed = 0
    for path in files:
        data = path.read_bytes()
        for _ in range(12):
            flip(path, pick.randrange(len(data)), pick.randrange(8))
            with pytest.raises((IndexDamaged, IndexIncompatible)), open_dir(str(tmp_path)).reader() as reader:
                segment_arrays(reader)[0].verify()
            try:
                assert answer() == before
            except (IndexDamaged, IndexIncompatible):
                noticed += 1
            path.write_bytes(data)
    assert noticed > 20
