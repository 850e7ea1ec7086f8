"""Stock Whoosh on our segments answers what it answers on its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import codec_support as support
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import query, scoring
from whoosh.qparser import QueryParser
from whoosh.reading import IndexReader
from whoosh.writing import AsyncWriter, BufferedWriter

from index.codec import ColumnarCodec, segment_arrays

EXAMPLES = 40


@contextmanager
def both(
    batches: list[list[support.Document]], deleted: list[str], optimize: bool = False
) -> Iterator[tuple[Any, Any]]:
    """The same documents in our codec and in Whoosh's."""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as stock:
        yield (
            support.build(Path(ours), batches, deleted, optimize=optimize),
            support.build(Path(stock), batches, deleted, settings=None, optimize=optimize),
        )


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[list[support.Document]], list[str]]:
    """Documents in one to three segments, and the ids of some to delete."""
    made = draw(support.documents())
    cuts = sorted(draw(st.lists(st.integers(0, len(made)), max_size=2)))
    parts = [made[a:b] for a, b in zip([0, *cuts], [*cuts, len(made)], strict=True)]
    deleted = draw(st.lists(st.sampled_from([each["id"] for each in made]), max_size=4, unique=True))
    return [part for part in parts if part], deleted


def postings(reader: IndexReader) -> dict[Any, Any]:
    """Everything that a reader tells of every term, without the derived field."""
    found = {}
    for name, text in reader.all_terms():
        if name == "text":
            continue
        format_ = reader.schema[name].format
        matcher = reader.postings(name, text)
        rows = []
        while matcher.is_active():
            row = [matcher.id(), matcher.weight(), matcher.value_as("frequency"), matcher.value_as("weight")]
            if format_.supports("positions"):
                row.append(matcher.value_as("positions"))
            rows.append(row)
            matcher.next()
        info = reader.term_info(name, text)
        scorable = reader.schema[name].scorable
        found[name, text] = (
            rows,
            info.weight(),
            info.doc_frequency(),
            info.max_weight(),
            info.min_id(),
            info.max_id(),
            (info.min_length(), info.max_length()) if scorable else None,
            reader.frequency(name, text),
            reader.doc_frequency(name, text),
        )
    return found


def per_document(reader: IndexReader) -> dict[str, Any]:
    """Everything that a reader tells of its documents."""
    scored = ("title", "body", "tags", "loud")
    kept = [name for name in reader.schema.names() if reader.schema[name].column_type and reader.has_column(name)]
    return {
        "count": (reader.doc_count(), reader.doc_count_all(), reader.has_deletions()),
        "ids": list(reader.all_doc_ids()),
        "stored": list(reader.iter_docs()),
        "lengths": [[reader.doc_field_length(doc, name) or 0 for doc in reader.all_doc_ids()] for name in scored],
        "totals": [reader.field_length(name) for name in scored],
        # As text: a missing float reads as NaN, which does not equal itself.
        "columns": {name: [repr(reader.column_reader(name)[doc]) for doc in reader.all_doc_ids()] for name in kept},
        "raw": {name: list(reader.column_reader(name, translate=False)) for name in kept},
        "names": sorted(set(reader.indexed_field_names()) - {"text"}),
    }


@given(batches(), st.booleans())
@settings(max_examples=EXAMPLES, deadline=None)
def test_readers_agree(made: tuple[list[list[support.Document]], list[str]], optimize: bool) -> None:
    """Terms, postings, weights, positions, lengths, stored fields, columns and statistics are equal."""
    with both(*made, optimize=optimize) as (ours, stock), ours.reader() as one, stock.reader() as two:
        left, right = postings(one), postings(two)
        assert left.keys() == right.keys()
        for term in right:
            assert left[term][0] == right[term][0], term
            assert left[term][1:] == right[term][1:], term
        # Segment by segment: Whoosh's reader of several fails where one of them lacks a column.
        for (leaf_one, _), (leaf_two, _) in zip(one.leaf_readers(), two.leaf_readers(), strict=True):
            assert per_document(leaf_one) == per_document(leaf_two)
            for name in ("title", "body"):
                if leaf_two.field_length(name):
                    assert leaf_one.min_field_length(name) == leaf_two.min_field_length(name)
                    assert leaf_one.max_field_length(name) == leaf_two.max_field_length(name)


QUERIES = [
    query.Or([query.Term("body", "ash"), query.Term("title", "oak"), query.Term("tags", "yew")]),
    query.And([query.Term("body", "ash"), query.Term("body", "oak")]),
    query.And([query.Term("body", "elm"), query.Not(query.Term("title", "oak"))]),
    query.Phrase("body", ["ash", "oak"]),
    query.Phrase("title", ["elm", "fir"], slop=3),
    query.Prefix("body", "oa"),
    query.Wildcard("body", "*r"),
    query.FuzzyTerm("body", "oakk"),
    query.TermRange("title", "birch", "oak", startexcl=True),
    query.NumericRange("year", 1, 2020),
    query.NumericRange("weight", -3.5, None),
    query.Every(),
    query.Every("tags"),
    query.DisjunctionMax([query.Term("body", "ash"), query.Term("title", "ash")]),
    query.AndMaybe(query.Term("body", "oak"), query.Term("loud", "oak")),
    query.Or([query.Term("loud", "elm", boost=2.0), query.Term("loud", "oak")]),
    query.ConstantScoreQuery(query.Term("theme", "housing"), 2.0),
    query.Term("open", b"t"),
]


