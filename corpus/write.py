"""Writing case studies as Markdown with YAML front matter, as a curator would."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Final

from corpus.derive import derive_council_type
from corpus.errors import StorageFailed
from corpus.model import LIST_FIELDS, CaseStudy
from corpus.problems import display
from corpus.read_markdown import FENCE

FRONT: Final = (
    "id",
    "title",
    "councils",
    "organisations",
    "region",
    "council_type",
    "themes",
    "funding",
    "year",
    "summary",
    "keywords",
    "source_title",
    "source_url",
    "licence",
)
"""The fields of the front matter in the order in which a person reads them."""

# Plain YAML only where no reader could take it for anything but this text: it
# starts with a letter and holds nothing that YAML gives a meaning.
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 ,.()/£%&+’–-]*[A-Za-z0-9.)%])?")
_NOT_TEXT: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

# What YAML does not let stand unescaped, in double quotes too, beyond what JSON escapes.
_NOT_PRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def to_markdown(record: CaseStudy) -> str:
    """The record as the text of a `.md` file; `read_corpus` reads exactly the same record from it.

    Empty fields are left out, and a council type that follows from the councils.
    """
    lines = [FENCE]
    for name in FRONT:
        value = getattr(record, name)
        if not value or (name == "council_type" and value == derive_council_type(record.councils)):
            continue
        if name in LIST_FIELDS:
            lines.append(f"{name}:")
            lines.extend(f"  - {_scalar(item)}" for item in value)
        else:
            lines.append(f"{name}: {value if isinstance(value, int) else _scalar(value)}")
    return "\n".join([*lines, FENCE, "", record.body, ""])


def write_folder(records: Iterable[CaseStudy], folder: str | PathLike[str]) -> int:
    """Write each record as `<id>.md` into the folder, which is made if need be; returns how many.

    Raises `StorageFailed` if the folder cannot be written.
    """
    place = Path(folder)
    written = 0
    try:
        place.mkdir(parents=True, exist_ok=True)
        for record in records:
            (place / f"{record.id}.md").write_text(to_markdown(record), encoding="utf-8", newline="\n")
            written += 1
    except OSError as error:
        raise StorageFailed(f"Cannot write case studies to {display(place)}: {error.strerror or error}.") from error
    return written


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    quoted = json.dumps(text, ensure_ascii=False)  # JSON strings are YAML double-quoted scalars
    return _NOT_PRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)
