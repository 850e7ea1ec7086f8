"""The compiled loops give what the numpy functions beside them give."""

from __future__ import annotations

import json
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import loops
import numpy as np
import pytest
from c_compiler import can_compile
from hypothesis import given
from hypothesis import strategies as st

from index.codec import SetFacet
from index.compiled import SWITCH, compiled
from index.heads import HEAD_FIELDS, record_of
from search import (
    SearchRequest,
    boolean,
    facets,
    filters,
    lending,
    likeness,
    open_engine,
    proximity,
    top,
)
from search.boolean import Scratch
from search.matches import ConstantMatches, ImpactMatches, Matches
from search.request import FACETS
from search.results import Bucket, SearchResults
from search.stored_record import StoredRecords
from search.whoosh_engine import WhooshEngine

try:
    from search import _kernel as built
except ImportError:
    built: Any = None  # type: ignore[no-redef]  # then both sides of each comparison are numpy's, and the first test says why


using = partial(loops.using, package="search")
"""All modules of `search` that have both forms with this kernel, or with none."""


def test_the_loops_were_built() -> None:
    """They are missing only on somebody's machine without a C compiler or Python's headers."""
    assert built is not None or not can_compile()


def test_the_switch_turns_them_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """CASEFINDER_KERNEL=off leaves numpy alone."""
    monkeypatch.setenv(SWITCH, "off")
    assert compiled("search._kernel") is None


SIZE = 10_000
"""More than the compiled union takes at a time."""


