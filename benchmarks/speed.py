"""The speed benchmark: every engine on the same records and questions, side by side.

    python -m benchmarks.speed --sizes 2500,25000 --peers casefinder,tantivy,fts5,whoosh --queries 300

For every size: generates the records, builds each engine's index in a process
of its own, checks that all engines give the same totals and the same count of
every facet value, times the questions in turns, and asks a first question of
fresh processes. Records and indexes are kept in `var/bench` and used again
while the code that made them is unchanged.
"""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.first_answer import FirstAnswer, measure
from benchmarks.generate import SEED, Generator
from benchmarks.jsonl import read_records
from benchmarks.peers import NAMES, peer
from benchmarks.peers.base import Peer, PeerMissing
from benchmarks.questions import KINDS, SAMPLE, Kind, Question, questions
from benchmarks.report import SizeFigures, report
from benchmarks.store import BENCH, TREE, BuildFailed, BuildFigures, built, cores, records_file
from benchmarks.timing import EnginesDisagree, Times, check_agreement, time_questions

SLOW: Final = ("whoosh",)
"""Engines that get fewer questions, in a pass of their own: a tenth of a second of
   work between two questions would also empty the processor's caches for the quick ones."""


def _listed(known: tuple[str, ...]) -> Any:
    def read(context: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        for name in names:
            if name not in known:
                raise click.BadParameter(f"there is no {name!r} (expected some of {', '.join(known)}).")
        return names

    return read


def _sizes(context: click.Context, option: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part.replace("_", "")) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no list of numbers like 2500,25000.") from error
    if min(sizes) < SAMPLE:
        raise click.BadParameter(f"the smallest size is {SAMPLE}: the questions are drawn from so many records.")
    return sizes


@click.command()
@click.option("--sizes", callback=_sizes, default="2500,25000", show_default=True, help="Numbers of records.")
@click.option("--peers", "names", callback=_listed(NAMES), default=",".join(NAMES), show_default=True, help="Engines.")
@click.option("--kinds", callback=_listed(KINDS), default=",".join(KINDS), show_default=True, help="Kinds of question.")
@click.option("--queries", type=click.IntRange(1), default=300, show_default=True, help="Questions of each kind.")
@click.option("--slow-queries", type=click.IntRange(1), default=30, show_default=True, help="The same for Whoosh.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Times each question is timed.")
@click.option("--best", is_flag=True, help="Count only the best time of each question: for a busy machine.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed gives the same run.")
@click.option("--rebuild", is_flag=True, help="Build again even where nothing changed.")
@click.option("--unchecked", is_flag=True, help="Go on where the engines disagree, and say so.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=BENCH,
    show_default="var/bench",
    help="Where records and indexes are kept.",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here.")
def main(
    sizes: tuple[int, ...],
    names: tuple[str, ...],
    kinds: tuple[Kind, ...],
    queries: int,
    slow_queries: int,
    rounds: int,
    best: bool,
    seed: int,
    rebuild: bool,
    unchecked: bool,
    folder: Path,
    json_path: Path | None,
) -> None:
    """Measure engines on generated case studies."""
    try:
        versions = [peer(name).version() for name in names]
    except PeerMissing as error:
        raise click.ClickException(str(error)) from error
    figures: list[SizeFigures] = []
    name_words = Generator(seed).name_words
    for size in sizes:
        sample = list(read_records(records_file(seed, size, folder=folder), SAMPLE))
        asked = {kind: some for kind, some in questions(sample, name_words, queries, seed).items() if kind in kinds}
        try:
            figures.append(_measured(size, names, asked, slow_queries, rounds, best, seed, rebuild, unchecked, folder))
        except (BuildFailed, EnginesDisagree) as error:
            raise click.ClickException(f"At {size} records:\n{error}") from error
    machine = f"{platform.machine()}, {cores()} cores, Python {platform.python_version()}; {', '.join(versions)}"
    click.echo(report(figures, machine, queries, rounds, best))
    if json_path:
        plain = {"machine": machine, "seed": seed, "queries": queries, "rounds": rounds, "best": best}
        json_path.write_text(json.dumps({**plain, "sizes": [asdict(one) for one in figures]}, indent=1) + "\n")


def _measured(
    size: int,
    names: tuple[str, ...],
    asked: dict[Kind, tuple[Question, ...]],
    slow_queries: int,
    rounds: int,
    best: bool,
    seed: int,
    rebuild: bool,
    unchecked: bool,
    folder: Path,
) -> SizeFigures:
    """Build, check, time: everything that is measured at one size."""
    builds: list[BuildFigures] = []
    places: dict[str, Path] = {}
    for name in names:
        click.echo(f"{size:,} records: {name} builds", err=True)
        places[name], built_so = built(name, seed, size, rebuild, folder)
        builds.append(built_so)
    engines: list[Peer] = [peer(name)(places[name]) for name in names]
    quick = [engine for engine in engines if engine.name not in SLOW]
    slow = [engine for engine in engines if engine.name in SLOW]
    some = {kind: several[:slow_queries] for kind, several in asked.items()}
    for kind in asked:
        click.echo(f"{size:,} records: do the engines agree on {kind}?", err=True)
        try:
            check_agreement(engines, some[kind])
            check_agreement(quick, asked[kind])
        except EnginesDisagree as error:
            if not unchecked:
                raise
            click.echo(f"THE ENGINES DISAGREE:\n{error}", err=True)
    click.echo(f"{size:,} records: timing", err=True)
    times: dict[str, dict[Kind, Times]] = {}
    if quick:
        times |= time_questions(quick, asked, rounds, best)
    if slow:
        times |= time_questions(slow, some, 1)
    for engine in engines:
        engine.close()
    opener = next(iter(asked.values()))[0]
    first: dict[str, FirstAnswer] = {name: measure(name, places[name], opener, TREE) for name in names}
    return SizeFigures(size, tuple(builds), times, first)


if __name__ == "__main__":
    main()
