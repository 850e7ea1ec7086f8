"""The record that everything else is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Final, Self

from corpus.value import Value, field_names, named_values

HASH_BYTES: Final = 16
"""Length of `CaseStudy.content_hash()`: 128 bits, so that two different records among millions never share one."""


class CaseStudy(Value):
    """One case study, immutable.

    A record that comes from `corpus.read_corpus` is valid: `id` is kebab-case
    ASCII and unique, `title` is not empty, `councils` are official names of
    the gazetteer, `themes` are slugs and `funding` names of the vocabularies.
    `from_dict` trusts its input, for records that were validated before they
    were stored.

    `summary` and `body` may be empty; `body` is Markdown whose sections start
    with `## `. `organisations` are bodies other than councils (fire
    authorities, town councils, charities). `region` is a region of England, a
    nation, or "National"; `council_type` is "" where no council is named.
    `year` is the year in which the work was done or published, None if unknown.
    """

    id: str
    title: str
    summary: str = ""
    body: str = ""
    councils: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    region: str = ""
    council_type: str = ""
    themes: tuple[str, ...] = ()
    funding: tuple[str, ...] = ()
    year: int | None = None
    keywords: tuple[str, ...] = ()
    source_url: str = ""
    source_title: str = ""
    licence: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Every field as plain JSON values (tuples become lists), in the order of the fields."""
        plain = named_values(self)
        for name in LIST_FIELDS:
            plain[name] = list(plain[name])
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The record that `to_dict` wrote; absent fields take their default, unknown ones are passed over.

        Nothing is validated: use the readers for what people have written.
        """
        values: dict[str, Any] = {
            name: tuple(plain[name]) if name in LIST_FIELDS else plain[name] for name in FIELDS if name in plain
        }
        return cls(**values)

    def content_hash(self) -> bytes:
        """16 bytes that change when any field changes: BLAKE2b of the canonical JSON (sorted keys, UTF-8)."""
        return hash_of(self.json_fields())

    def json_fields(self) -> dict[str, str]:
        """The JSON text of every field's value, in the order of the fields, as `to_dict` would give them to json.

        A record is written several times when it is indexed (stored, hashed), and its texts are long: this way each
        is encoded once. Raises `TypeError` when a value is not of its field's type.
        """
        return json_fields(values_of(self))


def json_fields(values: Sequence[Any]) -> dict[str, str]:
    """The same for a record with these `values_of`."""
    string = _string_encoder()
    encoded: dict[str, str] = {}
    for name, value in zip(FIELDS, values, strict=True):
        if name == "year":
            encoded[name] = "null" if value is None else str(int(value))
        elif name in LIST_FIELDS:
            encoded[name] = f"[{','.join(map(string, value))}]"
        else:
            encoded[name] = string(value)
    return encoded


def json_object(encoded: Mapping[str, str]) -> str:
    """The text of a JSON object whose values are JSON texts."""
    return "{" + ",".join([f'"{name}":{value}' for name, value in encoded.items()]) + "}"


def hash_of(encoded: Mapping[str, str]) -> bytes:
    """The content hash of the record with these `json_fields`."""
    from corpus.digests import blake2b

    text = json_object({name: encoded[name] for name in SORTED_FIELDS})
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()


@cache
def _string_encoder() -> Callable[[str], str]:
    """The function with which json writes strings as they are, found when a record is first written."""
    from json.encoder import encode_basestring

    return encode_basestring


FIELDS: Final[tuple[str, ...]] = field_names(CaseStudy)
"""The names of the fields, in order."""

LIST_FIELDS: Final = frozenset({"councils", "organisations", "themes", "funding", "keywords"})
"""The fields that hold several values, in the author's order."""

SORTED_FIELDS: Final[tuple[str, ...]] = tuple(sorted(FIELDS))
"""Their names in the order in which they are hashed."""

values_of: Final[Callable[[CaseStudy], tuple[Any, ...]]] = attrgetter(*FIELDS)
"""The values of a record's fields, in order."""