def answers(index: Any, question: query.Query, **options: Any) -> list[tuple[str, float]]:
    """Ids and scores of all hits, in an order of our own among equals."""
    with index.searcher(weighting=scoring.BM25F()) as searcher:
        return sorted((hit["id"], hit.score) for hit in searcher.search(question, limit=None, **options))


@given(batches(), st.sampled_from(QUERIES))
@settings(max_examples=EXAMPLES * 3, deadline=None)
def test_searches_agree(made: tuple[list[list[support.Document]], list[str]], question: query.Query) -> None:
    """Stock queries find the same documents with the same BM25F scores."""
    with both(*made) as (ours, stock):
        left, right = answers(ours, question), answers(stock, question)
        assert [id for id, _ in left] == [id for id, _ in right]
        assert [score for _, score in left] == pytest.approx([score for _, score in right], abs=1e-9)


def many(count: int) -> list[support.Document]:
    """Documents enough for several blocks of postings, with words of every frequency."""
    words = support.WORDS
    return [
        {
            "id": f"d{number:04d}",
            "title": " ".join(words[(number * step) % 12] for step in (1, 5, 7)),
            "body": " ".join(words[(number // (1 + step)) % 12] for step in range(1 + number % 9)),
            "year": number % 23,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("limit", [3, 10])
def test_skipping_finds_the_same_best(tmp_path: Path, limit: int) -> None:
    """Block bounds let Whoosh skip over several blocks without losing a best hit."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "stock").mkdir()
    ours = support.build(tmp_path / "ours", [many(900)])
    stock = support.build(tmp_path / "stock", [many(900)], settings=None)
    for text in ("ash OR oak", "ash AND pine", "title:elm OR fir", '"ash birch"', "yew NOT oak"):
        found = []
        for index in (ours, stock):
            with index.searcher() as searcher:
                hits = searcher.search(QueryParser("body", index.schema).parse(text), limit=limit)
                found.append([round(hit.score, 9) for hit in hits])
        assert found[0] == found[1]


def test_sorting_by_columns_agrees(tmp_path: Path) -> None:
    """Whoosh sorts by our columns as by its own, both ways."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "stock").mkdir()
    documents = many(60)
    indexes = [
        support.build(tmp_path / "ours", [documents[:25], documents[25:]]),
        support.build(tmp_path / "stock", [documents[:25], documents[25:]], settings=None),
    ]
    for field, reverse in (("year", False), ("year", True), ("title", False), ("id", False)):
        orders = []
        for index in indexes:
            with index.searcher() as searcher:
                hits = searcher.search(query.Every(), limit=None, sortedby=field, reverse=reverse)
                orders.append([hit["id"] for hit in hits])
        assert orders[0] == orders[1]


def test_cursor_and_spelling_agree(tmp_path: Path) -> None:
    """Term cursors and words within an edit distance are the same."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "stock").mkdir()
    indexes = [
        support.build(tmp_path / "ours", [many(30)]),
        support.build(tmp_path / "stock", [many(30)], settings=None),
    ]
    found = []
    for index in indexes:
        with index.reader() as reader:
            cursor = reader.cursor("title")
            walked = [cursor.text(), cursor.next(), cursor.find(b"fi"), cursor.next()]
            walked += [cursor.find(b"zz"), cursor.is_valid()]
            near = sorted(reader.terms_within("title", "oaks", 2))
            after = [(name, text) for name, text in reader.terms_from("title", b"pine") if name == "title"]
            found.append((walked, near, after, sorted(reader.expand_prefix("title", "o"))))
    assert found[0] == found[1]


def test_buffered_and_asynchronous_writers_work(tmp_path: Path) -> None:
    """Whoosh's other writers make the same documents of ours as of its own codec's segments."""
    found = []
    for name, options in (("ours", {"codec": ColumnarCodec(support.SETTINGS)}), ("stock", {})):
        (tmp_path / name).mkdir()
        index = support.build(tmp_path / name, [], settings=support.SETTINGS if options else None)
        buffered = BufferedWriter(index, period=None, limit=4, writerargs=options)
        for document in many(10):
            buffered.add_document(**document)
        buffered.close()
        later = AsyncWriter(index, writerargs=options)
        later.add_document(id="late", title="yew")
        later.commit()
        with index.reader() as reader:
            rows = [(text, info.doc_frequency(), info.weight()) for text, info in reader.iter_field("title")]
            found.append((list(reader.iter_docs()), rows))
    assert found[0] == found[1]


def test_merge_keeps_the_derived_field_derived(tmp_path: Path) -> None:
    """A merge derives impacts anew and never mixes those of older segments in."""
    documents = many(40)
    merged = support.build(tmp_path, [documents[:17], documents[17:]], optimize=True)
    fresh_folder = tmp_path / "fresh"
    fresh_folder.mkdir()
    fresh = support.build(fresh_folder, [[{"id": "last"}, *documents]])
    with merged.reader() as one, fresh.reader() as two:
        (left,), (right,) = segment_arrays(one), segment_arrays(two)
        ours, theirs = left.field("text"), right.field("text")
        assert ours is not None
        assert theirs is not None
        assert list(ours.terms()) == list(theirs.terms())
        everything = (0, ours.term_count)
        assert ours.weights_of_range(*everything).tolist() == theirs.weights_of_range(*everything).tolist()
