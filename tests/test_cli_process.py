"""The command line as a process: signals, pipes, locks and disks."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60
"""Seconds after which a process that should have ended counts as hanging."""


def command(*arguments: str) -> list[str]:
    """The words that call casefinder in another process."""
    return [sys.executable, str(ROOT / "cli.py"), *arguments]


def run(*arguments: str, limit: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """Run to the end; `limit` is called in the child before it starts."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=PATIENCE, preexec_fn=limit, check=False
    )


def line(number: int) -> str:
    """One record as a line of JSON."""
    body = f"## The challenge\n\nParks, houses and record number {number}. " + "More words follow here. " * 40
    return json.dumps({"id": f"record-{number}", "title": f"Record {number}", "body": body}) + "\n"


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A running casefinder, killed at the end if it still runs."""
    with subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index that holds one record."""
    corpus = tmp_path / "one.jsonl"
    corpus.write_text(line(1), encoding="utf-8")
    built = run("--index", str(tmp_path / "index"), "index", "build", "--corpus", str(corpus))
    assert built.returncode == 0, built.stderr
    return tmp_path / "index"


def total(index: Path) -> int:
    """How many records the index in service answers with."""
    found: int = json.loads(run("--index", str(index), "search", "--json").stdout)["total"]
    return found


@contextmanager
def half_done_build(index: Path) -> Iterator[subprocess.Popen[str]]:
    """A build in the middle of reading its records, which come through a pipe that stays open."""
    pipe = index.parent / "endless.jsonl"
    os.mkfifo(pipe)
    with (
        started("--index", str(index), "index", "build", "--corpus", str(pipe)) as build,
        pipe.open("w", encoding="utf-8") as records,
    ):
        for number in range(200):
            records.write(line(number))
        records.flush()
        wait_for(lambda: list((index / "generations").glob("*.part")) != [])
        yield build


def wait_for(condition: Callable[[], bool]) -> None:
    """Until the condition holds."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def test_ctrl_c_keeps_the_index(index: Path) -> None:
    """Ctrl-C in a build gives a message, the code 130, and the index as it was; nothing is left lying about."""
    with half_done_build(index) as build:
        build.send_signal(signal.SIGINT)
        _, errors = build.communicate(timeout=PATIENCE)
    assert build.returncode == 130
    assert "Stopped. What was indexed before is untouched." in errors
    assert "Traceback" not in errors
    assert total(index) == 1
    assert len(list((index / "generations").iterdir())) == 1


def test_kill_keeps_the_index(index: Path) -> None:
    """A killed build leaves the index as it was, blocks no later build, and its remains are cleared away by it."""
    with half_done_build(index) as build:
        build.kill()
        build.wait(timeout=PATIENCE)
    assert total(index) == 1
    corpus = index.parent / "two.jsonl"
    corpus.write_text(line(1) + line(2), encoding="utf-8")
    assert run("--index", str(index), "index", "build", "--corpus", str(corpus)).returncode == 0
    assert total(index) == 2
    assert list((index / "generations").glob("*.part")) == []


def test_second_writer_is_told_who_holds_the_lock(index: Path) -> None:
    """While one process builds, another one stops with 2 and the number of the first; searching goes on."""
    with half_done_build(index) as build:
        second = run("--index", str(index), "index", "build", "--corpus", str(index.parent / "one.jsonl"))
        assert second.returncode == 2
        assert f"Process {build.pid} on " in second.stderr
        assert total(index) == 1


def test_full_disk_keeps_the_index(index: Path) -> None:
    """When the disk takes no more, the build says so with the code 2, and the index in use answers."""
    corpus = index.parent / "many.jsonl"
    corpus.write_text("".join(map(line, range(300))), encoding="utf-8")

    def small_files() -> None:
        # The nearest thing to a full disk that needs no disk: no file may pass 16 KiB.
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))

    build = run("--index", str(index), "index", "build", "--corpus", str(corpus), limit=small_files)
    assert build.returncode == 2, build.stderr
    assert build.stderr.startswith("Error: ")
    assert "Traceback" not in build.stderr
    assert total(index) == 1


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """An index in a place where no folder can be is an error of one line."""
    (tmp_path / "file").write_text("")
    (tmp_path / "one.jsonl").write_text(line(1))
    build = run("--index", str(tmp_path / "file" / "index"), "index", "build", "--corpus", str(tmp_path / "one.jsonl"))
    assert build.returncode == 2
    assert build.stderr.startswith("Error: Cannot write the index ")
    assert len(build.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["many.jsonl", "folder"])
def test_progress_bar_on_a_terminal(tmp_path: Path, name: str) -> None:
    """A build draws a bar on a terminal, whether or not it knows how many records will come; stdout stays clean."""
    corpus = tmp_path / name
    if corpus.suffix:
        corpus.write_text("".join(map(line, range(300))), encoding="utf-8")
    else:
        corpus.mkdir()
        (corpus / "one.md").write_text("---\nid: one\ntitle: One\n---\nText.\n", encoding="utf-8")
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command("--index", str(tmp_path / "index"), "index", "build", "--corpus", str(corpus)),
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as build:
        os.close(theirs)
        drawn = read_all(ours)
        assert build.stdout is not None
        printed = build.stdout.read()
    assert build.returncode == 0, drawn
    assert b"Indexing" in drawn
    assert b"Traceback" not in drawn
    assert printed.startswith(b"Indexed ")


def read_all(terminal: int) -> bytes:
    """Everything that a process writes to its terminal until it ends."""
    pieces = []
    # A terminal whose other end is closed gives an error instead of an end.
    with os.fdopen(terminal, "rb", buffering=0) as file, contextlib.suppress(OSError):
        while piece := file.read(4096):
            pieces.append(piece)
    return b"".join(pieces)


def test_closed_pipe_is_quiet() -> None:
    """`casefinder … | head` ends without a word of complaint."""
    stats = subprocess.Popen(
        command("corpus", "stats", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert stats.stdout is not None
    assert stats.stderr is not None
    stats.stdout.close()
    errors = stats.stderr.read()
    stats.stderr.close()
    stats.wait(timeout=PATIENCE)
    assert errors == ""


def test_serve_prints_its_address_and_stops(index: Path) -> None:
    """`serve` prints where it is once it answers, and Ctrl-C ends it with 130 and no traceback."""
    with started("--index", str(index), "serve", "--port", "0") as server:
        assert server.stdout is not None
        first = server.stdout.readline()
        assert first.startswith("Casefinder is at http://127.0.0.1:"), (first, server.poll())
        with urlopen(f"{first.split()[-1]}/healthz", timeout=PATIENCE) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=PATIENCE)
    assert server.returncode == 130
    assert "Traceback" not in errors


def test_taken_port_is_named(index: Path) -> None:
    """A port that something else listens on is an error of one line, with the code 2."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        serve = run("--index", str(index), "serve", "--port", str(port))
    assert serve.returncode == 2
    assert serve.stderr.startswith(f"Error: Cannot serve at 127.0.0.1:{port}")
