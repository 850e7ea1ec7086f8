"""One writer at a time: a lock that dies with its process and names who holds it."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from corpus.errors import IndexLocked, StorageFailed

LOCK_FILE: Final = "LOCK"

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> None:
        # A byte far behind the text is locked, because Windows lets nobody read a locked byte.
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


_held: set[IO[bytes]] = set()


def _let_go() -> None:
    """A forked child shares the lock's open file, and would keep the lock alive when its parent is killed."""
    for file in _held:
        file.close()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


@contextmanager
def writer_lock(folder: Path, purpose: str) -> Iterator[None]:
    """Hold the writer's lock of an index folder.

    The operating system frees the lock when the process ends, however it ends,
    so a killed build never blocks the next one. Raises `IndexLocked` naming
    the process that holds it, and `StorageFailed` when the folder cannot be
    written.
    """
    path = folder / LOCK_FILE
    try:
        file = path.open("a+b")
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageFailed(f"Cannot write to {folder}: {reason}. Choose another folder with --index.") from error
    with file:
        try:
            _try_lock(file)
        except OSError as error:
            holder = _holder(path)
            raise IndexLocked(f"{holder} is writing the index {folder}. Wait for it to finish, or stop it.") from error
        file.truncate(0)
        file.seek(0)
        note = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "purpose": purpose,
        }
        file.write(json.dumps(note).encode())
        file.flush()
        _held.add(file)
        try:
            yield
        finally:
            _held.discard(file)
            file.truncate(0)


def _holder(path: Path) -> str:
    try:
        note = json.loads(path.read_bytes())
        return f"Process {note['pid']} on {note['host']} ({note['purpose']}, since {note['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "Another process"
