"""How long the search page takes on the server, beside Datasette's table page with the same search and facets.

    python -m benchmarks.page                       the shipped case studies
    python -m benchmarks.page --size 100000 --datasette

Pages are asked for inside one process through each application's own test
client: what is measured is parsing, searching, counting, snippets and
rendering, without the network.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import click
import numpy as np

from benchmarks.generate import SEED, Generator
from benchmarks.jsonl import read_records
from benchmarks.questions import SAMPLE, TITLES, Kind, Question, questions, values_of
from benchmarks.report import figure, table
from benchmarks.store import BENCH, records_file
from benchmarks.timing import EnginesDisagree, Times
from corpus.model import CaseStudy

KINDS: Final[tuple[Kind, ...]] = ("or", "filtered", "phrase")


class Pages(Protocol):
    """An application that answers questions with pages."""

    def address(self, question: Question) -> str:
        """Where the question is answered."""
        ...

    def get(self, address: str) -> bytes:
        """The page."""
        ...

    def total(self, question: Question) -> int:
        """The number of matches."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class OurPages:
    """Casefinder's search page with facets, histogram and snippets."""

    def __init__(self, index: Path) -> None:
        """Open the application over an index."""
        from webui.app import create_app

        self._app = create_app(index)
        self._client: Any = self._app.test_client()

    def address(self, question: Question) -> str:
        """The search page's address for a question."""
        words = f'"{" ".join(question.words)}"' if question.kind == "phrase" else " ".join(question.words)
        filters = ((name, value) for name, chosen in question.filters.items() for value in chosen)
        return f"/search?{urlencode([('q', words), *filters])}"

    def get(self, address: str) -> bytes:
        """The page."""
        answered = self._client.get(address)
        if answered.status_code != 200:
            raise RuntimeError(f"Casefinder answered {answered.status_code} to {address}.")
        return bytes(answered.data)

    def total(self, question: Question) -> int:
        """The number of matches that the JSON interface tells."""
        address = self.address(question).replace("/search?", "/api/v1/search?", 1)
        return int(json.loads(self.get(address))["total"])

    def close(self) -> None:
        """The application closes with the process."""


def shipped_questions(records: Sequence[CaseStudy], per_kind: int, seed: int) -> dict[Kind, tuple[Question, ...]]:
    """Questions about the shipped case studies in their own words: keywords, filtered ones, and keywords as phrases."""
    rng = np.random.default_rng([seed, 3])
    asked: dict[Kind, tuple[Question, ...]] = {}
    for kind in KINDS:
        some: list[Question] = []
        while len(some) < per_kind:
            record = records[int(rng.integers(len(records)))]
            words = tuple(record.keywords[int(rng.integers(len(record.keywords)))].split()) if record.keywords else ()
            filters = {"theme": values_of(record, "theme")[:1]} if kind == "filtered" else {}
            if words:
                some.append(Question(kind, words, filters))
        asked[kind] = tuple(some)
    return asked


def single_valued(asked: dict[Kind, tuple[Question, ...]]) -> dict[Kind, tuple[Question, ...]]:
    """The same questions with one value a filter, which every application can be asked."""
    return {
        kind: tuple(Question(kind, one.words, {name: some[:1] for name, some in one.filters.items()}) for one in every)
        for kind, every in asked.items()
        if kind in KINDS
    }


def time_pages(
    applications: dict[str, Pages], asked: dict[Kind, tuple[Question, ...]], rounds: int
) -> Iterator[tuple[str, Kind, Times, float]]:
    """For every application and kind: its times and the median size of a page in bytes.

    One uncounted round comes first.
    """
    for kind, some in asked.items():
        seconds: dict[str, list[float]] = {name: [] for name in applications}
        sizes: dict[str, list[int]] = {name: [] for name in applications}
        for turn in range(rounds + 1):
            for question in some:
                for name, pages in applications.items():
                    address = pages.address(question)
                    started = time.perf_counter()
                    page = pages.get(address)
                    if turn:
                        seconds[name].append(time.perf_counter() - started)
                        sizes[name].append(len(page))
        for name in applications:
            yield name, kind, Times.of(seconds[name]), float(np.median(sizes[name]))


def _same_totals(applications: dict[str, Pages], asked: dict[Kind, tuple[Question, ...]]) -> None:
    for kind, some in asked.items():
        # A phrase may run over a heading, which one application reads through and the other does not.
        for question in some if kind != "phrase" else ():
            totals = {name: pages.total(question) for name, pages in applications.items()}
            if len(set(totals.values())) > 1:
                raise EnginesDisagree(f"{question}: {totals}")


def _indexed(home: Path, records: Iterator[CaseStudy], with_datasette: bool) -> dict[str, Pages]:
    from index import build_index

    rmtree(home, ignore_errors=True)
    every = list(records)
    build_index(iter(every), home / "casefinder")
    applications: dict[str, Pages] = {"casefinder": OurPages(home / "casefinder")}
    if with_datasette:
        from benchmarks.peers import datasette_page

        (home / "datasette").mkdir()
        datasette_page.build(iter(every), home / "datasette")
        applications["datasette"] = datasette_page.DatasettePages(home / "datasette")
    return applications


@click.command()
@click.option(
    "--size", type=click.IntRange(0), default=0, help="Generated records; without it the shipped case studies."
)
@click.option("--datasette", is_flag=True, help="Time Datasette beside us (pip install 'datasette<1').")
@click.option("--queries", type=click.IntRange(1), default=100, show_default=True, help="Questions of each kind.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Times each page is timed.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed gives the same run.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=BENCH,
    show_default="var/bench",
    help="Where records and indexes are kept.",
)
def main(size: int, datasette: bool, queries: int, rounds: int, seed: int, folder: Path) -> None:
    """Measure the search page."""
    if size and size < SAMPLE:
        raise click.BadParameter(f"the smallest size is {SAMPLE}: the questions are drawn from so many records.")
    if size:
        path = records_file(seed, size, prose=True, folder=folder)
        # The questions come from the bare words of the same seed: headings and full stops are no words.
        bare = list(Generator(seed).records(SAMPLE))
        asked = single_valued(questions(bare, Generator(seed).name_words, queries, seed))
        applications = _indexed(folder / "page", read_records(path, size), datasette)
    else:
        from corpus import read_corpus
        from corpus.readers import starter_corpus

        shipped = list(read_corpus(starter_corpus()))
        asked = shipped_questions(shipped, queries, seed)
        applications = _indexed(folder / "page", iter(shipped), datasette)
    if size:  # invented words are the same terms for both; real ones are stemmed by us only
        _same_totals(applications, asked)
    rows = [
        [f"{size:,}" if size else "shipped", name, TITLES[kind], *map(figure, (t.p50, t.p95, t.p99, bytes_ / 1024))]
        for name, kind, t, bytes_ in time_pages(applications, asked, rounds)
    ]
    click.echo(table(["documents", "application", "question", "p50 ms", "p95 ms", "p99 ms", "page KiB"], rows))
    for pages in applications.values():
        pages.close()


if __name__ == "__main__":
    main()
