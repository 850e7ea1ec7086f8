"""RIS, as reference managers import it: two-letter tags, one value a line, CRLF.

The format has no official home; this follows what Zotero, EndNote and rispy
read. Authors are institutions: a name without a comma is kept whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpus.model import CaseStudy
from webui.exports.subjects import address, authors, note, subjects


def _lines(record: CaseStudy, root: str) -> Iterator[tuple[str, str]]:
    yield "TY", "RPRT"
    yield "ID", record.id
    yield "TI", record.title
    for name in authors(record):
        # A comma would split an institution into family and given name.
        yield "AU", name.replace(",", "")
    if record.year is not None:
        yield "PY", str(record.year)
    yield "AB", record.summary
    for subject in subjects(record):
        yield "KW", subject
    yield "CY", record.region
    yield "UR", address(record, root)
    yield "L2", f"{root}/case-studies/{record.id}"
    yield "N1", note(record)
    yield "DB", "Casefinder"
    yield "LA", "en-GB"


def write(records: Iterable[CaseStudy], root: str) -> Iterator[str]:
    for record in records:
        lines = (f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in _lines(record, root) if value.strip())
        yield "".join(lines) + "ER  - \r\n\r\n"
