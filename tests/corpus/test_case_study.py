"""The record itself."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from corpus import CaseStudy
from corpus.model import FIELDS, LIST_FIELDS

texts = st.text(max_size=40)
lists = st.lists(texts, max_size=3).map(tuple)
records = st.builds(
    CaseStudy,
    **{name: lists if name in LIST_FIELDS else texts for name in FIELDS if name != "year"},
    year=st.none() | st.integers(1990, 2030),
)


@given(records)
def test_round_trip_through_json(record: CaseStudy) -> None:
    """A record survives to_dict, JSON and from_dict unchanged, and so does its hash."""
    back = CaseStudy.from_dict(json.loads(json.dumps(record.to_dict())))
    assert back == record
    assert back.content_hash() == record.content_hash()


@given(records, st.sampled_from(FIELDS))
def test_every_field_changes_the_hash(record: CaseStudy, name: str) -> None:
    """Changing any field changes the content hash."""
    value = getattr(record, name)
    other = (*value, "more") if name in LIST_FIELDS else 1989 if name == "year" else value + "more"
    changed = CaseStudy.from_dict(record.to_dict() | {name: other})
    assert changed.content_hash() != record.content_hash()


def test_hash_is_stable() -> None:
    """The hash of a known record stays the same, because indexes on disk compare with it."""
    record = CaseStudy(id="a", title="A café", themes=("housing",), year=2020)
    assert len(record.content_hash()) == 16
    assert record.content_hash().hex() == "0e0f682ae6c9005f46baf15e6c810bbf"


def test_values_do_not_run_into_each_other() -> None:
    """Where one value ends matters: ("ab",) and ("a", "b") are different contents."""
    assert (
        CaseStudy("a", "A", keywords=("ab",)).content_hash() != CaseStudy("a", "A", keywords=("a", "b")).content_hash()
    )


def test_records_are_immutable() -> None:
    """A record cannot be changed after it was made, and can be a key."""
    record = CaseStudy(id="a", title="A")
    with pytest.raises(FrozenInstanceError):
        record.title = "B"  # type: ignore[misc]
    assert {record: 1}[CaseStudy(id="a", title="A")] == 1


def test_from_dict_passes_over_unknown_and_absent_fields() -> None:
    """Stored records of a later version can still be read: unknown fields are ignored, absent ones default."""
    assert CaseStudy.from_dict({"id": "a", "title": "A", "colour": "red"}) == CaseStudy(id="a", title="A")


def test_public_names() -> None:
    """Everything in `__all__` can be had from the package, and nothing else by mistake."""
    assert all(getattr(corpus, name) is not None for name in corpus.__all__)
    assert set(corpus.__all__) <= set(dir(corpus))
    with pytest.raises(AttributeError, match="module 'corpus' has no attribute 'read_corpse'"):
        corpus.read_corpse  # noqa: B018


def test_import_is_light() -> None:
    """Importing the package loads neither YAML nor numpy, nor Whoosh, nor even json."""
    heavy = {"yaml", "numpy", "whoosh", "nltk", "flask", "json", "csv"}
    code = f"import corpus, sys; print(*sorted({heavy} & set(sys.modules)))"
    root = Path(corpus.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == ""
