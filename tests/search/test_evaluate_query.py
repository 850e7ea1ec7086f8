"""The vectorised evaluator answers as stock Whoosh does on the same index.

Whoosh's own matchers, document by document, are the oracle, mended in four places where they
contradict Whoosh's own documentation (see `mended_whoosh`). They are run with `limit=None`,
because Whoosh's shortcuts for the best few give totals that are not exact. `DisjunctionMax`
has a `tiebreak` that Whoosh passes over; `test_boolean.py` has its rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import corpora, in_batches, multi_terms, query_trees, record, whoosh_index
from whoosh import query as q

from corpus import CaseStudy
from index import build_index
from index.analysis import Analyser
from index.codec import segment_arrays
from index.schema import RANKED_FIELDS
from search.by_whoosh import WhooshWeighting, as_whoosh
from search.evaluate_query import SegmentEvaluator
from search.options import RankingOptions
from search.parse import QueryParser
from search.ranking import Collection
from search.read_words import WordReader
from search.whoosh_engine import WhooshEngine

Scored = dict[str, float]


@pytest.fixture(scope="module", autouse=True)
def mended_whoosh() -> Iterator[None]:
    """Whoosh's matchers without four faults of theirs.

    `AndNotMatcher` lets its first match through when the unwanted matcher starts before it and
    holds it too (a = [2], b = [0, 2]), and fails when it skips behind its last match.
    `InverseMatcher` lets a deleted document through when it follows the last match of the matcher
    that is inverted. `DisjunctionMaxMatcher` also takes the score of a part that stands at a later
    document. `AndMaybeMatcher` leaves its optional matcher behind when it is told to skip to a document that the
    other does not hold, and then misses its score: (health AND (healthi ANDMAYBE health)) is the shortest case.
    """

    def leave_out(self: Any) -> bool:
        while self.a.is_active() and self.b.is_active() and self.b.id() <= self.a.id():
            if self.b.id() == self.a.id():
                self.a.next()
            else:
                self.b.skip_to(self.a.id())
        return False

    def find_next(self: Any) -> None:
        while self._id < self.limit:
            if self.child.is_active() and self.child.id() < self._id:
                self.child.skip_to(self._id)
            wanted = not self.child.is_active() or self.child.id() != self._id
            if wanted and not self.missing(self._id):
                return
            self._id += 1

    def best_score(self: Any) -> float:
        at = self.id()
        scores: list[float] = [part.score() for part in (self.a, self.b) if part.is_active() and part.id() == at]
        return max(scores)

    def skip_both(self: Any, id: int) -> bool:
        moved = self.a.skip_to(id)
        if self.a.is_active() and self.b.is_active():
            moved = self.b.skip_to(self.a.id()) or moved
        return bool(moved)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("whoosh.matching.AndMaybeMatcher.skip_to", skip_both)
        patch.setattr("whoosh.matching.DisjunctionMaxMatcher.score", best_score)
        patch.setattr("whoosh.matching.AndNotMatcher._find_first", leave_out)
        patch.setattr("whoosh.matching.AndNotMatcher._find_next", leave_out)
        patch.setattr("whoosh.matching.InverseMatcher._find_next", find_next)
        yield


def _same(leaf: Any) -> Any:
    return leaf


class Both:
    """One reader, asked both ways. Answers map ids to scores."""

    def __init__(self, reader: Any) -> None:
        self.segments = segment_arrays(reader)
        self.collection = Collection(self.segments)
        leaves = [leaf for leaf, _ in reader.leaf_readers()] if self.segments else []
        self.evaluators = [
            SegmentEvaluator(segment, leaf.schema, self.collection, partial(_same, leaf))
            for segment, leaf in zip(self.segments, leaves, strict=True)
        ]
        self._reader = reader

    def ours(self, query: q.Query) -> Scored:
        found: Scored = {}
        for evaluator in self.evaluators:
            matches = evaluator.evaluate(query)
            docs = matches.docs.tolist()
            assert docs == sorted(set(docs))
            assert not matches.positive or (matches.scores() > 0).all()
            for doc, score in zip(docs, matches.scores().tolist(), strict=True):
                found[evaluator.segment.id_of(doc)] = score
        return found

    def stock(self, query: q.Query) -> Scored:
        from whoosh.searching import Searcher

        searcher = Searcher(self._reader, weighting=WhooshWeighting(self.collection), closereader=False)
        found = searcher.search(query, limit=None)
        return {found.fields(rank)["record"][0]: found.score(rank) for rank in range(found.scored_length())}


@contextmanager
def both(batches: Sequence[Sequence[CaseStudy]], deleted: Sequence[str] = ()) -> Any:
    """An index of the batches, without the deleted records, open for both."""
    with whoosh_index(batches, deleted) as index, index.reader() as reader:
        yield Both(reader)


def assert_same(ours: Scored, stock: Scored) -> None:
    assert sorted(ours) == sorted(stock)
    assert ours == pytest.approx(stock, rel=1e-5, abs=1e-7)


@settings(max_examples=settings().max_examples * 6 // 10)
@given(
    corpora(),
    st.integers(1, 3),
    st.sets(st.sampled_from([f"r{number:02}" for number in range(12)]), max_size=5),
    st.lists(query_trees, min_size=1, max_size=8),
    st.lists(multi_terms, max_size=3),
)
def test_the_evaluator_answers_as_stock_whoosh(
    records: list[CaseStudy], segments: int, deleted: set[str], trees: list[q.Query], bare: list[q.Query]
) -> None:
    """Random corpora in several segments, with deletions: same matches and scores for every query tree."""
    with both(in_batches(records, segments), sorted(deleted)) as index:
        for tree in trees:
            assert_same(index.ours(tree), index.stock(tree))
        for query in bare:
            # What a query for many terms scores is not defined; what it matches is.
            assert sorted(index.ours(query)) == sorted(index.stock(query))


RECORDS = [
    CaseStudy("a", "Health in the parks", body="the state of the art of health", year=2017, themes=("housing",)),
    CaseStudy("b", "State art", body="state the art; art of the state", year=2018, themes=("housing", "planning")),
    CaseStudy("c", "Parks", summary="healthy parks", body="health health health", year=2019),
    CaseStudy("d", "Housing", body="regeneration of houses", region="London"),
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (q.Term("text", "health"), "ac"),
        (q.Term("no_such_field", "health"), ""),
        (q.Term("text", "nosuchword"), ""),
        (q.Term("body_exact", "the"), "ab"),
        (q.Phrase("body_exact", ["state", "of", "the", "art"]), "a"),
        (q.Phrase("body_exact", ["state", "the", "art"]), "b"),
        (q.Phrase("body_exact", ["health"]), "ac"),
        (q.Phrase("body_exact", ["health", "health"]), "c"),
        (q.Phrase("body_exact", ["health", "health", "health", "health"]), ""),
        (q.Phrase("body", ["state", "art"], slop=3), "ab"),
        (q.Prefix("body_exact", "regenerat"), "d"),
        (q.Wildcard("body_exact", "*ation"), "d"),
        (q.TermRange("year", "2018", None), "bc"),
        (q.TermRange("year", "2017", "2018", startexcl=True), "b"),
        (q.Every(), "abcd"),
        (q.Every("year"), "abc"),
        (q.Every("no_such_field"), ""),
        (q.Not(q.Term("theme", "housing")), "cd"),
        (q.And([]), ""),
        (q.Or([]), ""),
        (q.Or([q.NullQuery, q.Term("region", "London")]), "d"),
        (q.And([q.Term("text", "health"), q.NullQuery]), ""),
        (q.AndNot(q.Every(), q.NullQuery), "abcd"),
        (q.Require(q.Term("text", "health"), q.Term("theme", "housing")), "a"),
        (q.Otherwise(q.Term("text", "nosuchword"), q.Term("region", "London")), "d"),
        (q.FuzzyTerm("body_exact", "helth"), "ac"),
        (q.Variations("body_exact", "house"), "d"),
    ],
)
def test_each_kind_of_query_finds_what_it_says(query: q.Query, expected: str) -> None:
    """Each node of Whoosh's tree, and those that only Whoosh's own matchers can answer."""
    with both([RECORDS[:3], RECORDS[3:]]) as index:
        assert "".join(sorted(index.ours(query))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "health parks",
        "+health -housing",
        "health AND (parks OR art)",
        '"state of the art" OR title:parks',
        "regen* OR he*th*",
        "year:2018.. health",
        "year:..2017",
        "theme:housing NOT state",
        "-health",
        "the of",
        "region:nowhere",
    ],
)
def test_a_tree_of_ours_is_whooshs_own(text: str) -> None:
    """What a question is read as says the same in our nodes and in Whoosh's, to us and to stock Whoosh."""
    query = QueryParser(WordReader(Analyser(), lambda word: None)).parse(text).query
    with both([RECORDS[:3], RECORDS[3:]]) as index:
        ours = index.ours(query)
        assert ours == index.ours(as_whoosh(query))
        assert sorted(ours) == sorted(index.stock(as_whoosh(query)))


