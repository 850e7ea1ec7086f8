"""CSL-JSON: one array of reports, as citation processors read it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from corpus.model import CaseStudy
from webui.exports.subjects import address, authors, note, subjects


def item(record: CaseStudy, root: str) -> dict[str, Any]:
    """One record as a CSL item; empty parts are left out."""
    told: dict[str, Any] = {
        "id": record.id,
        "type": "report",
        "genre": "Case study",
        "title": record.title,
        "author": [{"literal": name} for name in authors(record)],
        "issued": {"date-parts": [[record.year]]} if record.year is not None else None,
        "abstract": record.summary,
        "keyword": ", ".join(subjects(record)),
        "URL": address(record, root),
        "note": note(record),
        "source": "Casefinder",
        "language": "en-GB",
    }
    return {name: value for name, value in told.items() if value}


def write(records: Iterable[CaseStudy], root: str) -> Iterator[str]:
    before = "["
    for record in records:
        yield f"{before}\n{json.dumps(item(record, root), ensure_ascii=False)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"
