"""The names of a segment's files.

`<segment>.documents.doc` holds stored documents and columns,
`<segment>.<field>.pst` the postings of one field. Whoosh removes a segment's
files by the pattern `<segment>.` followed by letters, digits, `_` and `.`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_FIELD_NAME: Final = re.compile(r"[A-Za-z0-9_]+")


def check_field_name(name: str) -> str:
    """The name, if a file can be called after it; raises `ValueError` else."""
    if not _FIELD_NAME.fullmatch(name):
        raise ValueError(f"field {name!r} cannot be stored: its name may have letters, digits and _ only")
    return name


def field_path(folder: Path, segment: str, field: str) -> Path:
    """The file with the postings of a field."""
    return folder / f"{segment}.{field}.pst"


def documents_path(folder: Path, segment: str) -> Path:
    """The file with the stored documents and columns."""
    return folder / f"{segment}.documents.doc"
