"""From a record to the values of the index's fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import corpora

from corpus import CaseStudy
from corpus.gazetteer import gazetteer
from corpus.model import values_of
from index.analysis import BREAK, Analyser
from index.codec import encode_stored
from index.documents import (
    TITLE_KEY_BYTES,
    content_hash,
    council_words,
    encoded_record,
    facet_values,
    funder_words,
    ranked_texts,
    sort_key,
    stored_parts,
    theme_words,
    whoosh_document,
)
from index.heads import record_of
from index.schema import EXACT_FIELDS, FACET_FIELDS, PACKED, RANKED_FIELDS, schema

RECORD = CaseStudy(
    "a-record", "The “Big” plan", "A summary", "Text", ("Leeds City Council",), ("Leeds Trust", "Health Board"),
    "Yorkshire and The Humber", "Metropolitan district", ("housing", "planning"),
    ("One Public Estate",), 2019, ("co", "production"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("The Big Plan", b"big plan"),
        ("A plan", b"plan"),
        ("An  “odd”—title!", b"odd title"),
        ("Théâtre", b"theatre"),
        ("Anchor", b"anchor"),
        ("the", b"the"),
        ("…", b""),
        ("20mph", b"20mph"),
    ],
)
def test_titles_sort_as_people_expect(title: str, key: bytes) -> None:
    """Case, accents, punctuation and a leading article do not matter."""
    assert sort_key(title) == key


@given(st.text())
def test_a_sort_key_is_short(title: str) -> None:
    """Any title has one, of bounded length."""
    assert len(sort_key(title)) <= TITLE_KEY_BYTES


def test_every_ranked_field_has_its_text() -> None:
    """All fields of the schema that hold text are filled from the record."""
    assert tuple(ranked_texts(RECORD)) == RANKED_FIELDS
    document = whoosh_document(RECORD)
    assert set(document) <= set(schema().names())
    assert set(EXACT_FIELDS) <= set(document)
    assert {name: tuple(document[name]) for name in FACET_FIELDS} == facet_values(RECORD)


def test_values_of_one_field_never_meet_in_a_phrase() -> None:
    """Keywords, organisations and names are kept apart."""
    texts = ranked_texts(RECORD)
    assert texts["keywords"] == f"co{BREAK}production"
    assert "coproduction" not in Analyser().exact_terms(texts["keywords"])
    assert texts["organisations"] == f"Leeds Trust{BREAK}Health Board"


def test_nothing_recorded_is_nothing_indexed() -> None:
    """Empty values make no field and no facet value."""
    bare = CaseStudy("bare", "Bare")
    assert all(values == () for values in facet_values(bare).values())
    assert set(whoosh_document(bare)) == {
        "id", "content_hash", "title_key", "record", "record_body", "title", "title_exact",
    }  # fmt: skip


@given(corpora(most=1))
def test_what_is_stored_is_the_record(records: list[CaseStudy]) -> None:
    """Head and body put together are the record again, and are encoded as any stored fields are."""
    head, body = stored_parts(records[0])
    assert record_of(head, body) == records[0]
    stored = encode_stored({"record": head, "record_body": body}, PACKED)
    assert encoded_record(values_of(records[0])) == (stored, records[0].content_hash())
    assert content_hash(records[0]) == records[0].content_hash()


def test_a_lone_surrogate_is_stored() -> None:
    """A text that no encoding of Unicode can hold comes back as it is."""
    record = CaseStudy("a", "Half \ud83d", body="\udc00")
    head, body = stored_parts(record)
    stored = encode_stored({"record": head, "record_body": body}, PACKED)
    assert encoded_record(values_of(record)) == (stored, record.content_hash())
    assert len(record.content_hash()) == 16


def test_a_value_of_another_kind_is_refused() -> None:
    """A record that was made without the door, with a number for its title, is no record."""
    wrong: Any = 5
    with pytest.raises(TypeError):
        encoded_record(values_of(CaseStudy("a", wrong)))


def test_names_bring_their_aliases_each_word_once() -> None:
    """A council or funder is found by every name it has, and a word repeated in many names weighs once."""
    for name in gazetteer().by_name:
        found = council_words(name).casefold().split()
        assert len(found) == len(set(found))
        assert {word.casefold() for word in name.split()} <= set(found)
    assert "OPE" in funder_words("One Public Estate").split()
    assert theme_words("public-health") == "Public health"
    assert (council_words("Nowhere"), funder_words("No Fund"), theme_words("no-theme")) == (
        "Nowhere",
        "No Fund",
        "no theme",
    )
