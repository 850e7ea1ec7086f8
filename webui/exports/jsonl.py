"""JSON Lines: one record a line, as the corpus's own reader reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from corpus.model import CaseStudy


def write(records: Iterable[CaseStudy], root: str) -> Iterator[str]:
    for record in records:
        yield json.dumps(record.to_dict(), ensure_ascii=False) + "\n"
