"""One order over several segments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import corpora, in_batches, whoosh_index

from corpus import CaseStudy
from index.codec import segment_arrays
from index.documents import sort_key
from search.order import Order, SegmentAnswer
from search.request import SORTS


def slowly(records: list[CaseStudy], scores: dict[str, float], sort: str) -> list[str]:
    """The ids in order: the key of the sort, then the id."""

    def key(record: CaseStudy) -> tuple[object, ...]:
        if sort == "relevance":
            return -scores[record.id], record.id
        if sort == "title":
            return sort_key(record.title), record.id
        year = record.year
        return year is None, (year or 0) * (-1 if sort == "newest" else 1), record.id

    return [record.id for record in sorted(records, key=key)]  # type: ignore[arg-type,return-value]


@settings(max_examples=settings().max_examples // 4)
@given(corpora(most=14), st.integers(1, 3), st.integers(0, 15), st.integers(0, 6), st.randoms())
def test_every_order_is_that_of_sorting_the_records(
    records: list[CaseStudy], segments: int, offset: int, limit: int, dice: object
) -> None:
    """Any window of any order, over any number of segments."""
    scores = {record.id: dice.choice([0.25, 0.5, 1.0]) for record in records}  # type: ignore[attr-defined]
    with whoosh_index([batch for batch in in_batches(records, segments) if batch]) as index, index.reader() as reader:
        arrays = segment_arrays(reader)
        answers = []
        for segment in arrays:
            docs = np.arange(segment.doc_count_all, dtype=np.int32)
            answers.append(SegmentAnswer(docs, np.array([scores[segment.id_of(doc)] for doc in docs], np.float32)))
        for sort in SORTS:
            places = Order(arrays).top(answers, sort, offset, limit)
            found = [arrays[place.segment].id_of(place.doc) for place in places]
            assert found == slowly(records, scores, sort)[offset : offset + limit], sort
            assert [place.score for place in places] == [scores[id] for id in found]


@pytest.mark.parametrize("sort", SORTS)
def test_years_far_away_do_not_meet_no_year(sort: str) -> None:
    """The years 1 and 9999 sort as years; a record without one comes last."""
    records = [CaseStudy("a", "a"), CaseStudy("b", "b", year=9999), CaseStudy("c", "c", year=1)]
    with whoosh_index([records]) as index, index.reader() as reader:
        arrays = segment_arrays(reader)
        everything = [SegmentAnswer(np.arange(3, dtype=np.int32), None)]
        places = Order(arrays).top(everything, sort, 0, 3)
        expected = {"newest": "bca", "oldest": "cba"}.get(sort, "abc")
        assert "".join(arrays[place.segment].id_of(place.doc) for place in places) == expected
        assert [place.score for place in places] == [0.0, 0.0, 0.0]