@st.composite
def parts(draw: st.DrawFn) -> list[Matches]:
    """Matches of every kind: constant, of impacts, with scores; common and rare."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    made: list[Matches] = []
    for _ in range(draw(st.integers(1, 5))):
        count = draw(st.sampled_from([0, 1, 3, 40, SIZE // 2, SIZE]))
        docs = np.sort(rng.choice(SIZE, count, replace=False)).astype(draw(st.sampled_from(["i4", "i8"])))
        match draw(st.integers(0, 2)):
            case 0:
                made.append(ConstantMatches(docs, float(rng.integers(1, 4))))
            case 1:
                impacts = rng.integers(1, 65_536, count).astype(np.uint16)
                made.append(ImpactMatches(docs, impacts, float(rng.random()) + 0.1, 1.5))
            case _:
                made.append(Matches(docs, rng.random(count).astype(np.float32) + np.float32(0.001)))
    return made


def _plain(found: Matches) -> tuple[list[int], list[float]]:
    return found.docs.tolist(), found.scores().tolist()


@given(parts())
def test_set_operations_are_the_same_to_the_last_bit(made: list[Matches]) -> None:
    """Union, best of and intersection: documents and float32 scores, and clean scratch arrays."""
    scratch = Scratch(SIZE)

    def answers() -> list[tuple[list[int], list[float]]]:
        return [
            _plain(boolean.union(made, scratch, SIZE)),
            _plain(boolean.best_of(made)),
            _plain(boolean.intersection(made, scratch)),
        ]

    with using(built):
        compiled_answers = answers()
    with using(None):
        assert compiled_answers == answers()
    assert not scratch.sums.any()


@given(st.integers(0, 2**32), st.integers(1, 1_000), st.integers(0, 400), st.sampled_from([1, 2, 7, 50, 5_000]))
def test_the_best_are_the_same(seed: int, count: int, k: int, distinct: int) -> None:
    """The k best, ties by rank, however many ties there are and on whichever side of 0; in both orders."""
    rng = np.random.default_rng(seed)
    docs = np.sort(rng.choice(1_000, count, replace=False)).astype(np.int32)
    keys = (rng.integers(0, distinct, count) - rng.integers(0, distinct)).astype(np.float32)
    keys[rng.random(count) < 0.1] = -0.0
    ranks = rng.permutation(1_000).astype(np.int32)
    for ascending in (False, True):
        with using(built):
            found = top.best_places(keys, ranks, k, docs, ascending).tolist()
        with using(None):
            assert found == top.best_places(keys, ranks, k, docs, ascending).tolist()


QUESTIONS = (
    SearchRequest("health inequalities deprived areas", facets=FACETS),
    SearchRequest("housing", filters={"theme": ["housing", "planning"]}, facets=FACETS),
    SearchRequest("young people mental health", filters={"region": ["South East"]}, exclude={"theme": ["housing"]}),
    SearchRequest("flood", filters={"funding": ["none"]}, year_from=2012, year_to=2020, facets=FACETS),
    SearchRequest('"climate emergency" council', facets=FACETS),
    SearchRequest('"one public estate"', mode="all"),
    SearchRequest("partnership", mode="phrase"),
    SearchRequest("regenerat* title:town", facets=("theme",)),
    SearchRequest("council AND (waste OR recycling) NOT food", limit=50),
    SearchRequest("the what", limit=20),
    SearchRequest("", facets=FACETS, sort="title"),
    SearchRequest("community", sort="newest", offset=20, limit=30),
    SearchRequest(" ".join(f"word{number} service" for number in range(300))),
    SearchRequest('"' + "the council " * 40 + '"'),
)


def _told(results: SearchResults) -> Any:
    scores = [round(hit.score, 4) for hit in results.hits]
    return results.total, [hit.id for hit in results.hits], scores, dict(results.facets), results.notes


@pytest.mark.parametrize("request_", QUESTIONS, ids=lambda request: request.text[:30] or "everything")
def test_whole_answers_are_the_same(starter_index: Path, request_: SearchRequest) -> None:
    """Totals, hits in order, scores, counts and notes of real questions."""
    answers = []
    for kernel in (built, None):
        with using(kernel), closing(open_engine(starter_index)) as engine:
            answers.append(_told(engine.search(request_)))
    assert answers[0] == answers[1]


def test_proximity_is_the_same_to_a_rounding_error(starter_engine: WhooshEngine) -> None:
    """Pairs of words in every document that holds them, long questions included."""
    segment = starter_engine.segments[0]
    fields = [field for name in ("title", "summary", "body") if (field := segment.field(name)) is not None]
    docs = np.arange(segment.doc_count_all, dtype=np.int32)
    lengths = np.linspace(0.2, 4.0, len(docs), dtype=np.float32)
    rng = np.random.default_rng(5)
    body = segment.field("body")
    assert body is not None
    common = sorted(body.terms(), key=lambda term: -body.df(body.find(term)))[:60]
    for size in (2, 3, 5, 40):
        terms = [common[at] for at in rng.choice(len(common), size, replace=False)]
        sequence = rng.integers(0, size, size + 3).tolist()
        idfs = rng.random(size).astype(np.float32) * 5
        idf = dict(zip(terms, idfs.tolist(), strict=True)).__getitem__
        some = docs[:: int(rng.integers(1, 9))].copy()
        with using(built):
            compiled_form = proximity.nearness(fields, idf, lengths, 550)
            found = compiled_form.added(terms, sequence, some)
            assert compiled_form.added(terms, sequence, some).tolist() == found.tolist()
        assert found.any()
        plain = proximity.Nearness(fields, idf, lengths, 550).added(terms, sequence, some)
        np.testing.assert_allclose(found, plain, rtol=1e-6)


class _Listed:
    """A word's list of random documents and places, some of which are those of another word of its stem."""

    def __init__(self, rng: np.random.Generator, postings: int, step: int, width: str) -> None:
        self.first = int(rng.integers(0, 5))
        self.gaps = rng.integers(1, step + 1, postings - 1).clip(1, 255 if width == "u1" else None).astype(width)
        self.docs = np.cumsum([self.first, *self.gaps.tolist()]).astype(rng.choice(["i4", "i8"]))
        self.freqs = rng.integers(1, int(rng.choice([2, 4, 200])), postings)
        places = [np.sort(rng.choice(250, each, replace=False)) for each in self.freqs]
        self.positions = np.concatenate(places).astype(np.uint8)
        self.forms = rng.integers(0, 2, len(self.positions)).astype(np.uint8) if rng.random() < 0.5 else None
        self._bit = int(rng.integers(0, 8))

    @property
    def plain(self) -> tuple[Any, ...]:
        """Documents, frequencies and positions."""
        return self.forms, 1, self.docs, self.freqs.astype(np.uint8) if self.freqs.max() > 1 else None, self.positions

    @property
    def compact(self) -> tuple[Any, ...]:
        """Gaps, and a bit a position."""
        begins = np.zeros(self._bit + len(self.positions), np.bool_)
        begins[self._bit + np.cumsum(self.freqs) - self.freqs] = True
        bits = np.packbits(begins, bitorder="little") if self.freqs.max() > 1 else None
        return self.forms, 1, self.first, self.gaps, bits, self._bit, self.positions

    def places(self, doc: int) -> set[int]:
        """Where the word itself stands in a document."""
        at = int(np.searchsorted(self.docs, doc))
        if at == len(self.docs) or self.docs[at] != doc:
            return set()
        ends = np.cumsum(self.freqs)
        own = slice(int(ends[at] - self.freqs[at]), int(ends[at]))
        here = self.positions[own]
        return set((here if self.forms is None else here[self.forms[own] == 1]).tolist())


