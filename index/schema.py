"""The Whoosh schema: which fields a case study becomes, and how each weighs.

ranked text   title, summary, keywords, body, council_names, funding_names,
              theme_names, organisations: stemmed, with positions
exact text    title_exact, summary_exact, keywords_exact, body_exact:
              unstemmed, stop words kept, with positions
joint         text: one posting list a stem over all ranked text, whose
              weight is the saturated BM25F impact (see `docs/ranking.md`)
facets        theme, funding, council, region, council_type, year
address       id; content_hash and title_key are columns
stored        record (all fields but the body) and record_body, which is
              compressed apart, because a page of results does not show it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from corpus.value import Value
from index.codec import CodecSettings, FieldWeight, ImpactSettings

if TYPE_CHECKING:
    from whoosh import fields

SCHEMA_VERSION: Final = 2
"""Raised when an index of the older schema can no longer be read."""

JOINT_FIELD: Final = "text"

RANKED_FIELDS: Final = (
    "title",
    "summary",
    "keywords",
    "body",
    "council_names",
    "funding_names",
    "theme_names",
    "organisations",
)
EXACT_FIELDS: Final = ("title_exact", "summary_exact", "keywords_exact", "body_exact")
FACET_FIELDS: Final = ("theme", "funding", "council", "region", "council_type", "year")

HASH_BYTES: Final = 16


class TextField(Value):
    """What there is to know of a field of words to evaluate a query, under the names that Whoosh's fields have.

    `scorable`: it has lengths. `analyzer`: its terms are words as the analyser makes them.
    """

    scorable: bool
    analyzer: bool = True

    def to_bytes(self, text: str) -> bytes:
        """A term as the index holds it."""
        return text.encode()


INDEXED: Final[Mapping[str, TextField]] = {
    **dict.fromkeys((*RANKED_FIELDS, *EXACT_FIELDS), TextField(scorable=True)),
    **dict.fromkeys(("id", JOINT_FIELD, *FACET_FIELDS), TextField(scorable=False)),
}
"""The fields of `schema()` that have postings, told without Whoosh."""

PACKED: Final = ("record_body",)
"""Stored fields that are compressed, apart from the rest."""

K1: Final = 1.5
"""Saturation of a word's weight; see `docs/ranking.md` for how it and the weights were chosen."""

WEIGHTS: Final = (
    FieldWeight("title", 2.0, 0.4),
    FieldWeight("summary", 1.0, 0.4),
    FieldWeight("keywords", 2.0, 0.4),
    FieldWeight("body", 1.0, 0.7),
    FieldWeight("council_names", 1.0, 0.0),
    FieldWeight("funding_names", 1.0, 0.0),
    FieldWeight("theme_names", 1.0, 0.0),
    FieldWeight("organisations", 1.0, 0.0),
)


def ranking_settings(k1: float = K1, weights: tuple[FieldWeight, ...] = WEIGHTS) -> ImpactSettings:
    """The impacts of the joint field, with the averages still to be taken from the text."""
    return ImpactSettings(field=JOINT_FIELD, k1=k1, fields=weights, averages=None)


def codec_settings(impacts: ImpactSettings | None = None) -> CodecSettings:
    """What the codec needs to know of the schema."""
    compact = (*RANKED_FIELDS, *EXACT_FIELDS)
    return CodecSettings(facets=FACET_FIELDS, impacts=impacts or ranking_settings(), packed=PACKED, compact=compact)


def schema() -> fields.Schema:
    """A new Whoosh schema of this version."""
    from whoosh import columns, fields  # only who writes, or asks Whoosh itself, needs it

    from index.whoosh_analysis import ExactAnalyser, StemmedAnalyser

    made = fields.Schema(
        id=fields.ID(unique=True),
        content_hash=fields.COLUMN(columns.FixedBytesColumn(HASH_BYTES)),
        title_key=fields.COLUMN(columns.VarBytesColumn()),
        record=fields.STORED(),
        record_body=fields.STORED(),
    )
    stemmed, exact = StemmedAnalyser(), ExactAnalyser()
    for name in RANKED_FIELDS:
        made.add(name, fields.TEXT(analyzer=stemmed, phrase=True))
    for name in EXACT_FIELDS:
        made.add(name, fields.TEXT(analyzer=exact, phrase=True))
    made.add(JOINT_FIELD, fields.KEYWORD(analyzer=stemmed))
    for name in FACET_FIELDS:
        made.add(name, fields.KEYWORD())
    return made
