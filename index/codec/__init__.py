"""The columnar Whoosh codec: segments as flat arrays in memory-mapped files.

docs/index-format.md describes the files byte by byte.
"""

from index.codec.builder import SegmentBuilder
from index.codec.columns import Column
from index.codec.facets import FacetColumn, ListFacet, SetFacet
from index.codec.merge import merge_segments
from index.codec.postings import IMPACT_SCALE, FieldPostings
from index.codec.segment import ColumnarSegment, SegmentArrays
from index.codec.settings import CodecSettings, ColumnSpec, FieldSpec, FieldWeight, ImpactSettings
from index.codec.stored import encode_stored
from index.codec.whoosh_codec import ColumnarCodec, merge_all, segment_arrays

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
    "SegmentArrays",
    "SegmentBuilder",
    "SetFacet",
    "encode_stored",
    "merge_all",
    "merge_segments",
    "segment_arrays",
]
