"""Where the time of a fresh process goes, from the start of Python to its first answer and its end.

    python -m benchmarks.start --index var/index --question "health inequalities deprived areas"

Many processes in a row; shown are the medians, and the least, which a machine that does other work distorts less. Files
are in the system's page cache and Python's compiled modules are kept, as for an installed program. The question is
asked twice, first without passages as the speed benchmark asks it, then with them as a page does. numpy is imported
first, to be told apart from what is ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

import click

TREE: Final = Path(__file__).resolve().parent.parent

CHILD: Final = """
import sys, time
times = [time.perf_counter()]
import numpy
times.append(time.perf_counter())
import search.whoosh_engine
from search import SearchRequest, open_engine
times.append(time.perf_counter())
engine = open_engine(sys.argv[1])
times.append(time.perf_counter())
engine.search(SearchRequest(sys.argv[2], snippets=False))
times.append(time.perf_counter())
engine.search(SearchRequest(sys.argv[2]))
times.append(time.perf_counter())
print(*(after - before for before, after in zip(times, times[1:])))
"""

PARTS: Final = (
    "Python itself, from start to end",
    "importing numpy",
    "importing what is ours",
    "opening the index",
    "the first answer",
    "its passages, and the answer again",
    "the rest: the way to the first line, and the end",
    "the whole process",
)


def measured(index: Path, question: str, times: int) -> list[tuple[float, ...]]:
    """Seconds of each of `PARTS` in each of `times` processes; one before is not counted."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs = []
    for _ in range(times + 1):
        bare = _seconds(["-c", ""], environment)[0]
        whole, printed = _seconds(["-c", CHILD, str(index.resolve()), question], environment)
        steps = [float(part) for part in printed.split()]
        runs.append((bare, *steps, whole - bare - sum(steps), whole))
    return runs[1:]


def _seconds(arguments: list[str], environment: dict[str, str]) -> tuple[float, str]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True, cwd=TREE, env=environment
    )
    return time.perf_counter() - started, done.stdout


def table(runs: list[tuple[float, ...]]) -> Iterator[str]:
    """The medians and the least as lines of a Markdown table."""
    yield "| part | median ms | least ms |"
    yield "| --- | --: | --: |"
    for shown, seconds in zip(PARTS, zip(*runs, strict=True), strict=True):
        yield f"| {shown} | {1e3 * median(seconds):.0f} | {1e3 * min(seconds):.0f} |"


@click.command(help=__doc__)
@click.option("--index", type=click.Path(path_type=Path, exists=True, file_okay=False), default="var/index")
@click.option("--question", default="health inequalities deprived areas", show_default=True, help="What is asked.")
@click.option("--times", type=click.IntRange(1), default=21, show_default=True, help="Processes.")
@click.option("--json", "as_json", is_flag=True, help="Seconds of every process, for programs.")
def main(index: Path, question: str, times: int, as_json: bool) -> None:
    """Start processes and print where their time went."""
    runs = measured(index, question, times)
    click.echo(json.dumps([dict(zip(PARTS, run, strict=True)) for run in runs]) if as_json else "\n".join(table(runs)))


if __name__ == "__main__":
    main()
