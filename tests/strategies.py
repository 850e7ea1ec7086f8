"""Random records, indexes, query trees and requests for property tests.

The vocabularies are small, so that words, phrases and facet values meet often.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from hypothesis import strategies as st
from whoosh import query as q
from whoosh.index import create_in

from corpus import CaseStudy
from index.codec import ColumnarCodec
from index.documents import whoosh_document
from index.schema import EXACT_FIELDS, FACET_FIELDS, JOINT_FIELD, RANKED_FIELDS, codec_settings, schema
from search.request import FACETS, NO_VALUE, SORTS, SearchRequest

if TYPE_CHECKING:
    from search.whoosh_engine import WhooshEngine

WORDS: Final = (
    "health", "healthy", "housing", "houses", "park", "parks", "policy", "police", "the", "of", "co", "production",
    "coproduction", "20", "mph", "café", "well-being",
)  # fmt: skip

COUNCILS: Final = ("Darlington Borough Council", "Brighton and Hove City Council", "Leeds City Council")
THEMES: Final = ("public-health", "housing", "planning", "transport", "mental-health")
FUNDERS: Final = ("One Public Estate", "Towns Fund", "Active Travel Fund")
REGIONS: Final = ("North East", "South East", "Yorkshire and The Humber")
TYPES: Final = ("Unitary authority", "Metropolitan district")
YEARS: Final = tuple(range(2016, 2022))

text = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


def some(values: Sequence[str], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    """A few of the values, each once."""
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


def record(id: str) -> st.SearchStrategy[CaseStudy]:
    """A random record with this id."""
    return st.builds(
        CaseStudy,
        id=st.just(id),
        title=text.map(lambda words: words or "untitled"),
        summary=text,
        body=st.lists(text, max_size=2).map("\n\n## ".join),
        councils=some(COUNCILS),
        organisations=some(("Health Trust", "Police of the Parks"), 1),
        region=st.sampled_from((*REGIONS, "")),
        council_type=st.sampled_from((*TYPES, "")),
        themes=some(THEMES, 3),
        funding=some(FUNDERS),
        year=st.none() | st.sampled_from(YEARS),
        keywords=some(WORDS),
    )


@st.composite
def corpora(draw: st.DrawFn, least: int = 1, most: int = 12) -> list[CaseStudy]:
    """Records with distinct ids in no order."""
    count = draw(st.integers(least, most))
    ids = draw(st.permutations([f"r{number:02}" for number in range(count)]))
    return [draw(record(id)) for id in ids]


def scratch_folder() -> Path:
    """A new temporary folder, in memory where the system has such a place."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None))


@contextmanager
def whoosh_index(batches: Sequence[Sequence[CaseStudy]], deleted: Sequence[str] = ()) -> Iterator[Any]:
    """A Whoosh index with one columnar segment a batch and some records deleted, written by Whoosh's own writer."""
    folder = scratch_folder()
    try:
        made = create_in(str(folder), schema())
        for batch in batches:
            writer = made.writer(codec=ColumnarCodec(codec_settings()))
            for each in batch:
                writer.add_document(**whoosh_document(each))
            writer.commit(merge=False)
        if deleted:
            writer = made.writer(codec=ColumnarCodec(codec_settings()))
            for id in deleted:
                writer.delete_by_term("id", id)
            writer.commit(merge=False)
        yield made
    finally:
        shutil.rmtree(folder)


def in_batches(records: Sequence[CaseStudy], count: int) -> list[list[CaseStudy]]:
    """The records dealt out to `count` batches; some may be empty."""
    return [list(records[at::count]) for at in range(count)]


# Query trees

_STEMS = ("health", "healthi", "hous", "park", "polici", "policy", "polic", "coproduct", "20mph", "cafe", "wellb", "no")
_EXACT = ("health", "healthy", "houses", "park", "the", "of", "co", "production", "20", "mph", "cafe", "well", "being")
_STEMMED_FIELDS = (JOINT_FIELD, JOINT_FIELD, *RANKED_FIELDS)
_VALUES = {
    "theme": THEMES,
    "funding": FUNDERS,
    "council": COUNCILS,
    "region": REGIONS,
    "council_type": TYPES,
    "year": tuple(map(str, YEARS)),
}
boosts = st.sampled_from((1.0, 1.0, 1.0, 0.5, 2.0, 3.25))

