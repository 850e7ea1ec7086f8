"""The bulk indexer gives what Whoosh's writer gives, byte for byte, whatever the number of workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from whoosh.index import create_in

from corpus import CaseStudy
from corpus.errors import BadInput, StorageFailed
from index import bulk, merge_runs
from index.analysis import Analyser
from index.bulk import RUNS, write_corpus
from index.codec import ColumnarCodec
from index.documents import whoosh_document
from index.schema import codec_settings, schema

PIECES = (
    "housing", "The", "co-production", "co production", "20 mph", "20mph", "£1.2m", "well being", "O’Brien",
    "care leavers", "café", "R&D", ". ", "\n\n## ", "of the", "x_y", "covid 19", "2019-20", "__", "don't", "1,200",
)  # fmt: skip

TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=30)

RECORDS = st.lists(
    st.builds(
        CaseStudy,
        id=st.just(""),
        title=TEXTS.map(lambda text: text or "Untitled"),
        summary=TEXTS,
        body=TEXTS,
        keywords=st.lists(TEXTS, max_size=2).map(tuple),
        councils=st.lists(st.sampled_from(("Leeds City Council", "London Borough of Brent")), max_size=2).map(tuple),
        themes=st.lists(st.sampled_from(("housing", "planning", "transport")), max_size=3).map(tuple),
        funding=st.lists(st.sampled_from(("One Public Estate", "Towns Fund")), max_size=2).map(tuple),
        year=st.none() | st.integers(1990, 2026),
    ),
    max_size=7,
).map(lambda made: [named(record, number) for number, record in enumerate(made)])


def named(record: CaseStudy, number: int) -> CaseStudy:
    """The record with an id that puts ids in another order than documents."""
    return CaseStudy.from_dict({**record.to_dict(), "id": f"r{(number * 7) % 10}-{number}"})


def files(folder: Path) -> dict[str, bytes]:
    """The files of the only segment, by name without the segment's random part."""
    return {
        path.name.split(".", 1)[1]: path.read_bytes()
        for path in folder.iterdir()
        if path.name.startswith("MAIN_") and "." in path.name
    }


def by_whoosh(folder: Path, records: list[CaseStudy]) -> dict[str, bytes]:
    """The files that Whoosh's own writer makes of the records."""
    writer = create_in(str(folder), schema()).writer(codec=ColumnarCodec(codec_settings()))
    for record in records:
        writer.add_document(**whoosh_document(record))
    writer.commit()
    return files(folder)


@example(records=[CaseStudy("a", "Of the", body=" ")])
@example(
    records=[CaseStudy("a", "On/co production", body="20\u00a0mph 20 \u00a0 mph", keywords=("being", "co production"))]
)
@settings(max_examples=40, deadline=None)
@given(records=RECORDS)
def test_bulk_equals_whooshs_writer(records: list[CaseStudy], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Terms, postings, positions, lengths, facets, columns and stored records are the same bytes."""
    made, expected = tmp_path_factory.mktemp("bulk"), tmp_path_factory.mktemp("whoosh")
    written = write_corpus(made, records, codec_settings())
    assert written.hashes == [record.content_hash() for record in records]
    assert all(Analyser().stem(term) == stem for term, stem in written.stems.items())
    assert files(made) == by_whoosh(expected, records)


def many(count: int) -> Iterator[CaseStudy]:
    """Records whose words differ from batch to batch."""
    for number in range(count):
        yield CaseStudy(
            f"case-{count - number}", f"Title {number}", body=f"word{number % 37} and letters{number} co production"
        )


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches and blocks so small that a hundred records need many of them."""
    monkeypatch.setattr(bulk, "BATCH", 16)
    monkeypatch.setattr(bulk, "ALONE_BELOW", 20)
    monkeypatch.setattr(merge_runs, "BLOCK", 50)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_and_batches_do_not_show(workers: int, tmp_path: Path) -> None:
    """Any number of workers, batches and blocks gives the same segment, and leaves no runs behind."""
    made, expected = tmp_path / "made", tmp_path / "expected"
    made.mkdir()
    expected.mkdir()
    write_corpus(made, many(100), codec_settings(), workers=workers)
    assert files(made) == by_whoosh(expected, list(many(100)))
    assert not (made / RUNS).exists()


@pytest.mark.usefixtures("small_batches")
def test_progress_counts_every_record(tmp_path: Path) -> None:
    """Progress rises to the number of records."""
    seen: list[int] = []
    write_corpus(tmp_path, many(100), codec_settings(), lambda done, _: seen.append(done), workers=2)
    assert seen == sorted(seen)
    assert seen[-1] == 100


def test_ids_that_occur_twice_are_named(tmp_path: Path) -> None:
    """Two records with one id are refused, with the id."""
    twice = [CaseStudy("same", "One"), CaseStudy("other", "Two"), CaseStudy("same", "Three")]
    with pytest.raises(BadInput, match="same"):
        write_corpus(tmp_path, twice, codec_settings())


@pytest.mark.usefixtures("small_batches")
def test_an_error_of_the_records_comes_through(tmp_path: Path) -> None:
    """What the iterable raises reaches the caller, and the workers end."""

    def broken() -> Iterator[CaseStudy]:
        yield from many(50)
        raise BadInput("record 51 is broken")

    with pytest.raises(BadInput, match="record 51"):
        write_corpus(tmp_path, broken(), codec_settings(), workers=2)


@pytest.mark.usefixtures("small_batches")
def test_a_killed_worker_is_told(tmp_path: Path) -> None:
    """When the system kills a worker the error says so and how to mend it."""
    parent = os.getpid()

    def children() -> set[str]:
        return set(Path(f"/proc/{parent}/task/{parent}/children").read_text().split())

    # Only what the build starts may die: other tests' browsers are children of this process too.
    before = children()

    def deadly() -> Iterator[CaseStudy]:
        yield from many(64)
        for child in children() - before:
            # Python's own tracker of semaphores is a child too, where workers are spawned; it is no worker.
            if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
        yield from many(200)

    with pytest.raises(StorageFailed, match="fewer workers"):
        write_corpus(tmp_path, deadly(), codec_settings(), workers=2)


def test_no_records_make_an_empty_index(tmp_path: Path) -> None:
    """An empty corpus has no segment and is a valid Whoosh index."""
    from whoosh.index import open_dir

    assert write_corpus(tmp_path, [], codec_settings()).hashes == []
    assert open_dir(str(tmp_path)).doc_count() == 0
