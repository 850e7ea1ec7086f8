"""What an update costs, and what it costs the questions that come after it.

    python -m benchmarks.updating --size 100000 --changed 100

Takes the index that the speed benchmark built, replaces and adds some records
in a copy of it, and times the questions on the original, on the updated copy,
and on the copy after a merge, in turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from shutil import copytree, rmtree
from typing import ClassVar

import click

from benchmarks.generate import SEED, Generator
from benchmarks.jsonl import read_records
from benchmarks.peers.casefinder import Casefinder
from benchmarks.questions import SAMPLE, TITLES, questions
from benchmarks.report import figure, table
from benchmarks.store import BENCH, built, records_file
from benchmarks.timing import time_questions
from corpus.model import CaseStudy
from index import update_index


class _Before(Casefinder):
    name: ClassVar[str] = "as built"


class _Updated(Casefinder):
    name: ClassVar[str] = "after the update"


class _Merged(Casefinder):
    name: ClassVar[str] = "after a merge"


def changes(records: Path, size: int, changed: int) -> list[CaseStudy]:
    """Half of them records of the first `size` with new words in the body, half of them new."""
    every = size // (changed - changed // 2)
    again = islice(read_records(records, size), 0, None, every)
    altered = [
        replace(record, body=f"{record.body} {record.title}") for record in islice(again, changed - changed // 2)
    ]
    fresh = islice(read_records(records, size + changed // 2), size, None)
    return [*altered, *fresh]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@click.command()
@click.option("--size", type=click.IntRange(SAMPLE), default=100_000, show_default=True, help="Records in the index.")
@click.option("--changed", type=click.IntRange(2), default=100, show_default=True, help="Records that change.")
@click.option("--queries", type=click.IntRange(1), default=100, show_default=True, help="Questions of each kind.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Times each question is timed.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed gives the same run.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=BENCH,
    show_default="var/bench",
    help="Where records and indexes are kept.",
)
def main(size: int, changed: int, queries: int, rounds: int, seed: int, folder: Path) -> None:
    """Measure updates of a Casefinder index."""
    original, _ = built("casefinder", seed, size, folder=folder)
    records = records_file(seed, size + changed, folder=folder)
    some = changes(records, size, changed)
    updated, merged = (folder / "updating" / name for name in ("updated", "merged"))
    for copy in (updated, merged):
        rmtree(copy, ignore_errors=True)
        copytree(original, copy)

    def whole() -> Iterator[CaseStudy]:
        by_id = {record.id: record for record in some}
        held = (by_id.pop(record.id, record) for record in read_records(records, size))
        return chain(held, by_id.values())

    steps: list[tuple[str, Callable[[], object]]] = [
        (f"{changed} records, given alone", lambda: update_index(some, updated, remove_missing=False)),
        (f"{changed} records, given with all others", lambda: update_index(whole(), merged)),
        ("the same corpus again", lambda: update_index(whole(), merged)),
        ("merging into one segment", lambda: update_index([], merged, remove_missing=False, merge=True)),
    ]
    rows = [[f"{size:,}", what, figure(_timed(work))] for what, work in steps]
    click.echo("### Updating\n")
    click.echo(table(["documents", "what", "seconds"], rows))
    engines = [_Before(original), _Updated(updated), _Merged(merged)]
    sample = list(read_records(records, SAMPLE))
    times = time_questions(engines, questions(sample, Generator(seed).name_words, queries, seed), rounds)
    for engine in engines:
        engine.close()
    click.echo("\n### Milliseconds before and after, p50\n")
    kinds = list(times[engines[0].name])
    rows = [[f"{size:,}", name, *(figure(mine[kind].p50) for kind in kinds)] for name, mine in times.items()]
    click.echo(table(["documents", "index", *(TITLES[kind] for kind in kinds)], rows))
    rmtree(folder / "updating")


if __name__ == "__main__":
    main()
