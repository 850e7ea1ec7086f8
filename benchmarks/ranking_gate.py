"""The judged queries on the starter corpus: what the engine reaches now, and the floor of the gate.

python -m benchmarks.ranking_gate            show every query and what it misses
python -m benchmarks.ranking_gate --write    make this the floor of tests/relevance
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
from search.evaluation import QueryEvaluation, ask
from search.quality import mean

FOLDER: Final = Path(__file__).resolve().parent.parent / "tests" / "relevance"


def measure() -> tuple[QueryEvaluation, ...]:
    """Every judged query, asked of a fresh index of the starter corpus."""
    queries, judgements = read_judged_queries(FOLDER)
    with tempfile.TemporaryDirectory(prefix="casefinder-gate-") as folder:
        build_index(read_corpus(starter_corpus()), folder)
        engine = open_engine(folder)
        try:
            return ask(engine, queries, judgements)
        finally:
            engine.close()


def floor_of(measured: tuple[QueryEvaluation, ...]) -> Mapping[str, Any]:
    """The means and each query's nDCG@10, rounded down to four places."""
    means = mean({query.id: query.figures for query in measured})
    return {
        "means": {name: int(value * 10_000) / 10_000 for name, value in means.items()},
        "ndcg@10": {query.id: int(query.figures["ndcg@10"] * 10_000) / 10_000 for query in measured},
    }


def main() -> None:
    """Show the figures, or write them as the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write tests/relevance/floor.json")
    arguments = parser.parse_args()
    measured = measure()
    for query in sorted(measured, key=lambda each: each.figures["ndcg@10"]):
        print(f"{query.figures['ndcg@10']:.3f} {query.figures['recall@100']:.3f}  {query.id}  {query.text}")
        for miss in query.missed[:3]:
            print(f"             grade {miss.grade}, rank {miss.rank or '> 100'}: {miss.id}")
    floor = floor_of(measured)
    print("  ".join(f"{name} {value:.4f}" for name, value in floor["means"].items()))
    if arguments.write:
        text = json.dumps(floor, indent=1, sort_keys=True) + "\n"
        (FOLDER / "floor.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