def test_the_fallback_reads_the_open_files(tmp_path: Path) -> None:
    """A generation that is no more on disk still answers what only Whoosh's matchers can."""
    build_index(RECORDS, tmp_path)
    engine = WhooshEngine.open(tmp_path, RankingOptions())
    rmtree(tmp_path / "generations")
    sloppy = q.Phrase("body", ["state", "art"], slop=3)
    found = [engine.record(place.segment, place.doc).id for place in engine.top(sloppy, 10)]
    engine.close()
    assert sorted(found) == ["a", "b"]


def test_deleted_records_answer_nothing() -> None:
    """A deleted record neither matches nor stops the second branch of an OTHERWISE."""
    with both([RECORDS], deleted=["d"]) as index:
        fallback = q.Otherwise(q.Term("region", "London"), q.Term("theme", "planning"))
        assert sorted(index.ours(fallback)) == ["b"]
        assert sorted(index.ours(q.Every())) == ["a", "b", "c"]


def test_what_is_optional_counts_wherever_it_stands() -> None:
    """An optional word adds its score also where another part of the question skips ahead."""
    optional = q.And([q.Term("text", "health"), q.AndMaybe(q.Term("text", "healthi"), q.Term("text", "health"))])
    records = [
        CaseStudy(f"r{at}", "Parks", body=words)
        for at, words in enumerate(("healthy", "health", "health", "health healthy"))
    ]
    with both([records]) as index:
        assert_same(index.ours(optional), index.stock(optional))
        plain = index.ours(q.And([q.Term("text", "health"), q.Term("text", "healthi"), q.Term("text", "health")]))
        assert index.ours(optional) == pytest.approx(plain)


