"""From a record to the values of the index's fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from corpus.gazetteer import gazetteer
from corpus.model import CaseStudy
from corpus.vocabulary import funders, themes
from index.analysis import BREAK, fold
from index.codec.stored import StoredParts, json_bytes, pack
from index.heads import HEAD_FIELDS

TITLE_KEY_BYTES: Final = 120
"""Bytes of a title that its sort key keeps; longer titles that agree so far are told apart by id."""

_NOT_WORD = re.compile(r"[\W_]+")


def sort_key(title: str) -> bytes:
    """The key under which titles sort: case, accents and punctuation do not matter, nor does a leading article."""
    plain = _NOT_WORD.sub(" ", fold(title)).strip()
    for article in ("the ", "a ", "an "):
        plain = plain.removeprefix(article)
    return plain.encode()[:TITLE_KEY_BYTES]


def ranked_texts(record: CaseStudy) -> dict[str, str]:
    """The text of every ranked field, by field name."""
    return {
        "title": record.title,
        "summary": record.summary,
        "keywords": BREAK.join(record.keywords),
        "body": record.body,
        "council_names": _joined(council_words(name) for name in record.councils),
        "funding_names": _joined(funder_words(name) for name in record.funding),
        "theme_names": _joined(theme_words(slug) for slug in record.themes),
        "organisations": BREAK.join(record.organisations),
    }


def facet_values(record: CaseStudy) -> dict[str, tuple[str, ...]]:
    """The values of every facet; empty where nothing is recorded."""
    return {
        "theme": tuple(dict.fromkeys(record.themes)),
        "funding": tuple(dict.fromkeys(record.funding)),
        "council": tuple(dict.fromkeys(record.councils)),
        "region": (record.region,) if record.region else (),
        "council_type": (record.council_type,) if record.council_type else (),
        "year": (f"{record.year:04d}",) if record.year is not None else (),
    }


def whoosh_document(record: CaseStudy) -> Mapping[str, Any]:
    """The keyword arguments of Whoosh's `add_document`."""
    texts = ranked_texts(record)
    head, body = stored_parts(record)
    document: dict[str, Any] = {
        "id": record.id,
        "content_hash": record.content_hash(),
        "title_key": sort_key(record.title),
        "record": head,
        "record_body": body,
    }
    document.update({name: text for name, text in texts.items() if text})
    document.update({f"{name}_exact": texts[name] for name in ("title", "summary", "keywords", "body") if texts[name]})
    document.update({name: list(values) for name, values in facet_values(record).items() if values})
    return document


def stored_parts(record: CaseStudy) -> tuple[list[Any], str]:
    """What is stored of a record: the values of `HEAD_FIELDS`, and the body."""
    plain = record.to_dict()
    return [plain[name] for name in HEAD_FIELDS], record.body


def encoded_parts(encoded: Mapping[str, str]) -> StoredParts:
    """What the index stores, from the record's `json_fields`: the same as `encode_stored` makes of its parts."""
    head = ",".join([encoded[name] for name in HEAD_FIELDS])
    return json_bytes(f'{{"record":[{head}]}}'), pack(json_bytes(f'{{"record_body":{encoded["body"]}}}'))


@cache
def council_words(name: str) -> str:
    """A council's official name, then every word of its other names that the official one lacks.

    Each word once: a council with many aliases must not outweigh one with few.
    """
    council = gazetteer().by_name.get(name)
    return _distinct_words(gazetteer().names_of(council)) if council else name


@cache
def funder_words(name: str) -> str:
    """A funder's name and aliases, each word once."""
    funder = funders().get(name)
    return _distinct_words((funder.name, *funder.aliases)) if funder else name


@cache
def theme_words(slug: str) -> str:
    """A theme's label."""
    theme = themes().get(slug)
    return theme.label if theme else slug.replace("-", " ")


def _distinct_words(names: Iterable[str]) -> str:
    words: dict[str, str] = {}
    for name in names:
        for word in name.split():
            words.setdefault(fold(word), word)
    return " ".join(words.values())


def _joined(names: Iterable[str]) -> str:
    return BREAK.join(names)
