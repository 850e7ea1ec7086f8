"""Small corpora and child processes for tests that build indexes."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

from corpus import CaseStudy
from search import SearchRequest, open_engine

ROOT = Path(__file__).parents[2]


def record(number: int, body: str = "housing and health in the parks", **values: object) -> CaseStudy:
    """A short record with the id r000, r001, …"""
    themes = (("housing", "public-health", "planning")[number % 3],)
    plain = {
        "id": f"r{number:03}",
        "title": f"Case study {number}",
        "body": body,
        "themes": themes,
        "year": 2010 + number % 9,
    }
    return CaseStudy.from_dict({**plain, **values})


def records(count: int) -> list[CaseStudy]:
    return [record(number) for number in range(count)]


def answers(index: Path) -> dict[str, CaseStudy]:
    """Every record that the index answers with, by id."""
    engine = open_engine(index)
    try:
        hits = engine.search(SearchRequest(limit=1000, snippets=False)).hits
        return {hit.id: hit.record for hit in hits}
    finally:
        engine.close()


def python(script: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """A child process that runs a script from the root of the tree; `records` of this module is at hand."""
    head = (
        "import sys, time; sys.path[:0] = ['.', 'tests/index']\nfrom pathlib import Path\nfrom index_support import *\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + textwrap.dedent(script), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def until(child: subprocess.Popen[str], word: str) -> None:
    """Wait until the child has printed this word."""
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the child ended ({child.wait()}) without saying {word!r}")


def unlike(left: Sequence[CaseStudy], right: Callable[[str], CaseStudy | None]) -> list[str]:
    """Ids of the records that `right` does not answer as they are."""
    return [record.id for record in left if right(record.id) != record]
