"""What a writer must know beyond the Whoosh schema: facets, the derived field, stored records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corpus.value import Value, named_values


class FieldWeight(Value):
    """How one field enters the derived field.

    `weight` (>= 0) multiplies the field's frequencies; `b` (0 to 1) tells how
    far they are divided by the field's relative length (0: not at all).
    """

    name: str
    weight: float = 1.0
    b: float = 0.75


class ImpactSettings(Value):
    """The derived field: BM25F with the saturated impact stored (see index.codec.impacts).

    `averages` maps a field to its mean length; None takes each segment's own
    means (total length by documents, as Whoosh's `avg_field_length`).
    """

    fields: tuple[FieldWeight, ...]
    k1: float = 1.2
    field: str = "text"
    averages: Mapping[str, float] | None = None


class CodecSettings(Value):
    """How segments are written.

    `facets`: indexed fields that also get a facet column. `id_field`: the
    field with the unique key of a document. `packed`: stored fields that are
    compressed, apart from the others, because they are long and a page of
    results does not show them. `compact`: indexed fields whose documents are
    kept as gaps (see index.codec.doc_lists): smaller, a little slower.
    """

    facets: tuple[str, ...] = ()
    impacts: ImpactSettings | None = None
    id_field: str = "id"
    packed: tuple[str, ...] = ("body",)
    compact: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values, as they stand in Whoosh's table of contents."""
        values: dict[str, Any] = {"facets": self.facets, "id_field": self.id_field, "packed": self.packed}
        values["compact"] = self.compact
        impacts = self.impacts
        values["impacts"] = impacts and {
            "fields": tuple(named_values(each) for each in impacts.fields),
            "k1": impacts.k1,
            "field": impacts.field,
            "averages": None if impacts.averages is None else dict(impacts.averages),
        }
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CodecSettings:
        """The settings from what `to_dict` gave."""
        impacts = values["impacts"]
        if impacts is not None:
            impacts = ImpactSettings(**impacts | {"fields": tuple(FieldWeight(**each) for each in impacts["fields"])})
        rest = (tuple(values["packed"]), tuple(values.get("compact", ())))
        return cls(tuple(values["facets"]), impacts, values["id_field"], *rest)


class FieldSpec(Value):
    """How the postings of one field are kept.

    `positions`: positions are given with the postings. `scorable`: lengths are
    kept for each document. `boosts`: weights may differ from the frequencies.
    """

    positions: bool = False
    scorable: bool = False
    boosts: bool = False


class ColumnSpec(Value):
    """One value per document: kind "numbers", "bits", "bytes" or "fixed".

    `typecode`: struct's letter for a number. `width`: bytes of a "fixed" value.
    `default`: what a document without a value has.
    """

    kind: str
    typecode: str = ""
    width: int = 0
    default: int | float | bytes = 0
