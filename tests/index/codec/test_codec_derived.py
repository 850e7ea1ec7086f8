"""Facets and impacts against the plainest possible computation."""

from __future__ import annotations

import random
from pathlib import Path

import codec_support as support
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.codec import (
    CodecSettings,
    FacetColumn,
    FieldPostings,
    FieldSpec,
    FieldWeight,
    ImpactSettings,
    ListFacet,
    SegmentBuilder,
    SetFacet,
    segment_arrays,
)
from index.codec import facets as facets_module
from index.codec.files import field_path
from index.codec.stored import encode_stored

Values = list[frozenset[int]]

value_sets = st.lists(st.frozensets(st.integers(0, 6), max_size=4), min_size=1, max_size=40)


def column_of(folder: Path, documents: Values) -> FacetColumn:
    """The facet column of documents that carry these values."""
    builder = SegmentBuilder(folder, "main_facet", CodecSettings(facets=("theme",)), {"theme": FieldSpec()})
    builder.add_stored([encode_stored({}, ())] * len(documents))
    for value in sorted(frozenset().union(*documents)):
        docs = [number for number, carried in enumerate(documents) if value in carried]
        builder.add_terms("theme", [b"v%03d" % value], np.array([len(docs)]), np.array(docs))
    builder.finish()
    facet = FieldPostings.open(field_path(folder, "main_facet", "theme"), "theme").facet
    assert facet is not None
    return facet


def check(column: FacetColumn, documents: Values, chosen: list[int]) -> None:
    """Every question to a facet column, answered by walking over the documents."""
    values = sorted(frozenset().union(*documents))
    assert column.values == [f"v{value:03d}" for value in values]
    docs = np.array(sorted(chosen), np.int64)
    mask = np.zeros(len(documents), np.bool_)
    mask[docs] = True
    expected = [sum(value in documents[doc] for doc in chosen) for value in values]
    assert column.count(docs).tolist() == expected
    assert column.count_mask(mask).tolist() == expected
    assert column.missing(docs) == sum(not documents[doc] for doc in chosen)
    assert column.missing_mask().tolist() == [not carried for carried in documents]
    wanted = values[::2]
    ordinals = [column.ordinal(f"v{value:03d}") for value in wanted]
    assert column.docs_with_any(ordinals).tolist() == [bool(carried & set(wanted)) for carried in documents]
    assert column.docs_with_any(ordinals, missing=True).tolist() == [
        not carried or bool(carried & set(wanted)) for carried in documents
    ]
    for doc, carried in enumerate(documents):
        assert [values[ordinal] for ordinal in column.ordinals_of(doc).tolist()] == sorted(carried)
    assert column.ordinal("never") == -1


@given(value_sets, st.data())
@settings(max_examples=60, deadline=None)
def test_facets_count_as_a_loop_would(documents: Values, data: st.DataObject) -> None:
    """Both forms of a column count, miss and match like a loop over the documents."""
    chosen = data.draw(st.lists(st.integers(0, len(documents) - 1), unique=True))
    for small, form in ((facets_module.SMALL, SetFacet), (-1, None)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facets_module, "SMALL", small)
            folder = support.new_folder()
            with folder as path:
                column = column_of(path, documents)
                if form is not None:
                    assert isinstance(column, form)
                check(column, documents, chosen)


def test_own_combinations_are_kept_as_lists(tmp_path: Path) -> None:
    """Where nearly every document has its own combination of values, sets would not pay."""
    pick = random.Random(7)
    documents = [frozenset(pick.sample(range(400), 6)) for _ in range(3_000)]
    column = column_of(tmp_path, documents)
    assert isinstance(column, ListFacet)
    check(column, documents, pick.sample(range(3_000), 500))


def test_repeated_combinations_are_kept_as_sets(tmp_path: Path) -> None:
    """Where combinations repeat, each is kept once."""
    pick = random.Random(7)
    documents = [frozenset(pick.sample(range(12), pick.randint(0, 2))) for _ in range(3_000)]
    column = column_of(tmp_path, documents)
    assert isinstance(column, SetFacet)
    assert column.set_count == len(set(documents))
    check(column, documents, pick.sample(range(3_000), 500))


def test_sums_that_collide_fall_back_to_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two combinations that share a checksum are found out, never mixed up."""
    monkeypatch.setattr(facets_module, "_scramble", lambda ordinals: np.ones(len(ordinals), np.uint64))
    documents = [frozenset({1}), frozenset({2}), frozenset({1, 2}), frozenset()]
    column = column_of(tmp_path, documents)
    assert isinstance(column, ListFacet)
    check(column, documents, [0, 2, 3])


def impact(settings_: ImpactSettings, averages: dict[str, float], texts: dict[str, str], word: str) -> float:
    """wtf / (k1 + wtf), straight from the formula."""
    wtf = 0.0
    for field in settings_.fields:
        text = texts.get(field.name, "").split()
        if averages[field.name]:
            norm = 1 - field.b + field.b * len(text) / averages[field.name]
            wtf += field.weight * text.count(word) / (norm or 1.0)
    return wtf / (settings_.k1 + wtf)


@given(support.documents(), st.floats(0.1, 3), st.tuples(*[st.floats(0.1, 5), st.floats(0, 1)] * 2), st.booleans())
@settings(max_examples=60, deadline=None)
def test_impacts_follow_the_formula(
    documents: list[support.Document], k1: float, knobs: tuple[float, float, float, float], given_averages: bool
) -> None:
    """The derived field has every word of the ranked fields with its saturated BM25F impact."""
    averages = {
        name: sum(len(each.get(name, "").split()) for each in documents) / len(documents) for name in ("title", "body")
    }
    if given_averages:
        averages = {"title": 3.0, "body": 7.5}
    ranked = ImpactSettings(
        fields=(FieldWeight("title", *knobs[:2]), FieldWeight("body", *knobs[2:])),
        k1=k1,
        averages=averages if given_averages else None,
    )
    with support.new_folder() as path:
        index = support.build(path, [documents], settings=CodecSettings(impacts=ranked))
        with index.reader() as reader:
            (arrays,) = segment_arrays(reader)
            field = arrays.field("text")
            assert field is not None
            assert field.has_impacts
            words = sorted(
                {word for each in documents for name in ("title", "body") for word in each.get(name, "").split()}
            )
            assert [term.decode() for term in field.terms()] == sorted(words, key=str.encode)
            for ordinal, term in enumerate(field.terms()):
                word = term.decode()
                rows = [
                    (number, impact(ranked, averages, each, word))
                    for number, each in enumerate(documents)
                    if word in each.get("title", "").split() + each.get("body", "").split()
                ]
                assert field.docs(ordinal).tolist() == [number for number, _ in rows]
                assert field.weights(ordinal) / 65535 == pytest.approx([value for _, value in rows], abs=1.01 / 65535)
                assert field.weights(ordinal).min() >= 1
                counts = [f"{each.get('title', '')} {each.get('body', '')}".split().count(word) for each in documents]
                assert field.cf(ordinal) == sum(counts)
                assert reader.term_info("text", word).max_weight() <= 1
            assert arrays.averages == pytest.approx({name: averages[name] for name in arrays.averages})
