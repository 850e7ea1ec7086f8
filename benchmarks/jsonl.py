"""Records as JSON Lines: how the generator writes them, and how every peer stores them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from corpus.model import CaseStudy


def json_line(record: CaseStudy) -> str:
    """One record as a line of JSON, with its line end."""
    return json.dumps(record.to_dict(), ensure_ascii=False, separators=(",", ":")) + "\n"


def read_records(path: Path, count: int) -> Iterator[CaseStudy]:
    """The first `count` records of a file of such lines, trusted as they are."""
    with path.open(encoding="utf-8") as lines:
        for line in islice(lines, count):
            yield CaseStudy.from_dict(json.loads(line))
