"""The ranking benchmark: what each step of ranking gives on judged collections.

    python -m benchmarks.ranking FOLDER... --configurations bm25,words,lexical,full

Every folder is a collection in BEIR layout. Each is indexed by the ordinary
builder and asked through the ordinary engine, once per configuration; the
shipped case studies come last, with their first set of judged queries and then, outside the
means, with the further ones (the held-out ones where they are asked for). Differences are to the first
configuration; p is that of a paired randomisation test of nDCG@10.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from benchmarks.ranking_gate import HELD_OUT, measure
from corpus import CaseStudy, read_corpus, starter_corpus
from search.configurations import configuration
from search.evaluation import Configuration, QueryEvaluation, evaluate
from search.quality import compare, mean

SHOWN: Final = ("ndcg@10", "recall@100", "map")


@dataclass(frozen=True, slots=True)
class Row:
    """One configuration on one collection; `search_ms` is the mean time of a question at 100 hits."""

    collection: str
    configuration: str
    per_query: tuple[QueryEvaluation, ...]
    index_s: float
    search_ms: float


def on_collection(folder: Path, way: Configuration) -> Row:
    """One configuration on a collection in BEIR layout."""
    found = evaluate(folder, way)
    return Row(
        found.collection, way.name, found.per_query, found.index_s, 1_000 * found.search_s / len(found.per_query)
    )


def on_case_studies(way: Configuration) -> list[Row]:
    """One configuration on the shipped case studies, a row for each set of judged queries."""
    with tempfile.TemporaryDirectory(prefix="casefinder-ranking-") as folder:
        started = time.perf_counter()
        way.build(_starter(), Path(folder), lambda _done, _total: None)
        built = time.perf_counter()
        engine = way.open(folder)
        try:
            sets = measure(engine, way.request)
        finally:
            engine.close()
        asked = time.perf_counter()
    each_ms = 1_000 * (asked - built) / sum(map(len, sets.values()))
    names = ("case studies", *(f"case studies, {name}" for name in list(sets)[1:]))
    return [
        Row(name, way.name, per_query, built - started, each_ms)
        for name, per_query in zip(names, sets.values(), strict=True)
    ]


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The rows as lines of a Markdown table: figures in points (×100), differences to the first row in brackets."""
    yield "| collection | ranking | nDCG@10 | Recall@100 | MAP | p | index s | question ms |"
    yield "| --- | --- | --: | --: | --: | --: | --: | --: |"
    first = rows[0]
    base = mean({query.id: query.figures for query in first.per_query})
    for row in rows:
        figures = mean({query.id: query.figures for query in row.per_query})
        cells = [f"{100 * figures[name]:.1f}" for name in SHOWN]
        p = ""
        if row is not first:
            cells = [
                f"{cell} ({100 * (figures[name] - base[name]):+.1f})" for cell, name in zip(cells, SHOWN, strict=True)
            ]
            p = f"{_p_value(row, first):.3f}"
        ends = (p, f"{row.index_s:.1f}", f"{row.search_ms:.1f}")
        yield f"| {row.collection} | {row.configuration} | {' | '.join((*cells, *ends))} |"


def _p_value(row: Row, first: Row) -> float:
    ours, theirs = ({query.id: query.figures["ndcg@10"] for query in each.per_query} for each in (row, first))
    return compare("ndcg@10", ours, theirs).p_value


def _starter() -> Iterator[CaseStudy]:
    return read_corpus(starter_corpus())


@click.command(help=__doc__)
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--configurations", default="bm25,words,lexical,full", show_default=True)
@click.option("--case-studies/--no-case-studies", default=True, show_default=True)
@click.option("--held-out/--no-held-out", default=False, show_default=True)
def main(folders: tuple[Path, ...], configurations: str, case_studies: bool, held_out: bool) -> None:
    """Measure, print a table a collection, then the macro mean."""
    ways = [configuration(name.strip()) for name in configurations.split(",")]
    measured = [[on_collection(folder, way) for way in ways] for folder in folders]
    further: list[list[Row]] = []
    if case_studies:
        first, *others = zip(*(on_case_studies(way) for way in ways), strict=True)
        measured.append(list(first))
        further = [list(rows) for rows in others if held_out or HELD_OUT not in rows[0].collection]
    for rows in (*measured, *further):
        click.echo("\n".join(table(rows)) + "\n")
    for at, way in enumerate(ways):
        means = [mean({query.id: query.figures for query in rows[at].per_query}) for rows in measured]
        figures = "  ".join(f"{name} {100 * sum(each[name] for each in means) / len(means):.2f}" for name in SHOWN)
        click.echo(f"mean of {len(means)} collections, {way.name}: {figures}")


if __name__ == "__main__":
    main()
