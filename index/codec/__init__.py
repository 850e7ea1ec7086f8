"""The columnar Whoosh codec: segments as flat arrays in memory-mapped files.

docs/index-format.md describes the files byte by byte.

Importing this package imports neither Whoosh nor numpy, and each name imports what it needs: who searches
never loads what builds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.codec.builder import SegmentBuilder
    from index.codec.columns import Column
    from index.codec.facets import FacetColumn, ListFacet, SetFacet
    from index.codec.merge import merge_segments
    from index.codec.postings import IMPACT_SCALE, FieldPostings
    from index.codec.segment import Segment, SegmentArrays
    from index.codec.settings import CodecSettings, ColumnSpec, FieldSpec, FieldWeight, ImpactSettings
    from index.codec.stored import encode_stored
    from index.codec.whoosh_codec import ColumnarCodec, merge_all, segment_arrays
    from index.codec.whoosh_segment import ColumnarSegment

__all__ = [
    "IMPACT_SCALE",
    "CodecSettings",
    "Column",
    "ColumnSpec",
    "ColumnarCodec",
    "ColumnarSegment",
    "FacetColumn",
    "FieldPostings",
    "FieldSpec",
    "FieldWeight",
    "ImpactSettings",
    "ListFacet",
    "Segment",
    "SegmentArrays",
    "SegmentBuilder",
    "SetFacet",
    "encode_stored",
    "merge_all",
    "merge_segments",
    "segment_arrays",
]

_MODULES = {
    "builder": ("SegmentBuilder",),
    "columns": ("Column",),
    "facets": ("FacetColumn", "ListFacet", "SetFacet"),
    "merge": ("merge_segments",),
    "postings": ("IMPACT_SCALE", "FieldPostings"),
    "segment": ("Segment", "SegmentArrays"),
    "settings": ("CodecSettings", "ColumnSpec", "FieldSpec", "FieldWeight", "ImpactSettings"),
    "stored": ("encode_stored",),
    "whoosh_codec": ("ColumnarCodec", "merge_all", "segment_arrays"),
    "whoosh_segment": ("ColumnarSegment",),
}
_HOMES = {name: f"index.codec.{module}" for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
