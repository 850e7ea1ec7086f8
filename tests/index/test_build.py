"""A full rebuild: all or nothing, whatever happens on the way."""

from __future__ import annotations

import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from index_support import answers, python, record, records, unlike, until
from strategies import corpora, scratch_folder

from corpus import CaseStudy
from corpus.errors import BadInput, StorageFailed
from index import build_index, corpus_fingerprint, index_info, is_current, verify_index
from index.build import CorpusFingerprint
from index.generations import GENERATIONS, KEPT, PART, current_name
from index.schema import ranking_settings
from search import SearchRequest, open_engine


def generations(index: Path) -> list[str]:
    return sorted(path.name for path in (index / GENERATIONS).iterdir())


def test_what_was_built_is_what_answers(tmp_path: Path) -> None:
    """The report, the manifest, the record store and `verify` agree."""
    path = tmp_path / "a" / "deep" / "index"
    report = build_index(records(12), path)
    assert (report.documents, report.added, report.replaced, report.removed) == (12, 12, 0, 0)
    assert report.generation == current_name(path)
    assert list(answers(path).values()) == records(12)
    verified = verify_index(path)
    assert verified.problems == ()
    assert verified.generation == report.generation
    info = index_info(path)
    assert (info.documents, info.segments, info.deleted) == (12, 1, 0)
    assert info.details["corpus"] == corpus_fingerprint(reversed(records(12)))


@settings(max_examples=settings().max_examples // 10)
@given(corpora(least=0))
def test_any_record_comes_back_as_it_was(drawn: list[CaseStudy]) -> None:
    """Random records, none of them too: each is answered in every field."""
    folder = scratch_folder()
    try:
        build_index(drawn, folder)
        assert verify_index(folder).problems == ()
        engine = open_engine(folder)
        assert unlike(drawn, engine.get) == []
        engine.close()
    finally:
        shutil.rmtree(folder)


def test_odd_records_come_back_as_they_were(tmp_path: Path) -> None:
    """Empty texts, unknown councils, long words, every plane of Unicode, far years."""
    odd = [
        CaseStudy("a", "t"),
        CaseStudy("b", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🦊", body="x" * 100_000, year=1),
        CaseStudy("c", "\x00\x1f\u00ad\u200b", summary="İıſß", keywords=("", " ", "a\x1fb"), year=9999),
        CaseStudy("d", "…", councils=("A council of no gazetteer",), themes=("no-theme",), funding=("no funder",)),
    ]
    build_index(odd, tmp_path)
    assert verify_index(tmp_path).problems == ()
    engine = open_engine(tmp_path)
    assert unlike(odd, engine.get) == []
    oldest = engine.search(SearchRequest(sort="oldest"))
    assert [hit.id for hit in oldest.hits] == ["b", "c", "a", "d"]
    engine.close()


def test_an_index_is_current_as_long_as_its_corpus_is(tmp_path: Path) -> None:
    """`is_current` follows the records' content, not their order; a missing or broken index is not current."""
    mark = corpus_fingerprint(records(4))
    assert not is_current(tmp_path, mark)
    build_index(records(4), tmp_path)
    assert is_current(tmp_path, mark)
    assert not is_current(tmp_path, corpus_fingerprint(records(5)))
    assert not is_current(tmp_path, corpus_fingerprint([*records(3), record(3, body="other")]))
    (tmp_path / GENERATIONS / str(current_name(tmp_path)) / "manifest.json").write_text("{")
    assert not is_current(tmp_path, mark)


def test_old_generations_go_but_the_last_one(tmp_path: Path) -> None:
    """Beside the generation in service its predecessor is kept, to go back to by hand."""
    built = [build_index(records(count), tmp_path).generation for count in (1, 2, 3, 4)]
    assert generations(tmp_path) == built[-KEPT:]
    (tmp_path / "CURRENT").write_text(built[-2] + "\n")
    assert len(answers(tmp_path)) == 3
    assert verify_index(tmp_path).problems == ()


def test_an_open_reader_goes_on_through_rebuilds(tmp_path: Path) -> None:
    """An engine answers from what it opened until it is asked to look again, even when its files are gone."""
    build_index(records(5), tmp_path)
    engine = open_engine(tmp_path)
    assert engine.refresh() is engine
    for count in (6, 7, 8):
        build_index(records(count), tmp_path)
        results = engine.search(SearchRequest("housing parks", facets=("theme", "year")))
        assert results.total == 5
        assert engine.get("r004") == record(4)
    fresh = engine.refresh()
    assert fresh is not engine
    assert fresh.search(SearchRequest()).total == 8
    engine.close()
    fresh.close()


def test_many_hashes_are_taken_in_as_one_by_one() -> None:
    """The fingerprint does not tell how it was added up, also where the sum is larger than it can hold."""
    hashes = [bytes([n] * 16) for n in (255, 255, 254, 1, 0)]
    together, singly = CorpusFingerprint(), CorpusFingerprint()
    together.add_all(hashes)
    together.add_all([])
    for each in hashes:
        singly.add(each)
    assert together.hexdigest() == singly.hexdigest()


def test_readers_never_see_half_an_index(tmp_path: Path) -> None:
    """Opened over and over during rebuilds, the index is always whole."""
    build_index(records(3), tmp_path)
    seen: list[int] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                seen.append(len(answers(tmp_path)))
        except BaseException as error:
            failures.append(error)
            raise

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for count in (4, 5, 6, 7, 8, 9):
            build_index(records(count), tmp_path)
    finally:
        done.set()
        reader.join()
    assert not failures
    assert seen == sorted(seen)
    assert seen


# Bad input


def test_two_records_with_one_id_are_refused(tmp_path: Path) -> None:
    """The message names the id; the index in service stays."""
    build_index(records(3), tmp_path)
    with pytest.raises(BadInput, match="r001"):
        build_index([*records(4), record(1, body="another")], tmp_path)
    assert len(answers(tmp_path)) == 3
    assert len(generations(tmp_path)) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError("a reader's own error"), MemoryError])