terms = st.one_of(
    st.builds(q.Term, st.sampled_from(_STEMMED_FIELDS), st.sampled_from(_STEMS), boost=boosts),
    st.builds(q.Term, st.sampled_from(EXACT_FIELDS), st.sampled_from(_EXACT), boost=boosts),
    st.sampled_from(FACET_FIELDS).flatmap(
        lambda field: st.builds(q.Term, st.just(field), st.sampled_from(_VALUES[field]), boost=boosts)
    ),
)
phrases = st.one_of(
    st.builds(
        q.Phrase,
        st.sampled_from(EXACT_FIELDS),
        st.lists(st.sampled_from(_EXACT), min_size=2, max_size=4),
        boost=boosts,
    ),
    st.builds(
        q.Phrase,
        st.sampled_from(RANKED_FIELDS),
        st.lists(st.sampled_from(_STEMS), min_size=2, max_size=3),
        slop=st.sampled_from((1, 1, 2)),
        boost=boosts,
    ),
)
_text_fields = st.sampled_from((JOINT_FIELD, *RANKED_FIELDS, *EXACT_FIELDS))
multi_terms = st.one_of(
    st.builds(q.Prefix, _text_fields, st.sampled_from(("p", "po", "polic", "h", "he", "houses", "zz"))),
    st.builds(q.Wildcard, _text_fields, st.sampled_from(("p*", "*s", "h?us*", "po*c*", "[hp]a*", "*", "co"))),
    st.builds(
        q.TermRange,
        st.just("year"),
        st.none() | st.sampled_from(_VALUES["year"]),
        st.none() | st.sampled_from(_VALUES["year"]),
        startexcl=st.booleans(),
        endexcl=st.booleans(),
    ),
    st.builds(q.Every, st.sampled_from(("theme", "council", "year", "body", "summary_exact"))),
    st.builds(q.FuzzyTerm, st.just("body_exact"), st.sampled_from(("helth", "prk", "hoses")), prefixlength=st.just(1)),
)
"""Queries that stand for many terms: stock Whoosh does not say what they score."""

constants = st.builds(q.ConstantScoreQuery, multi_terms, st.sampled_from((1.0, 0.5, 4.0)))
everything = st.builds(q.Every, boost=boosts)
leaves = st.one_of(terms, terms, terms, phrases, constants, everything)


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=4)
    return st.one_of(
        st.builds(q.Or, several, boost=boosts),
        st.builds(q.And, several, boost=boosts),
        st.builds(q.DisjunctionMax, several, boost=boosts),
        st.builds(q.AndNot, inner, inner),
        st.builds(q.AndMaybe, inner, inner),
        st.builds(q.Require, inner, inner),
        st.builds(q.Otherwise, inner, inner),
        st.builds(q.Not, inner),
        st.builds(q.ConstantScoreQuery, inner, st.just(2.0)),
    )


query_trees = st.recursive(leaves, _grown, max_leaves=9)
"""Trees whose scores Whoosh defines."""

# Requests


@st.composite
def facet_choices(draw: st.DrawFn, missing: bool = True) -> dict[str, list[str]]:
    """Values chosen in some facets, now and then "nothing recorded" or a value that no record has."""
    chosen: dict[str, list[str]] = {}
    for name in draw(st.lists(st.sampled_from(FACETS), max_size=3, unique=True)):
        values = [*_VALUES[name], "nowhere", *([NO_VALUE] if missing else [])]
        chosen[name] = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True))
    return chosen


query_texts = st.one_of(
    st.just(""),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    st.sampled_from(
        ("housing -park", "+health police", '"the park"', "hous*", "health AND (park OR police)", "NOT park")
    ),
)

requests = st.builds(
    SearchRequest,
    text=query_texts,
    filters=facet_choices(),
    exclude=facet_choices(),
    year_from=st.none() | st.sampled_from(YEARS),
    year_to=st.none() | st.sampled_from(YEARS),
    sort=st.sampled_from(SORTS),
    limit=st.just(50),
    facets=st.just(FACETS),
    facet_limit=st.none() | st.integers(0, 4),
    snippets=st.just(False),
)


@contextmanager
def engine_over(batches: Sequence[Sequence[CaseStudy]], removed: Sequence[str] = ()) -> Iterator[WhooshEngine]:
    """The engine over an index built from the first batch and updated with each other one, unmerged."""
    from index import build_index, update_index
    from search import open_engine

    folder = scratch_folder()
    try:
        build_index(batches[0], folder)
        for batch in batches[1:]:
            update_index(batch, folder, remove_missing=False, merge=False)
        if removed:
            kept = [each for batch in batches for each in batch if each.id not in removed]
            update_index(kept, folder, merge=False)
        engine = cast("WhooshEngine", open_engine(folder))
        try:
            yield engine
        finally:
            engine.close()
    finally:
        shutil.rmtree(folder)
