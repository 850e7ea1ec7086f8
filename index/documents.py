"""From a record to the values of the index's fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final

from corpus.digests import blake2b
from corpus.gazetteer import gazetteer
from corpus.model import (
    FIELDS,
    HASH_BYTES,
    LIST_FIELDS,
    SORTED_FIELDS,
    CaseStudy,
    hash_of,
    json_fields,
    json_object,
    values_of,
)
from corpus.vocabulary import funders, themes
from index.analysis import BREAK, PLAIN_WORDS, fold
from index.codec.stored import StoredParts, json_bytes, pack
from index.compiled import kernel
from index.heads import HEAD_FIELDS

TITLE_KEY_BYTES: Final = 120
"""Bytes of a title that its sort key keeps; longer titles that agree so far are told apart by id."""

MOST_REMEMBERED: Final = 1 << 14
"""Combinations of councils, of funders, and of themes whose texts are kept at hand."""

_NOT_WORD = re.compile(r"[\W_]+")


def sort_key(title: str) -> bytes:
    """The key under which titles sort: case, accents and punctuation do not matter, nor does a leading article."""
    folded = fold(title)
    if folded.isascii():  # what the pattern does, without it
        plain = " ".join(folded.encode().translate(PLAIN_WORDS).decode().split())
    else:
        plain = _NOT_WORD.sub(" ", folded).strip()
    for article in ("the ", "a ", "an "):
        plain = plain.removeprefix(article)
    return plain.encode()[:TITLE_KEY_BYTES]


def ranked_texts(record: CaseStudy) -> dict[str, str]:
    """The text of every ranked field, by field name."""
    return {name: make(getattr(record, source)) for name, (source, make) in _TEXTS.items()}


def facet_values(record: CaseStudy) -> dict[str, tuple[str, ...]]:
    """The values of every facet; empty where nothing is recorded."""
    return {name: make(getattr(record, source)) for name, (source, make) in _FACETS.items()}


def ranked_columns(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """The texts of every ranked field of many records, whose values are given by the name of the record's field."""
    return {name: list(map(make, columns[source])) for name, (source, make) in _TEXTS.items()}


def facet_columns(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[tuple[str, ...]]]:
    """The values of every facet, for each of the same records."""
    return {name: list(map(make, columns[source])) for name, (source, make) in _FACETS.items()}


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


def encoded_record(values: tuple[Any, ...]) -> tuple[StoredParts, bytes]:
    """What the index stores of a record with these `values_of`, as `encode_stored` makes it, and its content hash."""
    encoded = None if kernel is None else kernel.json_values(values, _KINDS)
    if encoded is None:
        fields = json_fields(values)
        head = ",".join([fields[name] for name in HEAD_FIELDS])
        stored = json_bytes(f'{{"record":[{head}]}}'), pack(json_bytes(f'{{"record_body":{fields["body"]}}}'))
        return stored, hash_of(fields)
    head_bytes = b'{"record":[' + b",".join(_OF_HEAD(encoded)) + b"]}"
    return (head_bytes, pack(b'{"record_body":' + encoded[_BODY] + b"}")), _digest(encoded)


def content_hash(record: CaseStudy) -> bytes:
    """`record.content_hash()`, by the compiled loop where there is one."""
    encoded = None if kernel is None else kernel.json_values(values_of(record), _KINDS)
    return record.content_hash() if encoded is None else _digest(encoded)


def _digest(encoded: Sequence[bytes]) -> bytes:
    return blake2b(_CANONICAL % _IN_ORDER(encoded), digest_size=HASH_BYTES).digest()


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


@lru_cache(maxsize=MOST_REMEMBERED)
def _council_text(names: tuple[str, ...]) -> str:
    return _joined(council_words(name) for name in names)


@lru_cache(maxsize=MOST_REMEMBERED)
def _funder_text(names: tuple[str, ...]) -> str:
    return _joined(funder_words(name) for name in names)


@lru_cache(maxsize=MOST_REMEMBERED)
def _theme_text(slugs: tuple[str, ...]) -> str:
    return _joined(theme_words(slug) for slug in slugs)


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values)) if len(values) > 1 else tuple(values)


def _if_any(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _year(value: int | None) -> tuple[str, ...]:
    return (f"{value:04d}",) if value is not None else ()


_TEXTS: Final[Mapping[str, tuple[str, Callable[[Any], str]]]] = {
    "title": ("title", str),
    "summary": ("summary", str),
    "keywords": ("keywords", _joined),
    "body": ("body", str),
    "council_names": ("councils", _council_text),
    "funding_names": ("funding", _funder_text),
    "theme_names": ("themes", _theme_text),
    "organisations": ("organisations", _joined),
}
"""The text of each ranked field: the field of a record that it is made of, and how."""

_FACETS: Final[Mapping[str, tuple[str, Callable[[Any], tuple[str, ...]]]]] = {
    "theme": ("themes", _each_once),
    "funding": ("funding", _each_once),
    "council": ("councils", _each_once),
    "region": ("region", _if_any),
    "council_type": ("council_type", _if_any),
    "year": ("year", _year),
}
"""The values of each facet, in the same way."""

_KINDS: Final = b"".join(b"n" if name == "year" else b"l" if name in LIST_FIELDS else b"s" for name in FIELDS)
"""What the compiled loop takes each value of a record for: a number, a list of texts, or a text."""

_BODY: Final = FIELDS.index("body")
_OF_HEAD: Final = itemgetter(*map(FIELDS.index, HEAD_FIELDS))
_IN_ORDER: Final = itemgetter(*map(FIELDS.index, SORTED_FIELDS))
_CANONICAL: Final = json_object(dict.fromkeys(SORTED_FIELDS, "%b")).encode()
"""The text of a record that is hashed, with a place for the JSON of each value."""
