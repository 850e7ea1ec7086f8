"""One writer at a time."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from index_support import answers, python, records, until

from corpus.errors import IndexLocked, StorageFailed
from index import build_index, update_index
from index.locks import LOCK_FILE, writer_lock


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    """The message names the process, the host, the purpose and the folder."""
    with writer_lock(tmp_path, "index build"):
        with pytest.raises(IndexLocked) as caught, writer_lock(tmp_path, "index update"):
            pass
        message = str(caught.value)
        assert f"Process {os.getpid()} on " in message
        assert "index build" in message
        assert str(tmp_path) in message
    with writer_lock(tmp_path, "index update"):
        assert b"index update" in (tmp_path / LOCK_FILE).read_bytes()
    assert (tmp_path / LOCK_FILE).read_bytes() == b""


def test_the_lock_is_freed_when_the_work_fails(tmp_path: Path) -> None:
    """An error inside leaves no lock behind."""
    with pytest.raises(ZeroDivisionError), writer_lock(tmp_path, "index build"):
        raise ZeroDivisionError
    with writer_lock(tmp_path, "index build"):
        pass


def test_a_killed_writer_blocks_nobody(tmp_path: Path) -> None:
    """While another process builds, nobody else may; once it is killed, anybody may; readers never wait."""
    build_index(records(5), tmp_path)
    child = python(
        """
        from index import build_index
        def slowly():
            yield from records(3)
            print("writing", flush=True)
            time.sleep(60)
        build_index(slowly(), sys.argv[1])
        """,
        tmp_path,
    )
    with child:
        until(child, "writing")
        for write in (build_index, update_index):
            with pytest.raises(IndexLocked, match=f"Process {child.pid} on .*index build"):
                write(records(2), tmp_path)
        assert len(answers(tmp_path)) == 5
        child.kill()
    assert build_index(records(6), tmp_path).documents == 6


def test_workers_of_a_killed_build_hold_nothing(tmp_path: Path) -> None:
    """The processes that share the work of a killed build neither keep its lock nor live on."""
    child = python(
        """
        import multiprocessing
        from index import bulk, build_index
        def slowly():
            yield from records(bulk.ALONE_BELOW)
            print(*[each.pid for each in multiprocessing.active_children()], flush=True)
            print("writing", flush=True)
            time.sleep(60)
        build_index(slowly(), sys.argv[1], workers=2)
        """,
        tmp_path,
    )
    with child:
        assert child.stdout is not None
        workers = [int(pid) for pid in child.stdout.readline().split()]
        until(child, "writing")
        child.kill()
    assert len(workers) == 2
    assert build_index(records(6), tmp_path).documents == 6
    for pid in workers:
        wait_until_gone(pid)


def wait_until_gone(pid: int) -> None:
    """Wait, at most ten seconds, for a process that is not our child to end."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        # A dead process without a parent that asks for it stays listed.
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} lives on")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file in the place of the lock's folder gives the user's words, not a traceback."""
    place = tmp_path / "index"
    place.write_text("not a folder")
    with pytest.raises(StorageFailed, match=r"Cannot write to .*index"), writer_lock(place, "index build"):
        pass