def test_an_interrupted_build_leaves_nothing_behind(tmp_path: Path, error: BaseException) -> None:
    """Ctrl-C, or a reader that fails: the error comes through, the old generation answers, no part stays."""
    build_index(records(3), tmp_path)

    def failing() -> Iterator[CaseStudy]:
        yield from records(2)
        raise error

    with pytest.raises(error if isinstance(error, type) else type(error)):
        build_index(failing(), tmp_path)
    assert len(answers(tmp_path)) == 3
    assert len(generations(tmp_path)) == 1
    assert build_index(records(4), tmp_path).documents == 4


# Kills


@pytest.mark.parametrize("seed", range(2))
def test_a_build_killed_at_any_moment_loses_nothing(tmp_path: Path, seed: int) -> None:
    """kill -9 at random moments: an index always answers whole, verify passes, and the next build clears up."""
    build_index(records(3), tmp_path)
    dice = random.Random(seed)
    child = python(
        """
        from index import build_index
        build_index(records(2), sys.argv[2])  # everything is loaded once
        print("ready", flush=True)
        while True:
            build_index(records(60), sys.argv[1])
        """,
        tmp_path,
        tmp_path / "other",
    )
    with child:
        until(child, "ready")
        time.sleep(dice.uniform(0.0, 0.4))
        child.kill()
    assert len(answers(tmp_path)) in (3, 60)
    assert verify_index(tmp_path).problems == ()
    assert build_index(records(5), tmp_path).documents == 5
    assert not [name for name in generations(tmp_path) if name.endswith(PART)]
    assert len(answers(tmp_path)) == 5


# Disks


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    """The message names the path and says that nothing was lost."""
    place = tmp_path / "index"
    place.write_text("a file")
    with pytest.raises(StorageFailed, match=r"index"):
        build_index(records(2), place)
    with pytest.raises(StorageFailed, match=r"index"):
        build_index(records(2), place / "deeper")
    assert place.read_text() == "a file"


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    """A read-only index answers, and refuses a build in one sentence."""
    build_index(records(3), tmp_path)
    script = """
        import os
        from corpus.errors import StorageFailed
        from index import build_index
        if os.getuid() == 0:
            build_index(records(2), sys.argv[2])  # what root alone may load is loaded
            answers(Path(sys.argv[2]))
            os.setgid(65534)
            os.setuid(65534)
        print(len(answers(Path(sys.argv[1]))), flush=True)
        try:
            build_index(records(2), sys.argv[1])
        except StorageFailed as error:
            print(error, flush=True)
    """
    for folder in (tmp_path, *tmp_path.rglob("*")):
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    for folder in tmp_path.parents:
        if folder.owner() == tmp_path.owner() and folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(folder.stat().st_mode | 0o055)
    try:
        with python(script, tmp_path, scratch := scratch_folder()) as child:
            output = child.communicate()[0].splitlines()
    finally:
        for folder in (tmp_path, *tmp_path.rglob("*")):
            folder.chmod(0o755 if folder.is_dir() else 0o644)
        shutil.rmtree(scratch)
    assert output[0] == "3"
    assert output[1].startswith(f"Cannot write to {tmp_path}")
    assert len(answers(tmp_path)) == 3


FULL_DISK = """
    import resource, signal
    from corpus.errors import StorageFailed
    from index import build_index
    build_index(records(3), sys.argv[1])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for limit in (2_000, 20_000, 60_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            build_index([record(n, body=" ".join(f"word{n}x{i}" for i in range(400))) for n in range(80)], sys.argv[1])
        except StorageFailed as error:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print(len(answers(Path(sys.argv[1]))), error, flush=True)
"""


def test_a_file_that_cannot_grow_is_said(tmp_path: Path) -> None:
    """A write that the system refuses, early or late: one sentence each, and the old generation answers."""
    with python(FULL_DISK, tmp_path) as child:
        messages = child.communicate()[0].splitlines()
    assert len(messages) == 3
    assert all(message.startswith(f"3 Cannot write the index {tmp_path}") for message in messages)
    assert verify_index(tmp_path).problems == ()
    assert len(generations(tmp_path)) == 1


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """A disk of 300 KB fills up during a build: the message says so, and the old generation answers."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        # Only an administrator can mount; the test above shows the same with a limit on files.
        return
    try:
        build_index(records(2), tmp_path)
        with pytest.raises(StorageFailed, match=r"The disk that holds .* is full\. .*not touched"):
            build_index([record(n, body=" ".join(f"word{n}x{i}" for i in range(400))) for n in range(80)], tmp_path)
        assert len(answers(tmp_path)) == 2
        assert verify_index(tmp_path).problems == ()
        assert len(generations(tmp_path)) == 1
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_progress_is_told(tmp_path: Path) -> None:
    """The callback hears how many records are done; the last call has them all."""
    heard: list[tuple[int, int | None]] = []
    build_index(records(150), tmp_path, lambda done, total: heard.append((done, total)))
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1][0] == 150


def test_other_ranking_constants_make_an_index_out_of_date(tmp_path: Path) -> None:
    """An index whose impacts were computed with other constants is built again."""
    mark = corpus_fingerprint(records(4))
    build_index(records(4), tmp_path, impacts=ranking_settings(k1=9.0))
    assert not is_current(tmp_path, mark)
    build_index(records(4), tmp_path)
    assert is_current(tmp_path, mark)