def test_an_index_without_documents_answers_nothing() -> None:
    """No segment, no match."""
    with both([]) as index:
        assert index.ours(q.Every()) == index.ours(q.Term("text", "health")) == {}


def test_a_segment_of_deleted_records_answers_nothing() -> None:
    """A segment whose every record is deleted is silent beside one that answers."""
    with both([RECORDS[:2], RECORDS[2:]], deleted=["a", "b"]) as index:
        assert sorted(index.ours(q.Every())) == ["c", "d"]
        assert_same(index.ours(q.Term("text", "health")), index.stock(q.Term("text", "health")))


@settings(max_examples=settings().max_examples // 10)
@given(st.lists(record("r"), min_size=60, max_size=120), st.lists(query_trees, min_size=3, max_size=6))
def test_large_segments_answer_as_small_ones(drawn: list[CaseStudy], trees: list[q.Query]) -> None:
    """The dense and the sparse forms of the set operations agree: one segment of many records, and its oracle."""
    records = [CaseStudy.from_dict({**each.to_dict(), "id": f"r{at:03}"}) for at, each in enumerate(drawn)]
    with both([records]) as index:
        for tree in trees:
            assert_same(index.ours(tree), index.stock(tree))


def test_a_boosted_word_scores_in_proportion() -> None:
    """Twice the boost is twice the score, in the joint field and in every single one."""
    with both([RECORDS]) as index:
        for field in ("text", *RANKED_FIELDS):
            plain = index.ours(q.Term(field, "health"))
            twice = index.ours(q.Term(field, "health", boost=2.0))
            assert twice == pytest.approx({id: 2 * score for id, score in plain.items()}, rel=1e-6)
