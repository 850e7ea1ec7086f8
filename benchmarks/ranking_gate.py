"""The judged queries on the starter corpus: what the engine reaches now, and the floors of the gate.

python -m benchmarks.ranking_gate                  show every query and what it misses, without the held-out set
python -m benchmarks.ranking_gate --held-out       the held-out set as well, once a change is done
python -m benchmarks.ranking_gate --write          make this the floors of tests/relevance
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from corpus import read_corpus, starter_corpus
from index import build_index
from search import open_engine
from search.beir import read_judged_queries
from search.engine import Engine
from search.evaluation import QueryEvaluation, ask
from search.quality import mean

FOLDER: Final = Path(__file__).resolve().parent.parent / "tests" / "relevance"

HELD_OUT: Final = "held out"
"""The set that nobody looks at while the ranking is being changed."""

SETS: Final[Mapping[str, Path]] = {
    "first": FOLDER,
    "tuned": FOLDER / "more" / "tuned",
    HELD_OUT: FOLDER / "more" / "held_out",
}
"""The sets of judged queries on the case studies by name, in BEIR layout without documents."""


def measure(engine: Engine, request: Mapping[str, object] | None = None) -> dict[str, tuple[QueryEvaluation, ...]]:
    """Every judged query of every set, asked of an open index of the starter corpus."""
    return {name: ask(engine, *read_judged_queries(folder), request=request) for name, folder in SETS.items()}


def means_of(measured: tuple[QueryEvaluation, ...]) -> Mapping[str, float]:
    """The mean of each measure over the queries."""
    return mean({query.id: query.figures for query in measured})


def floor_of(measured: tuple[QueryEvaluation, ...]) -> Mapping[str, Any]:
    """The means and each query's nDCG@10, rounded down to four places."""
    return {
        "means": {name: int(value * 10_000) / 10_000 for name, value in means_of(measured).items()},
        "ndcg@10": {query.id: int(query.figures["ndcg@10"] * 10_000) / 10_000 for query in measured},
    }


def main() -> None:
    """Show the figures, or write them as the floors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write floor.json of every set")
    parser.add_argument("--held-out", action="store_true", help="show the held-out queries too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="casefinder-gate-") as folder:
        build_index(read_corpus(starter_corpus()), folder)
        engine = open_engine(folder)
        try:
            every = measure(engine)
        finally:
            engine.close()
    for name, measured in every.items():
        floor = floor_of(measured)
        if name != HELD_OUT or arguments.held_out:
            _show(measured)
            print(f"{name}: " + "  ".join(f"{measure} {value:.4f}" for measure, value in floor["means"].items()))
        if arguments.write:
            text = json.dumps(floor, indent=1, sort_keys=True) + "\n"
            (SETS[name] / "floor.json").write_text(text, encoding="utf-8")


def _show(measured: tuple[QueryEvaluation, ...]) -> None:
    """Every query, the worst first, with the first of what its first page misses."""
    for query in sorted(measured, key=lambda each: each.figures["ndcg@10"]):
        print(f"{query.figures['ndcg@10']:.3f} {query.figures['recall@100']:.3f}  {query.id}  {query.text}")
        for miss in query.missed[:3]:
            print(f"             grade {miss.grade}, rank {miss.rank or '> 100'}: {miss.id}")


if __name__ == "__main__":
    main()
