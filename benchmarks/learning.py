"""What is lost where a large collection is not learned from as a whole?

    python -m benchmarks.learning FOLDER... (collections in BEIR layout; the shipped case studies are added)

Large collections are learned from by sample, and their neighbours are looked for in cells; both begin above the size of
any judged collection. So all collections are poured into one, each asked its own queries of it, and what begins at
20,000 records is made to begin here: vectors fitted on a part of the records, neighbours among a part of the others.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from benchmarks.ranking_gate import FOLDER as RELEVANCE
from corpus import CaseStudy, read_corpus, starter_corpus
from index import build_index, latent, neighbours
from search import open_engine
from search.beir import as_records, read_collection, read_judged_queries
from search.evaluation import ask
from search.options import RANKINGS
from search.quality import mean

SHOWN: Final = ("ndcg@10", "recall@100")
WHOLE: Final = "all of it"
PARTS: Final = {"a half": 2, "a quarter": 4, "an eighth": 8}
CELLS: Final = (100, 50, 25)


@dataclass(frozen=True, slots=True)
class Asked:
    """Queries and judgements of one of the collections; `known_as` leads from the pool's ids to the judgements'."""

    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]
    known_as: Mapping[str, str]


def pool(folders: Sequence[Path]) -> tuple[list[CaseStudy], list[Asked]]:
    """The records of all collections under ids of their own, and what is asked of them."""
    records: list[CaseStudy] = []
    collections = []
    for number, folder in enumerate((*folders, None)):
        known: dict[str, str] = {}
        queries: Mapping[str, str]
        judgements: Mapping[str, Mapping[str, int]]
        if folder is None:
            own = list(read_corpus(starter_corpus()))
            known.update((record.id, record.id) for record in own)
            queries, judgements = read_judged_queries(RELEVANCE)
        else:
            collection = read_collection(folder)
            own = list(as_records(collection.documents(), known.__setitem__))
            queries, judgements = collection.queries, collection.judgements
        records += (replace(record, id=f"{number}-{record.id}") for record in own)
        collections.append((queries, judgements, {f"{number}-{id}": theirs for id, theirs in known.items()}))
    # A record of another collection is one that nobody judged.
    strangers = {record.id: f"of another collection: {record.id}" for record in records}
    return records, [Asked(queries, judgements, strangers | known) for queries, judgements, known in collections]


@contextmanager
def learned_in_parts(size: int, part: int = 1, cell: int = 0) -> Iterator[None]:
    """Until the end of the block vectors are fitted on 1/`part` of `size` records, neighbours sought in cells."""
    before = latent.SAMPLE, latent.SAMPLED, neighbours.EXACT, neighbours.CELL
    try:
        latent.SAMPLE, latent.SAMPLED = size // part, size  # type: ignore[misc]
        if cell:
            neighbours.EXACT, neighbours.CELL = 0, cell  # type: ignore[misc]
        yield
    finally:
        latent.SAMPLE, latent.SAMPLED, neighbours.EXACT, neighbours.CELL = before  # type: ignore[misc]


def measured(records: Sequence[CaseStudy], asked: Sequence[Asked], ranking: str) -> list[tuple[float, float]]:
    """nDCG@10 and Recall@100 in points of each collection's queries, asked of a fresh index of all records."""
    with tempfile.TemporaryDirectory(prefix="casefinder-learning-") as folder:
        build_index(records, folder)
        engine = open_engine(folder, RANKINGS[ranking])
        try:
            found = [ask(engine, each.queries, each.judgements, each.known_as) for each in asked]
        finally:
            engine.close()
    means = [mean({query.id: query.figures for query in each}) for each in found]
    return [(100 * each[SHOWN[0]], 100 * each[SHOWN[1]]) for each in means]


def rows(records: Sequence[CaseStudy], asked: Sequence[Asked]) -> Iterator[str]:
    """The lines of a Markdown table."""
    size = len(records)
    yield _row("nothing (`lexical`)", measured(records, asked, "lexical"))
    with learned_in_parts(size):
        yield _row(WHOLE, measured(records, asked, "full"))
    for name, part in PARTS.items():
        with learned_in_parts(size, part):
            yield _row(f"vectors from {name}", measured(records, asked, "full"))
    for cell in CELLS:
        with learned_in_parts(size, cell=cell):
            yield _row(f"neighbours in cells of {cell}", measured(records, asked, "full"))


def _row(name: str, figures: Sequence[tuple[float, float]]) -> str:
    means = tuple(sum(each[at] for each in figures) / len(figures) for at in range(2))
    cells = " | ".join(f"{ndcg:.1f}, {recall:.1f}" for ndcg, recall in (*figures, means))
    return f"| {name} | {cells} |"


@click.command(help=__doc__)
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folders: tuple[Path, ...]) -> None:
    """Print nDCG@10 and Recall@100 for every way of learning."""
    records, asked = pool(folders)
    click.echo(f"{len(records):,} records poured into one index\n")
    names = (*(folder.resolve().name for folder in folders), "case studies", "mean")
    click.echo(f"| learned from | {' | '.join(names)} |\n| --- |{' --: |' * len(names)}")
    for row in rows(records, asked):
        click.echo(row)


if __name__ == "__main__":
    main()
