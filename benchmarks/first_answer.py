"""The first answer of a fresh process: python -m benchmarks.first_answer PEER FOLDER, the question as JSON on stdin.

Prints seconds for importing the engine, opening the index, the first answer
and the second one, as JSON. Files are in the system's page cache, and Python keeps its
compiled modules, as it does for an installed program; nothing else is warm. What only the measuring process needs is
imported there.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.value import Value

if TYPE_CHECKING:
    from benchmarks.questions import Question


class FirstAnswer(Value):
    """Seconds. `process` is the whole life of the process, the interpreter's own start and end included."""

    process: float
    imports: float
    opening: float
    first: float
    second: float


def measure(peer: str, folder: Path, question: Question, tree: Path, times: int = 5) -> FirstAnswer:
    """Medians over `times` fresh processes, behind one that is not counted."""
    import os
    import subprocess
    from dataclasses import asdict
    from statistics import median

    # Without its compiled modules Python would compile all of ours every time, which no installed program does.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    runs: list[list[float]] = []
    for _ in range(times + 1):
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.first_answer", peer, str(folder)],
            input=json.dumps(asdict(question)),
            capture_output=True,
            text=True,
            check=True,
            cwd=tree,
            env=environment,
        )
        runs.append([time.perf_counter() - started, *json.loads(done.stdout)])
    return FirstAnswer(*(median(column) for column in zip(*runs[1:], strict=True)))


def main(name: str, folder: str) -> None:
    """Answer the question twice, timing every step."""
    asked = json.load(sys.stdin)
    started = time.perf_counter()
    from benchmarks.peers import peer
    from benchmarks.questions import Question

    engine_type = peer(name)
    question = Question(**asked)
    imported = time.perf_counter()
    engine = engine_type(Path(folder))
    opened = time.perf_counter()
    prepared = engine.prepare(question)
    engine.search(prepared)
    first = time.perf_counter()
    engine.search(prepared)
    second = time.perf_counter()
    print(json.dumps([imported - started, opened - imported, first - opened, second - first]))


if __name__ == "__main__":
    main(*sys.argv[1:])
