"""Random documents and indexes of them, in our codec and in Whoosh's own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from whoosh import analysis, columns, fields
from whoosh.index import FileIndex, create_in

from index.codec import CodecSettings, ColumnarCodec, FieldWeight, ImpactSettings

Document = dict[str, Any]

WORDS = ("ash", "birch", "cedar", "elm", "fir", "oak", "oaks", "pine", "yew", "zelkova", "ärla", "œuvre")
LONGEST = 10
"""Words of a field: Whoosh's own codec rounds longer lengths, so that scores would differ."""

THEMES = ("housing", "planning", "public-health", "waste")

_FLOAT_DEFAULT = fields.NUMERIC(float, sortable=True).column_type.default_value()
FLOATS_SORT = _FLOAT_DEFAULT == _FLOAT_DEFAULT
"""Whoosh-Reloaded cannot write the column of a sortable float: its default, NaN, does not fit the column's integers."""

IMPACTS = ImpactSettings(fields=(FieldWeight("title", 3.0, 0.4), FieldWeight("body", 1.0, 0.6)), k1=1.5, field="text")
SETTINGS = CodecSettings(facets=("theme",), impacts=IMPACTS, compact=("title", "tags", "theme", "loud"))


def schema(derived: bool = True) -> fields.Schema:
    """Every kind of field and column that the codec keeps."""
    words = analysis.SpaceSeparatedTokenizer()
    made = fields.Schema(
        id=fields.ID(stored=True, unique=True, sortable=True),
        title=fields.TEXT(analyzer=words, stored=True, sortable=True),
        body=fields.TEXT(analyzer=words, stored=True),
        tags=fields.KEYWORD(stored=True, scorable=True),
        theme=fields.KEYWORD(),
        year=fields.NUMERIC(int, stored=True, sortable=True),
        weight=fields.NUMERIC(float, sortable=FLOATS_SORT),
        open=fields.BOOLEAN(stored=True),
        flag=fields.COLUMN(columns.BitColumn()),
        digest=fields.COLUMN(columns.FixedBytesColumn(4)),
        loud=fields.TEXT(analyzer=words | analysis.DelimitedAttributeFilter(), phrase=True),
        note=fields.STORED(),
    )
    if derived:
        made.add("text", fields.KEYWORD())
    return made


words = st.lists(st.sampled_from(WORDS), max_size=LONGEST).map(" ".join)
loud = st.lists(st.sampled_from(("ash", "elm^2", "oak^0.5", "oak", "pine^3")), max_size=6).map(" ".join)


@st.composite
def documents(draw: st.DrawFn, max_size: int = 14) -> list[Document]:
    """Documents with ids d0, d1, …; any other value may be missing."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "title": words.filter(bool),
        "body": words.filter(bool),
        "tags": words.filter(bool),
        "theme": st.lists(st.sampled_from(THEMES), min_size=1, max_size=3, unique=True),
        "year": st.integers(-5, 2030),
        "weight": st.floats(-100, 100, width=32),
        "open": st.booleans(),
        "flag": st.booleans(),
        "digest": st.binary(min_size=4, max_size=4),
        "loud": loud.filter(bool),
        "note": st.text(max_size=5) | st.lists(st.integers()) | st.dictionaries(st.text(max_size=3), st.none()),
    }
    made: list[Document] = draw(st.lists(st.fixed_dictionaries({}, optional=optional), min_size=1, max_size=max_size))
    for number, document in enumerate(made):
        document["id"] = f"d{number}"
    return made


def build(
    folder: Path,
    batches: Sequence[Sequence[Document]],
    deleted: Sequence[str] = (),
    settings: CodecSettings | None = SETTINGS,
    optimize: bool = False,
) -> FileIndex:
    """An index with a segment a batch; `settings` None takes Whoosh's own codec."""
    index = create_in(str(folder), schema(derived=settings is not None and settings.impacts is not None))
    options = {} if settings is None else {"codec": ColumnarCodec(settings)}
    for batch in batches:
        writer = index.writer(**options)
        for document in batch:
            writer.add_document(**document)
        writer.commit(merge=False)
    if deleted or optimize:
        writer = index.writer(**options)
        for id in deleted:
            writer.delete_by_term("id", id)
        if optimize:
            writer.add_document(id="last")
        writer.commit(merge=optimize, optimize=optimize)
    return index


@contextmanager
def new_folder() -> Iterator[Path]:
    """An empty folder for one example."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
