"""How much memory a process and its children really took."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

_PROC: Final = Path("/proc")
_EVERY_SECONDS: Final = 0.5
"""Reading a large process's memory map takes milliseconds of its time: seldom enough not to slow it."""


def own_peak_bytes() -> int:
    """The most memory that this process has held, in bytes.

    Linux keeps the high-water mark of the process image; `getrusage` would
    also count the parent's memory at the moment of the fork.
    """
    status = _PROC / "self" / "status"
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _family(pid: int) -> list[int]:
    """The process and all that descend from it, where the system tells."""
    found = [pid]
    for one in found:
        for children in (_PROC / str(one)).glob("task/*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:
                continue  # a thread that ended while we looked
    return found


def _proportional_bytes(pid: int) -> int:
    """Memory of one process with shared pages divided among those who share them; 0 once it has ended."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


class PeakMemory:
    """Watches a process that has children of its own; `bytes` is the most that all held together (0 if it had none)."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._done = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_EVERY_SECONDS):
            family = _family(self._pid)
            if len(family) > 1:
                self.bytes = max(self.bytes, sum(map(_proportional_bytes, family)))
