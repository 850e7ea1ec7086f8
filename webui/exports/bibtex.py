"""BibTeX: one @techreport a record, in UTF-8, with LaTeX's special characters escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from corpus.model import CaseStudy
from webui.exports.subjects import address, authors, note, subjects

_ESCAPED = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "%": r"\%",
        "#": r"\#",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
)
# An address stands in a verbatim field: only what would end the field is encoded.
_IN_ADDRESS = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"})


def escape(text: str) -> str:
    """The text as LaTeX prints it, on one line."""
    return " ".join(text.split()).translate(_ESCAPED)


def _fields(record: CaseStudy, root: str) -> Iterator[tuple[str, str]]:
    # The second pair of braces keeps capitals in titles, and institutions whole.
    yield "title", f"{{{escape(record.title)}}}"
    if names := authors(record):
        yield "author", " and ".join(f"{{{escape(name)}}}" for name in names)
        yield "institution", escape(names[0])
    if record.year is not None:
        yield "year", str(record.year)
    yield "type", "Case study"
    yield "abstract", escape(record.summary)
    yield "keywords", escape(", ".join(subjects(record)))
    yield "url", address(record, root).translate(_IN_ADDRESS)
    yield "note", escape(note(record))


def write(records: Iterable[CaseStudy], root: str) -> Iterator[str]:
    for record in records:
        fields = ",\n".join(f"  {name} = {{{value}}}" for name, value in _fields(record, root) if value)
        yield f"@techreport{{{record.id},\n{fields}\n}}\n\n"
