"""The record that everything else is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Self

from corpus.value import Value, field_names

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
        plain: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
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
        from corpus.digests import blake2b

        text = _canonical_encoder()(self.to_dict())
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()


@cache
def _canonical_encoder() -> Callable[[Any], str]:
    """Made once: building an encoder costs more than encoding a record."""
    from json import JSONEncoder

    return JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


FIELDS: Final[tuple[str, ...]] = field_names(CaseStudy)
"""The names of the fields, in order."""

LIST_FIELDS: Final = frozenset({"councils", "organisations", "themes", "funding", "keywords"})
"""The fields that hold several values, in the author's order."""
