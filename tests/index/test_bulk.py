"""The bulk indexer gives what Whoosh's writer gives, whatever the number of workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import index_support as support
import pytest
from hypothesis import example, given, settings
from whoosh.index import open_dir

from corpus import CaseStudy
from corpus.errors import BadInput, StorageFailed
from index import bulk, merge_runs
from index.analysis import Analyser
from index.bulk import RUNS, write_corpus
from index.lexicon import Lexicon
from index.lexicon_added import LEXICON_FILE
from index.schema import codec_settings


@example(records=[CaseStudy("a", "Of the", body=" ")])
@example(
    records=[CaseStudy("a", "On/co production", body="20\u00a0mph 20 \u00a0 mph", keywords=("being", "co production"))]
)
@settings(max_examples=40, deadline=None)
@given(records=support.RECORDS)
def test_bulk_equals_whooshs_writer(records: list[CaseStudy], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Terms, postings, positions, lengths, facets, columns and stored records are the same."""
    made, expected = tmp_path_factory.mktemp("bulk"), tmp_path_factory.mktemp("whoosh")
    assert write_corpus(made, records, codec_settings()) == [record.content_hash() for record in records]
    stems = Lexicon.open(made / LEXICON_FILE).stems()
    assert all(Analyser().stem(term) == stem for term, stem in stems.items())
    assert support.segment(made) == support.by_whoosh(expected, records)


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
    assert support.segment(made) == support.by_whoosh(expected, list(many(100)))
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
    assert write_corpus(tmp_path, [], codec_settings()) == []
    assert open_dir(str(tmp_path)).doc_count() == 0
