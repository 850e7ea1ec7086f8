"""What the steps of ranking cost: time a question and bytes a record.

    python -m benchmarks.ranking_cost --documents 20000,100000

Builds an index of generated records, then asks the same plain questions of two to
five words (half of them from neighbouring words of a record, so that pairs occur) with
every ranking in turns: ten hits with three facets, and ten hits alone. Of every question the best
of several rounds counts; shown are median and 95th percentile over the questions, and the
median ratio to `words`. What was learned is learned once more, alone, to tell its share of the build.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import numpy as np

from benchmarks.generate import SEED, Generator
from index import build_index
from index.codec import segment_arrays
from index.generations import open_current
from index.learned import learn
from search import Engine, SearchRequest, open_engine
from search.options import RANKINGS

QUESTIONS: Final = 200
FACETS: Final = ("theme", "funding", "council")


def questions_from(generator: Generator, count: int, seed: int = 1) -> list[str]:
    """Plain questions whose words stand together in some record."""
    random = np.random.default_rng(seed)
    found = []
    for record in generator.records(count):
        words = [word for word in record.body.split() if word.isalpha()]
        size = int(random.integers(2, 6))
        if random.random() < 0.5:
            at = int(random.integers(0, len(words) - size))
            found.append(" ".join(words[at : at + size]))
        else:
            found.append(" ".join(random.choice(words, size, replace=False).tolist()))
    return found


def timed(
    engines: dict[str, Engine], questions: list[str], facets: tuple[str, ...], rounds: int
) -> dict[str, list[float]]:
    """The best time of each question with each engine, in milliseconds; the engines take turns."""
    best = {name: [float("inf")] * len(questions) for name in engines}
    for _ in range(rounds):
        for at, text in enumerate(questions):
            for name, engine in engines.items():
                request = SearchRequest(text=text, facets=facets, snippets=False, literal=True)
                started = time.perf_counter()
                engine.search(request)
                best[name][at] = min(best[name][at], 1_000 * (time.perf_counter() - started))
    return best


def learning_seconds(index: Path) -> float:
    """How long it takes to learn from the segments of an index again."""
    with open_current(index).whoosh_index().reader() as reader, tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        for segment in segment_arrays(reader):
            learn(Path(folder), segment)
        return time.perf_counter() - started


def report(documents: int, rounds: int) -> Iterator[str]:
    """Build, ask, and give the lines of a Markdown table."""
    generator = Generator(SEED)
    questions = questions_from(generator, QUESTIONS)
    with tempfile.TemporaryDirectory(prefix="casefinder-cost-") as folder:
        built = build_index(generator.records(documents), folder)
        learned = sum(path.stat().st_size for path in Path(folder).rglob("*.learned"))
        total = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        yield (
            f"{documents:,} documents: built in {built.seconds:.1f} s, {total / documents:,.0f} bytes a document, "
            f"{learned / documents:,.0f} of them learned"
        )
        yield f"{documents:,} documents: learning alone takes {learning_seconds(Path(folder)):.1f} s"
        engines = {name: open_engine(folder, ranking) for name, ranking in RANKINGS.items()}
        for facets in (FACETS, ()):
            best = timed(engines, questions, facets, rounds)
            for name, times in best.items():
                ratios = np.array(times) / np.array(best["words"])
                yield (
                    f"| {documents:,} | {len(facets)} facets | {name} | {np.median(times):.3f} | "
                    f"{np.percentile(times, 95):.3f} | {np.median(ratios):.2f} |"
                )
        for engine in engines.values():
            engine.close()


@click.command(help=__doc__)
@click.option("--documents", default="20000,100000", show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(documents: str, rounds: int) -> None:
    """Print the costs at each size."""
    click.echo("| documents | facets | ranking | p50 ms | p95 ms | × words |")
    for size in documents.split(","):
        for line in report(int(size), rounds):
            click.echo(line)


if __name__ == "__main__":
    main()
