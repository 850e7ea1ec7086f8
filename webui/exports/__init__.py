"""The formats in which a whole result can be taken away, each one writer over a stream of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from corpus.model import CaseStudy
from webui.exports import bibtex, csl, jsonl, ris, sheets

Writer = Callable[[Iterable[CaseStudy], str], Iterator[str]]
"""Records and the site's root in; pieces of the file out, as they come."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to take a result away: `name` is in the address, `label` and `use` are read."""

    name: str
    extension: str
    media_type: str
    label: str
    use: str
    write: Writer


FORMATS: Final[dict[str, Format]] = {
    held.name: held
    for held in (
        Format("csv", "csv", "text/csv", "CSV", "every field, for a spreadsheet", sheets.table),
        Format(
            "screening", "csv", "text/csv", "Screening sheet", "to include or exclude, with reasons", sheets.screening
        ),
        Format("ris", "ris", "application/x-research-info-systems", "RIS", "Zotero, EndNote, Rayyan", ris.write),
        Format("bibtex", "bib", "application/x-bibtex", "BibTeX", "LaTeX, JabRef", bibtex.write),
        Format(
            "csl",
            "csl.json",
            "application/vnd.citationstyles.csl+json",
            "CSL-JSON",
            "Pandoc, citation tools",
            csl.write,
        ),
        Format("jsonl", "jsonl", "application/jsonl", "JSON Lines", "every field, for programs", jsonl.write),
    )
}

__all__ = ["FORMATS", "Format", "Writer"]
