"""Does the ranking hold for shorter questions, and where one record is right?

    python -m benchmarks.query_shapes FOLDER... (collections in BEIR layout; the shipped case studies come last)

Judged queries are long and have many relevant documents; people's questions often are not and have not. So every
collection is asked its queries in five shapes, by `bm25` and by the default ranking:

    as they are
    one right answer    of the relevant documents one is kept, all others are taken out; three times a query
    first two words     cut to their first two words that are no stop words
    rarest two words    cut to the two that the fewest documents hold
    longest two words   cut to the two longest
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import click
import numpy as np

from benchmarks.leave_one_out import Judged, opened
from index.words import stop_words
from search.evaluation import QueryEvaluation, ask
from search.quality import mean
from search.whoosh_engine import WhooshEngine

SHOWN: Final = ("ndcg@10", "recall@100")
KEPT: Final = 3
"""Times that a query with one right answer is asked."""

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")

Figures = tuple[float, float]


def cut(text: str, worth: Callable[[str], float]) -> str:
    """The two words of a query that are worth most, as they stand; the query where it has no words."""
    words = list(dict.fromkeys(word for word in _WORD.findall(text) if word.lower() not in stop_words()))
    best = sorted(words, key=lambda word: -worth(word))[:2]
    return " ".join(word for word in words if word in best) or text


def shapes(judged: Judged, engine: WhooshEngine) -> Iterator[tuple[str, Figures]]:
    """(name of the shape, nDCG@10 and Recall@100 in points) of one collection and one engine."""

    def rarity(word: str) -> float:
        held = min((engine.collection.df("text", stem.encode()) for stem in engine.analyser.stems(word)), default=0)
        return -held if held else -np.inf

    def asked(worth: Callable[[str], float] | None) -> Figures:
        queries = judged.queries if worth is None else {id: cut(text, worth) for id, text in judged.queries.items()}
        return _points(ask(engine, queries, judged.judgements, judged.known_as))

    yield "as they are", asked(None)
    yield "one right answer", _one_right(judged, engine)
    yield "first two words", asked(lambda _: 0.0)
    yield "rarest two words", asked(rarity)
    yield "longest two words", asked(lambda word: float(len(word)))


def _one_right(judged: Judged, engine: WhooshEngine) -> Figures:
    own = {theirs: id for id, theirs in judged.known_as.items()} if judged.known_as else None
    random = np.random.default_rng(1)
    found: list[Figures] = []
    for id, text in judged.queries.items():
        relevant = sorted(doc for doc, grade in judged.judgements[id].items() if grade >= 1)
        places = {doc: engine.segments[0].doc_of(own.get(doc, "") if own else doc) for doc in relevant}
        relevant = [doc for doc in relevant if places[doc] >= 0]
        figures = []
        for kept in random.permutation(len(relevant))[:KEPT].tolist():
            gone = [places[doc] for at, doc in enumerate(relevant) if at != kept]
            with without(engine, gone):
                asked = ask(engine, {id: text}, {id: {relevant[kept]: 1}}, judged.known_as)
            figures.append(_points(asked))
        if figures:
            found.append(_mean(figures))
    return _mean(found)


@contextmanager
def without(engine: WhooshEngine, docs: list[int]) -> Iterator[None]:
    """An engine of one segment as if it did not hold these documents, until the end of the block.

    They neither match nor lend to their neighbours; statistics and vectors stay, which hardly differ.
    """
    evaluator, learned = engine.evaluators[0], engine._rerankers[0].learned
    live = np.ones(evaluator.size, dtype=np.bool_)
    live[docs] = False
    evaluator._live = live
    if learned is not None:
        shares = learned.shares * live[learned.neighbours]
        sums = shares.sum(axis=1, keepdims=True, dtype=np.int64)
        learned.__dict__["shares"] = np.rint(shares * (255 / np.maximum(sums, 1))).astype(np.uint8)
    try:
        yield
    finally:
        evaluator._live = None
        if learned is not None:
            del learned.__dict__["shares"]


def _points(asked: tuple[QueryEvaluation, ...]) -> Figures:
    figures: Mapping[str, float] = mean({query.id: query.figures for query in asked})
    return 100 * figures[SHOWN[0]], 100 * figures[SHOWN[1]]


def _mean(figures: list[Figures]) -> Figures:
    return sum(each[0] for each in figures) / len(figures), sum(each[1] for each in figures) / len(figures)


@click.command(help=__doc__)
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folders: tuple[Path, ...]) -> None:
    """Print nDCG@10 and Recall@100 of every shape, differences to `bm25` in brackets."""
    click.echo("| collection | queries | bm25 | default |\n| --- | --- | --: | --: |")
    for folder in (*folders, None):
        with tempfile.TemporaryDirectory(prefix="casefinder-shapes-") as at, ExitStack() as held:
            judged = opened(folder, Path(at), held)
            assert isinstance(judged.plain, WhooshEngine)
            assert isinstance(judged.engine, WhooshEngine)
            for (name, plain), (_, full) in zip(
                shapes(judged, judged.plain), shapes(judged, judged.engine), strict=True
            ):
                cells = ", ".join(
                    f"{ours:.1f} ({ours - theirs:+.1f})" for ours, theirs in zip(full, plain, strict=True)
                )
                click.echo(f"| {judged.name} | {name} | {plain[0]:.1f}, {plain[1]:.1f} | {cells} |")


if __name__ == "__main__":
    main()
