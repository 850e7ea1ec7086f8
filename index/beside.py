"""Work in processes and threads beside this one, for the steps of a build that do not need each other."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from corpus.errors import StorageFailed


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def worker_processes(count: int, start: Callable[..., None], *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """`count` processes that each call `start` once and then do what is submitted.

    They leave Ctrl-C to this process and end with it, however it ends.
    Raises `StorageFailed` when the system killed one.
    """
    pool = ProcessPoolExecutor(count, mp_context=_context(), initializer=_begin, initargs=(start, arguments))
    try:
        yield pool
    except BrokenProcessPool as error:
        raise StorageFailed(
            "A worker process of the build was killed, most likely because memory ran out. "
            "Build with fewer workers; the index in service was not touched."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def beside(worth_it: bool, function: Callable[..., None], *arguments: Any) -> Iterator[None]:
    """Do the body, and call a function in another process meanwhile; here, before it, if that is not worth a process.

    Both are done at the end. Raises what the function raises.
    """
    if not worth_it or cores() < 2:
        function(*arguments)
        yield
        return
    with worker_processes(1, _nothing) as pool:
        done = pool.submit(function, *arguments)
        yield
        done.result()


def side_by_side(row: Iterator[object], *others: Iterator[object]) -> None:
    """Do rows of steps at once, the first here and each other in a thread: numpy and the loops let threads work.

    A row is an iterator that does a step each time that it is asked for the next. When one fails, or the build is
    interrupted, the others end after the step that they are at. With one core, they are done one after another.
    """
    stop = threading.Event()
    if cores() < 2:
        for alone in (row, *others):
            _all_steps(alone, stop)
        return
    with ThreadPoolExecutor(len(others)) as pool:
        beside = [pool.submit(_all_steps, other, stop) for other in others]
        try:
            for _ in row:
                if any(each.done() and each.exception() for each in beside):
                    break
            for each in beside:
                each.result()
        finally:
            stop.set()


def _all_steps(row: Iterator[object], stop: threading.Event) -> None:
    for _ in row:
        if stop.is_set():
            return


def _nothing() -> None:
    """There is nothing to prepare."""


def _context() -> multiprocessing.context.BaseContext:
    """Forked workers share what is already loaded; with other threads running, only fresh ones are safe."""
    forks = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    return multiprocessing.get_context("fork" if forks else "spawn")


def _begin(start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone decides what happens then.
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    start(*arguments)


def _end_with_parent() -> None:
    """End this worker when the build was killed: nobody else would ever wake it from its wait for work."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
