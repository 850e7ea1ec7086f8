"""Where the time of one answer goes: the steps of Casefinder's engine on the questions of the speed benchmark.

    python -m benchmarks.steps --size 25000 --kind or

Uses the records and the index of `benchmarks.speed` and makes them where they are missing. Every question is asked
several times; shown are the medians over all. A step holds what it calls, so an indented row is a part of the row
above it; what no row names is bookkeeping.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from benchmarks.generate import SEED, Generator
from benchmarks.jsonl import read_records
from benchmarks.peers.casefinder import Casefinder
from benchmarks.questions import KINDS, SAMPLE, Kind, questions
from benchmarks.store import BENCH, built, records_file
from search import compiled, whoosh_engine
from search.order import Order
from search.rerank import Reranker
from search.understand import Understanding
from search.whoosh_engine import WhooshEngine

STEPS: Final[tuple[tuple[Any, str, str], ...]] = (
    (WhooshEngine, "search", "the whole answer"),
    (Understanding, "read", "  understanding"),
    (WhooshEngine, "_matches", "  matches and scores"),
    (WhooshEngine, "_passed", "  filters"),
    (Reranker, "raised", "  closer look"),
    (Reranker, "candidates", "    choosing whom to look at"),
    (Reranker, "_proximity", "    words near each other"),
    (Order, "top", "  choosing ten"),
    (WhooshEngine, "_hits", "  the ten hits"),
    (whoosh_engine, "count_facets", "  all facets"),
)
"""Where each step is, its name there, and what it is called here."""

ROUNDS: Final = 6


@contextmanager
def watched(times: dict[str, list[float]]) -> Iterator[None]:
    """Note the seconds of every step until the end of the block."""
    before = [(place, name, getattr(place, name)) for place, name, _ in STEPS]
    for (place, name, step), (_, _, shown) in zip(before, STEPS, strict=True):
        setattr(place, name, _timed(step, times.setdefault(shown, [])))
    try:
        yield
    finally:
        for place, name, step in before:
            setattr(place, name, step)


def _timed(step: Callable[..., Any], times: list[float]) -> Callable[..., Any]:
    @wraps(step)
    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        answer = step(*args, **kwargs)
        times.append(time.perf_counter() - started)
        return answer

    return timed


def table(times: dict[str, list[float]], asked: int) -> Iterator[str]:
    """The medians as lines of a Markdown table."""
    yield "| step | median µs | times a question |"
    yield "| --- | --: | --: |"
    for shown, seconds in times.items():
        if seconds:
            indent = "&nbsp;" * (len(shown) - len(shown.lstrip()))
            yield f"| {indent}{shown.strip()} | {1e6 * float(np.median(seconds)):,.0f} | {len(seconds) / asked:.1f} |"


@click.command(help=__doc__)
@click.option("--size", type=click.IntRange(SAMPLE), default=25_000, show_default=True, help="Number of records.")
@click.option("--kind", type=click.Choice(KINDS), default="or", show_default=True, help="Kind of question.")
@click.option("--queries", type=click.IntRange(1), default=100, show_default=True, help="Questions.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=BENCH, show_default="var/bench")
def main(size: int, kind: Kind, queries: int, folder: Path) -> None:
    """Ask every question a few times under the watch and print where the time went."""
    sample = list(read_records(records_file(SEED, size, folder=folder), SAMPLE))
    asked = questions(sample, Generator(SEED).name_words, queries, SEED)[kind]
    engine = Casefinder(built("casefinder", SEED, size, False, folder)[0])
    prepared = [engine.prepare(question) for question in asked]
    for form in prepared:
        engine.search(form)
    times: dict[str, list[float]] = {}
    with watched(times):
        for _ in range(ROUNDS):
            for form in prepared:
                engine.search(form)
    engine.close()
    loops = "compiled loops" if compiled.kernel is not None else "numpy alone"
    click.echo(f"{size:,} records, {queries} questions of the kind “{kind}”, {loops}\n")
    click.echo("\n".join(table(times, ROUNDS * len(prepared))))


if __name__ == "__main__":
    main()
