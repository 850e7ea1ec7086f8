"""Do the constants of the closer look hold on a collection that had no part in choosing them?

    python -m benchmarks.leave_one_out FOLDER... (collections in BEIR layout; the shipped case studies come last)

For every combination of half, once and twice the shipped weights of proximity, neighbours, latent vectors and leaders,
each collection is measured through the ordinary engine. Then each is left out in turn: the weights with the best mean
of nDCG@10 on the others are taken, and the one left out is ranked with them. Shown beside that are `bm25`, the
shipped weights, and the worst of all combinations: what could happen to a collection that is unlike all of these.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import click

from benchmarks.ranking_gate import FOLDER as RELEVANCE
from corpus import read_corpus, starter_corpus
from index import build_index
from search import Engine, likeness, open_engine, proximity, rerank
from search.beir import as_records, read_collection, read_judged_queries
from search.configurations import configuration
from search.evaluation import ask
from search.options import RANKINGS
from search.quality import mean

MEASURE: Final = "ndcg@10"
FACTORS: Final = (0.5, 1.0, 2.0)
WEIGHTS: Final = ("proximity", "neighbours", "latent", "leaders")
SHIPPED: Final = (1.0, 1.0, 1.0, 1.0)
_PLACES: Final[Mapping[str, tuple[tuple[object, str], ...]]] = {
    "proximity": ((proximity, "ORDERED"), (proximity, "UNORDERED")),
    "neighbours": ((rerank, "NEIGHBOUR_WEIGHT"),),
    "latent": ((likeness, "LATENT_WEIGHT"),),
    "leaders": ((likeness, "LEADERS_WEIGHT"),),
}

Factors = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A collection, open under the default ranking and as `plain` under `bm25`, with the latter's mean nDCG@10.

    `known_as` is as in `evaluation.ask`.
    """

    name: str
    engine: Engine
    plain: Engine
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]
    known_as: Mapping[str, str] | None
    bm25: float

    def measured(self, factors: Factors) -> float:
        """Mean nDCG@10 with the shipped weights times `factors`, in points."""
        with weighed(factors):
            return _mean_of(self.engine, self.queries, self.judgements, self.known_as)


@contextmanager
def weighed(factors: Factors) -> Iterator[None]:
    """The weights of the closer look times `factors`, in the order of `WEIGHTS`, until the end of the block."""
    places = [(place, factor) for name, factor in zip(WEIGHTS, factors, strict=True) for place in _PLACES[name]]
    shipped = [(module, name, getattr(module, name)) for (module, name), _ in places]
    try:
        for (module, name, value), (_, factor) in zip(shipped, places, strict=True):
            setattr(module, name, value * factor)
        yield
    finally:
        for module, name, value in shipped:
            setattr(module, name, value)


def chosen(measured: Mapping[Factors, Mapping[str, float]], left_out: str) -> Factors:
    """The factors with the best mean over all collections but one; the least change where several are best."""

    def merit(factors: Factors) -> tuple[float, float]:
        others = [value for name, value in measured[factors].items() if name != left_out]
        return sum(others) / len(others), -sum(factor != 1.0 for factor in factors)

    return max(measured, key=merit)


def _mean_of(
    engine: Engine,
    queries: Mapping[str, str],
    judgements: Mapping[str, Mapping[str, int]],
    known_as: Mapping[str, str] | None,
) -> float:
    asked = ask(engine, queries, judgements, known_as)
    return 100.0 * mean({query.id: query.figures for query in asked})[MEASURE]


def opened(folder: Path | None, at: Path, held: ExitStack) -> Judged:
    """A collection (the case studies without a folder) indexed twice under `at`: by default, and as `bm25` does."""
    known_as: dict[str, str] = {}
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]
    if folder is None:
        name, records = "case studies", list(read_corpus(starter_corpus()))
        queries, judgements = read_judged_queries(RELEVANCE)
    else:
        collection = read_collection(folder)
        name, records = collection.name, list(as_records(collection.documents(), known_as.__setitem__))
        queries, judgements = collection.queries, collection.judgements
    known = known_as or None
    build_index(records, at / "full")
    plain = configuration("bm25")
    plain.build(records, at / "bm25", lambda _done, _total: None)
    baseline = plain.open(at / "bm25")
    held.callback(baseline.close)
    engine = open_engine(at / "full", RANKINGS["full"])
    held.callback(engine.close)
    bm25 = _mean_of(baseline, queries, judgements, known)
    return Judged(name, engine, baseline, queries, judgements, known, bm25)


def table(collections: Sequence[Judged], measured: Mapping[Factors, Mapping[str, float]]) -> Iterator[str]:
    """The result as lines of a Markdown table, differences to `bm25` in brackets."""
    yield "| left out | bm25 | weights as shipped | weights chosen on the others | factors | worst of all |"
    yield "| --- | --: | --: | --: | --- | --: |"
    for each in collections:
        best = chosen(measured, each.name)
        values = (measured[SHIPPED][each.name], measured[best][each.name])
        worst = min(found[each.name] for found in measured.values())
        cells = [f"{value:.1f} ({value - each.bm25:+.1f})" for value in (*values, worst)]
        factors = ", ".join(f"{name} × {factor:g}" for name, factor in zip(WEIGHTS, best, strict=True) if factor != 1.0)
        yield f"| {each.name} | {each.bm25:.1f} | {cells[0]} | {cells[1]} | {factors or 'as shipped'} | {cells[2]} |"


@click.command(help=__doc__)
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folders: tuple[Path, ...]) -> None:
    """Measure every combination on every collection, then print what leaving each out gives."""
    with tempfile.TemporaryDirectory(prefix="casefinder-left-out-") as folder, ExitStack() as held:
        collections = [opened(each, Path(folder, str(at)), held) for at, each in enumerate((*folders, None))]
        measured: dict[Factors, dict[str, float]] = {}
        with click.progressbar(list(product(FACTORS, repeat=len(WEIGHTS))), label="Measuring") as combinations:
            for factors in combinations:
                measured[factors] = {each.name: each.measured(factors) for each in collections}
    click.echo("\n".join(table(collections, measured)))


if __name__ == "__main__":
    main()
