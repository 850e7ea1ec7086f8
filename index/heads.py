"""What is stored of a record beside its body, and the record out of it. Reading records needs no more than this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from corpus.model import FIELDS, LIST_FIELDS, CaseStudy

HEAD_FIELDS: Final = tuple(name for name in FIELDS if name != "body")
"""The fields that are stored together, as a list: their names are not repeated in each record."""


def record_of(head: Sequence[Any], body: str = "") -> CaseStudy:
    """The record that `stored_parts` took apart."""
    return CaseStudy(body=body, **head_values(head))


def head_values(head: Sequence[Any]) -> dict[str, Any]:
    """The values of a record's fields but the body, as the record has them."""
    return {name: tuple(value) if name in LIST_FIELDS else value for name, value in zip(HEAD_FIELDS, head, strict=True)}
