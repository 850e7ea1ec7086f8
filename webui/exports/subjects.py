"""What every citation format says about a record: who, about what, from where."""

from __future__ import annotations

from corpus.model import CaseStudy
from corpus.vocabulary import themes


def authors(record: CaseStudy) -> tuple[str, ...]:
    """The bodies whose work it is. They are names of institutions, never of persons."""
    return (*record.councils, *record.organisations)


def subjects(record: CaseStudy) -> tuple[str, ...]:
    """Themes by their labels, then keywords."""
    known = themes()
    labels = (known[slug].label if slug in known else slug for slug in record.themes)
    return tuple(dict.fromkeys((*labels, *record.keywords)))


def address(record: CaseStudy, root: str) -> str:
    """Where to read it: its source, else its page here."""
    return record.source_url or f"{root}/case-studies/{record.id}"


def note(record: CaseStudy) -> str:
    """What the formats have no field for."""
    parts = [f"Funded by {', '.join(record.funding)}." if record.funding else ""]
    parts.append(f"Source: {record.source_title}." if record.source_title else "")
    return " ".join(filter(None, parts))