_LISTS = (
    st.integers(0, 2**32),
    st.integers(1, 3_000),
    st.sampled_from([1, 3, 40, 900]),
    st.sampled_from(["u1", "u2", "u4"]),
)


@given(*_LISTS)
def test_lists_are_walked_alike_in_both_forms(seed: int, postings: int, step: int, width: str) -> None:
    """Words near each other along gaps and bits, wherever the candidates lie, are those of plain lists."""
    rng = np.random.default_rng(seed)
    words = [_Listed(rng, postings, step, width) for _ in range(2)]
    size = int(max(word.docs[-1] for word in words)) + 1
    candidates = np.sort(rng.choice(size, min(size, int(rng.choice([1, 50, 400]))), replace=False)).astype(np.int32)
    for kernel in filter(None, [built]):
        found = []
        for opened in (
            [kernel.places(*word.plain) for word in words],
            [kernel.places(*word.compact) for word in words],
        ):
            out = np.zeros(len(candidates), np.float32)
            asked = [(2.0 + at, ((0, its),)) for at, its in enumerate(opened)]
            constants = 0.6, 0.9, size, 0.1, 0.15, 4, 3
            marks = kernel.near(asked, candidates, b"\0\1", np.ones(size, np.float32), constants, out)
            found.append((marks, out.tolist()))
        assert found[0] == found[1]
        assert found[0][0] == sum(len(word.places(doc)) for word in words for doc in candidates.tolist())


