"""The tables that a benchmark prints, in Markdown, so that they can be pasted into the docs as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.first_answer import FirstAnswer
from benchmarks.questions import TITLES, Kind
from benchmarks.store import BuildFigures
from benchmarks.timing import Times

YARDSTICK: Final = "tantivy"
"""The engine that all ratios refer to."""

_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class SizeFigures:
    """Everything that was measured with one number of records."""

    documents: int
    builds: tuple[BuildFigures, ...]
    times: Mapping[str, Mapping[Kind, Times]]
    first: Mapping[str, FirstAnswer]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first two columns are text, the others figures."""
    rule = ["---", "---", *["--:"] * (len(head) - 2)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def figure(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _times_table(sizes: Sequence[SizeFigures], part: str, yardstick: str | None = None) -> str:
    """One percentile of every engine and kind: in milliseconds, or as a multiple of the yardstick's speed."""
    kinds = list(next(iter(sizes[0].times.values())))
    rows = []
    for one in sizes:
        for name, times in one.times.items():
            cells = [float(getattr(times[kind], part)) for kind in kinds]
            if yardstick:
                theirs = [float(getattr(one.times[yardstick][kind], part)) for kind in kinds]
                cells = [other / mine for other, mine in zip(theirs, cells, strict=True)]
            rows.append([f"{one.documents:,}", name, *map(figure, cells)])
    return table(["documents", "engine", *(TITLES[kind] for kind in kinds)], rows)


def report(sizes: Sequence[SizeFigures], machine: str, queries: int, rounds: int, best: bool = False) -> str:
    """All tables with their headings."""
    counted = f"the best of {rounds} times" if best else f"each timed {rounds} times"
    parts = [machine, f"{queries} questions of each kind, {counted}, one thread, warm."]
    for part in ("p50", "p95", "p99"):
        parts += [f"### Milliseconds, {part}", _times_table(sizes, part)]
    if all(YARDSTICK in one.times for one in sizes):
        for part in ("p50", "p95"):
            parts += [f"### How many times faster than {YARDSTICK}, {part}", _times_table(sizes, part, YARDSTICK)]
    parts.append("### Building")
    head = ["documents", "engine", "docs/s", "seconds", "peak MiB", "index MiB", "bytes a document"]
    rows = [
        [
            f"{build.documents:,}",
            build.peer,
            figure(build.per_second),
            figure(build.seconds),
            figure(build.peak_bytes / _MIB),
            figure(build.index_bytes / _MIB),
            figure(build.index_bytes / build.documents),
        ]
        for one in sizes
        for build in one.builds
    ]
    parts.append(table(head, rows))
    parts.append("### First answer of a fresh process, milliseconds")
    head = ["documents", "engine", "whole process", "imports", "opening", "first answer", "second answer"]
    rows = [
        [f"{one.documents:,}", name, *(figure(step * 1_000) for step in _steps(first))]
        for one in sizes
        for name, first in one.first.items()
    ]
    parts.append(table(head, rows))
    return "\n\n".join(parts)


def _steps(first: FirstAnswer) -> tuple[float, ...]:
    return (first.process, first.imports, first.opening, first.first, first.second)