@given(*_LISTS, st.integers(2, 4))
def test_phrases_are_found_along_lists(seed: int, postings: int, step: int, width: str, length: int) -> None:
    """The documents in which words stand one after another, and their scores, in both forms of the lists."""
    rng = np.random.default_rng(seed)
    words = [_Listed(rng, max(1, postings // 6), step, width) for _ in range(length)]
    if rng.random() < 0.5:
        words[1] = words[0]
    size = int(max(word.docs[-1] for word in words)) + 1
    lengths, factors = rng.integers(1, 60, size).astype(np.uint8), [1.5 + at for at in range(length)]
    expected = {}
    for doc in words[0].docs.tolist():
        places = [word.places(doc) for word in words]
        if any(all(start + at in its for at, its in enumerate(places)) for start in places[0]):
            norm = 0.6 + 0.01 * float(lengths[doc])
            expected[doc] = sum(len(its) / (len(its) + norm) * each for its, each in zip(places, factors, strict=True))
    for kernel in filter(None, [built]):
        for form in ("plain", "compact"):
            terms = [(factor, kernel.places(*getattr(word, form))) for factor, word in zip(factors, words, strict=True)]
            docs, scores = np.empty(len(words[0].docs), np.int32), np.empty(len(words[0].docs), np.float32)
            count = kernel.phrase(terms, lengths, 0.6, 0.01, docs, scores)
            assert dict(zip(docs[:count].tolist(), scores[:count].tolist(), strict=True)) == pytest.approx(
                expected, rel=1e-5
            )


def test_lists_that_do_not_fit_are_refused() -> None:
    """Bits or forms that are fewer than the positions, and positions that are fewer than the postings."""
    gaps, two, docs = np.ones(2, np.uint8), np.ones(2, np.uint8), np.array([0, 1], np.int32)
    for kernel in filter(None, [built]):
        for wrong in (
            (None, 0, -1, gaps, None, 0, two),
            (None, 0, 0, gaps.astype(np.int8), None, 0, two),
            (None, 0, 0, gaps, np.ones(1, np.uint8), 7, two),
            (None, 0, 0, gaps, np.ones(2, np.uint8), 8, two),
            (None, 0, 0, gaps, np.ones(2, np.uint16), 0, two),
            (None, 0, 0, gaps, None, 0),
            (np.ones(3, np.uint8), 0, docs, None, two),
            (np.ones(2, np.int8), 0, docs, None, two),
            (None, 0, docs, np.ones(3, np.uint8), two),
            (None, 0, docs.astype(np.int16), None, two),
        ):
            with pytest.raises(ValueError):
                kernel.places(*wrong)
        constants, out, lengths = (1.0, 1.0, 9, 1.0, 1.0, 4, 3), np.zeros(1, np.float32), np.ones(3, np.float32)
        for bits in (None, np.array([0b001], np.uint8)):
            opened = kernel.places(None, 0, 0, gaps, bits, 0, two)
            with pytest.raises(IndexError):
                kernel.near([(1.0, ((0, opened),))], np.array([2], np.int32), b"\0", lengths, constants, out)


def test_records_are_the_same(starter_engine: WhooshEngine) -> None:
    """Every field of every record, of the type that it has; read together, or later and by themselves."""
    segment = starter_engine.segments[0]
    docs = list(range(segment.doc_count_all))
    read = []
    for kernel in (built, None):
        with using(kernel):
            stored = StoredRecords(segment)
            # The second time all blocks have been checked, so that the loops may read them.
            read += [[record.to_dict() for record in stored.records(docs)] for _ in range(2)]
            read.append([stored.records([doc])[0].to_dict() for doc in docs])
            assert all(isinstance(record.themes, tuple) for record in stored.records(docs))
    plain = [record_of(segment.stored_head(doc)["record"], segment.stored_packed(doc)["record_body"]) for doc in docs]
    assert all(several == [record.to_dict() for record in plain] for several in read)
    assert stored.records(docs) == plain


def test_records_are_read_together_only_where_that_is_safe() -> None:
    """A head whose block was not checked, that is not plain, or that lies elsewhere is left to who looks at it."""
    for kernel in filter(None, [built]):
        text = b'{"record":["a"]}{"record":["b\\n"]}{"record":["c"]}'
        heads = np.frombuffer(text, np.uint8)
        starts, checked, other = np.array([0, 16, 34, 50, 99], np.uint32), bytearray(b"\1\1\0\0"), bytearray(b"\1")
        opened = kernel.stored((heads, checked, 4), (starts, other, 4), _Record, ("id",))

        def read(*docs: int, opened: Any = opened, kernel: Any = kernel) -> list[Any]:
            made = kernel.records(opened, "here", list(docs))
            assert [(type(record), record._source, record._doc) for record in made] == [
                (_Record, "here", doc) for doc in docs
            ]
            return [getattr(record, "id", None) for record in made]

        assert read(0, 1, 2, 3, 4, -1, 2**62) == ["a", None, None, None, None, None, None]
        checked[2] = checked[3] = 1
        assert read(2, 1, 3, 0) == ["c", None, None, "a"]
        other[0] = 0
        assert read(0) == [None]
        with pytest.raises(OverflowError):
            read(2**63 - 1, 2**64)
        for wrong in ((heads, checked, 1), (heads, checked), (heads, checked, -1), (starts, checked, 4)):
            with pytest.raises(ValueError):
                kernel.stored(wrong, (starts, other, 4), _Record, ("id",))
        with pytest.raises(ValueError):
            kernel.records(object(), "here", [0])
        with pytest.raises(AttributeError):
            kernel.records(kernel.stored((heads, checked, 4), (starts, bytearray(1), 4), object, ("id",)), "here", [0])


class _Record:
    """A record with one field."""

    __slots__ = ("_doc", "_source", "id")


VALUES = st.one_of(
    st.none(),
    st.integers(-(10**20), 10**20),
    st.text(),
    st.lists(st.text(), max_size=3),
    st.floats(allow_nan=False),
    st.booleans(),
    st.lists(st.integers(), max_size=2),
)


@given(st.lists(VALUES, max_size=5), st.booleans())
def test_heads_are_read_as_json_reads_them(values: list[Any], spaced: bool) -> None:
    """Whatever stands in a head is read as JSON reads it, or left to it."""
    for kernel in filter(None, [built]):
        record, names = SimpleNamespace(), tuple(f"field{at}" for at in range(len(values)))
        text = json.dumps({"record": values}, ensure_ascii=False, separators=(", ", ": ") if spaced else (",", ":"))
        data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
        plain = [tuple(value) if isinstance(value, list) else value for value in values]
        if kernel.head(record, names, data):
            found = [getattr(record, name) for name in names]
            assert found == plain
            assert list(map(type, found)) == list(map(type, plain))
        else:
            assert not vars(record)
        for cut in range(len(data)):
            assert not kernel.head(record, names, data[:cut])


def test_usual_heads_are_plain(starter_engine: WhooshEngine) -> None:
    """Most records of the collection are read by the compiled loop, and what is wrong is refused."""
    segment = starter_engine.segments[0]
    for kernel in filter(None, [built]):
        heads = [np.frombuffer(segment.stored_parts(doc)[0], np.uint8) for doc in range(segment.doc_count_all)]
        read = [kernel.head(SimpleNamespace(), HEAD_FIELDS, head) for head in heads]
        assert sum(read) > 0.9 * len(read)
        assert not kernel.head(SimpleNamespace(), HEAD_FIELDS[1:], heads[0])
        with pytest.raises(ValueError):
            kernel.head(SimpleNamespace(), ["title"], heads[0])
        with pytest.raises(AttributeError):
            kernel.head(object(), HEAD_FIELDS, heads[read.index(True)])


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(0, 40), st.sampled_from([1, 16, 200]))
def test_what_was_learned_gives_the_same_to_the_last_bit(seed: int, size: int, count: int, dims: int) -> None:
    """Neighbours, likeness to the question and to the leaders; ties, empty vectors and no question included."""
    rng = np.random.default_rng(seed)
    learned = _learned(rng, size, dims)
    docs = np.sort(rng.choice(size, min(count, size), replace=False)).astype(np.int32)
    scores = rng.integers(0, 4, len(docs)).astype(np.float32) * np.float32(rng.random())
    question = None if rng.random() < 0.2 else rng.standard_normal(dims).astype(np.float32)
    if question is not None and rng.random() < 0.2:
        question[:] = 0
    matches = np.sort(rng.choice(size, size // 2, replace=False)).astype(np.int64)
    matched = Matches(matches, rng.random(len(matches)).astype(np.float32))
    ranks, scratch = rng.permutation(size).astype(np.int32), Scratch(size)
    others = rng.permutation(size)[:7]

    def answers() -> list[Any]:
        alike = likeness.likeness(learned, docs, question, scores, 3.0, ranks)
        lent = lending.lent(learned, others, matched, docs, scores, scratch, 0.35)
        leading = None if alike.leading is None else (alike.leading.steps.tolist(), alike.leading.length)
        return [lent.tolist(), alike.latent.tolist(), alike.leaders.tolist(), leading]

    with using(built):
        found = answers()
        assert not scratch.sums.any()
    with using(None):
        assert found == answers()
        assert not scratch.sums.any()


def _learned(rng: np.random.Generator, size: int, dims: int) -> Any:
    """Arrays as `index.learned` holds them, some vectors without length."""
    vectors = rng.integers(-128, 128, (size, dims)).astype(np.int8)
    vectors[rng.random(size) < 0.1] = 0
    neighbours = rng.integers(0, size, (size, 8)).astype(np.int32)
    shares = rng.integers(0, 64, (size, 8)).astype(np.uint8)
    return SimpleNamespace(vectors=vectors, dims=dims, scale=1 / 300, neighbours=neighbours, shares=shares, count=8)


def test_what_lies_outside_is_refused() -> None:
    """Numbers that no file may hold end in an error that Python can catch."""
    for kernel in filter(None, [built]):
        for wrong in (100, 2**31 - 1, -1):
            outside = np.array([3, wrong], np.int32)
            with pytest.raises(IndexError):
                kernel.distinct(outside, 100, np.empty(2, np.int32))
            with pytest.raises(IndexError):
                kernel.best(np.ones(2, np.float32), outside, np.zeros(100, np.int32), False, np.empty(1, np.int64))
            _learned_refuses(kernel, outside)
            sets = np.zeros(100, np.uint16)
            with pytest.raises(IndexError):
                kernel.passing(outside, [(sets, np.ones(1, np.bool_))], np.empty(3, np.int64), None, None)
            with pytest.raises(IndexError):
                places, which = np.empty(3, np.int64), np.empty(3, np.uint8)
                kernel.passing(outside, [(sets, np.ones(1, np.bool_))] * 2, places, places.copy(), which)
            with pytest.raises(IndexError):
                one = np.array([0, 1]), np.zeros(1, np.uint16)
                kernel.count_values(outside, [(kernel.facet(sets, *one, *one, ("a",), ("A",), Bucket), 1, None)])
        settings, both, out = (1.0, 1.0, 9, 1.0, 1.0, 4, 3), np.array([1, 2], np.int32), np.zeros(2, np.float32)
        short = kernel.places(None, 0, both, np.array([1, 9], np.uint8), np.array([1, 2], np.uint8))
        for length, opened in ((3, short), (2, kernel.places(None, 0, both, None, np.ones(2, np.uint8)))):
            with pytest.raises(IndexError):
                kernel.near([(1.0, ((0, opened),))], both, b"\0", np.ones(length, np.float32), settings, out)
        lengths, found, scored = np.ones(3, np.uint8), np.empty(2, np.int32), np.empty(2, np.float32)
        for docs, freqs in (([1, 2], [1, 9]), ([1, 3], [1, 1])):
            arrays = np.array(docs, np.int32), np.array(freqs, np.uint8), np.array([1, 2], np.uint8)
            with pytest.raises(IndexError):
                kernel.phrase([(1.0, kernel.places(None, 0, *arrays))] * 2, lengths, 1.0, 1.0, found, scored)
        beside = [(1.0, kernel.places(None, 0, both, None, np.array(at, np.uint8))) for at in ([1, 1], [2, 2])]
        assert kernel.phrase(beside, lengths, 1.0, 1.0, found, scored) == 2
        with pytest.raises(ValueError, match="room"):
            kernel.phrase(beside, lengths, 1.0, 1.0, found[:1], scored[:1])


def _learned_refuses(kernel: Any, outside: Any) -> None:
    """Documents outside their segment, and neighbours outside, which leave the sums as they were."""
    learned = _learned(np.random.default_rng(1), 100, 16)
    inside, two, scores = np.array([3, 4], np.int32), np.empty(2, np.float32), np.ones(2, np.float32)
    sums, ranks, steps = np.zeros(100, np.float32), np.zeros(100, np.int32), np.empty(16, np.int16)
    for at in range(3):
        docs = [inside] * 3
        docs[at] = outside
        with pytest.raises(IndexError):
            kernel.lend(
                docs[0], scores, docs[1], scores, docs[2], learned.neighbours, learned.shares, sums, 1.0, scores.copy()
            )
    learned.neighbours[4, 7] = outside[1]
    with pytest.raises(IndexError):
        kernel.lend(inside, scores, inside, scores, inside, learned.neighbours, learned.shares, sums, 1.0, two)
    assert not sums.any()
    with pytest.raises(IndexError):
        kernel.alike(learned.vectors, 16, outside, ranks, scores, None, (1.0, 1.0, 8, 6), two, two.copy(), steps)


def test_a_facet_whose_lists_lie_outside_is_refused() -> None:
    """Its lists and the sets of its documents are looked at once, when it is opened; a document when it is counted."""
    right = np.array([0, 0, 1]), np.zeros(1, np.uint16), np.array([0, 1]), np.ones(1, np.uint16)
    shown = ("a",), ("A",), Bucket
    for kernel in filter(None, [built]):
        sets, counts, first = np.array([0, 1], np.uint16), np.empty(1, np.int64), np.array([0], np.int32)
        facet = kernel.facet(sets, *right, *shown)
        assert kernel.count_values(np.array([0, 1], np.int32), [(facet, 3, counts)]) == [(1, 1, [Bucket("a", "A", 1)])]
        assert counts.tolist() == [1]
        with pytest.raises(IndexError):
            kernel.count_values(np.array([2], np.int32), [(facet, 3, None)])
        for width in ("u2", "u4"):
            with pytest.raises(IndexError):
                kernel.facet(np.array([0, 1, 2], width), *right, *shown)
        for at, lists in enumerate(([0, 0, 2], [1], [0, 2], [2])):
            wrong = list(right)
            wrong[at] = np.array(lists, right[at].dtype)
            with pytest.raises(ValueError, match="do not fit"):
                kernel.facet(sets, *wrong, *shown)
        for named in (((), ("A",), Bucket), (("a",), ("A", "B"), Bucket), (["a"], ("A",), Bucket), (*shown[:2], list)):
            with pytest.raises(ValueError, match=r"expected|must be"):
                kernel.facet(sets, *right, *named)
        with pytest.raises(ValueError, match="do not fit"):
            kernel.count_values(first, [(facet, 3, np.empty(2, np.int64))])
        for odd in ([(object(), 3, None)], [(facet, 257, None)], [(facet, -1, None)], [(facet, 3)], [facet] * 17, None):
            with pytest.raises(ValueError):
                kernel.count_values(first, odd)
        assert kernel.count_values(first, []) == []


@given(
    st.integers(0, 2**32),
    st.sampled_from([0, 1, 30, 900]),
    st.one_of(st.none(), st.integers(0, 80)),
    st.lists(st.sampled_from([1, 5, 300]), min_size=1, max_size=6),
)
def test_facet_counts_are_the_same(seed: int, count: int, limit: int | None, sizes: list[int]) -> None:
    """Buckets, documents without a value, chosen values; one facet and several, few documents and many."""
    rng = np.random.default_rng(seed)
    columns = {name: _Sets(rng, values) for name, values in zip(FACETS, sizes, strict=False)}
    segment: Any = SimpleNamespace(facet=columns.get)
    docs = np.sort(rng.choice(1_000, count, replace=False)).astype(rng.choice(["i4", "i8"]))
    passing = docs[rng.random(count) < 0.5]
    request = SearchRequest(
        facets=tuple(columns),
        facet_limit=limit,
        filters={"funding": ["value 2", "elsewhere"]},
        exclude={"theme": ["none"]},
    )
    answer: Any = SimpleNamespace(without=lambda name: docs if name in ("theme", "funding") else passing)
    found = []
    for kernel in (built, None):
        with using(kernel):
            values = [facets.FacetValues(name, [segment]) for name in columns]
            found.append(facets.count_facets(values, [answer], request))
    assert found[0] == found[1]
    assert list(found[0]) == list(columns)
    for one in found[0].values():
        assert all(type(bucket) is Bucket for bucket in one.buckets)


@given(st.integers(0, 2**32), st.sampled_from([0, 1, 30, 900]), st.integers(1, 4), st.booleans())
def test_filters_let_the_same_through(seed: int, count: int, filter_count: int, wide: bool) -> None:
    """Which documents pass all filters, and which each one alone keeps out, for one filter and for several."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"facet {at}": _Sets(rng, 5) for at in range(filter_count)}
    asked: list[Any] = [_Chosen(name, rng.random(50) < 0.6) for name in columns]
    docs = np.sort(rng.choice(1_000, count, replace=False)).astype(np.int64 if wide else np.int32)
    plain = filters._Sieve(docs, asked, columns)
    with using(built):
        sieve = filters._CompiledSieve if built is not None else filters._Sieve
        found = sieve(docs, asked, columns)
    assert found.kept.tolist() == plain.kept.tolist()
    for name in columns if filter_count > 1 else ():
        assert found.missed(name).tolist() == plain.missed(name).tolist()


class _Chosen:
    """A filter that lets through the sets that it is told."""

    def __init__(self, facet: str, sets: Any) -> None:
        self.facet = facet
        self._sets = sets

    def allowed(self, _: SetFacet) -> Any:
        return self._sets

    def mask(self, column: SetFacet, docs: Any) -> Any:
        return self._sets[column.set_of_doc[docs]]


class _Sets(SetFacet):
    """A column of a thousand documents with up to four values each, in memory."""

    def __init__(self, rng: np.random.Generator, values: int) -> None:
        members = [
            np.sort(rng.choice(values, min(values, int(size)), replace=False)) for size in rng.integers(1, 5, 40)
        ]
        # Every value stands in some set, as in a file.
        members += [np.array([value]) for value in range(values)]
        self.set_count, self.value_count = len(members) + 1, values
        holding = [[at + 1 for at, own in enumerate(members) if value in own] for value in range(values)]
        self._starts = np.cumsum([0, *map(len, holding)])
        self._sets = np.concatenate(holding).astype(np.uint16)
        self._docs = rng.integers(0, self.set_count, 1_000).astype(rng.choice(["u2", "u4"]))
        self._values = [f"value {at}" for at in rng.permutation(values)]
        self._members = None

    @property
    def set_of_doc(self) -> Any:
        return self._docs

    @property
    def value_sets(self) -> Any:
        return self._sets


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ([], False, np.empty(9, np.int32), np.empty(9, np.float32)),
        ([(np.zeros(1, np.int32),)], False, np.empty(9, np.int32), np.empty(9, np.float32)),
        ([("text", None, 1.0)], False, np.empty(9, np.int32), np.empty(9, np.float32)),
        ([(np.zeros(1, np.float64), None, 1.0)], False, np.empty(9, np.int32), np.empty(9, np.float32)),
        ([(np.zeros(1, np.int32), np.zeros(2, np.uint16), 1.0)], False, np.empty(9, np.int32), np.empty(9, np.float32)),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[Any, ...]) -> None:
    """A programming error is an exception."""
    for kernel in filter(None, [built]):
        with pytest.raises((TypeError, ValueError)):
            kernel.combine(*arguments)
