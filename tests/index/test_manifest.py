"""The manifest: what it says comes back, and another program's is refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from corpus.errors import IndexDamaged, IndexIncompatible
from index import words
from index.manifest import MANIFEST_FILE, FileNote, Manifest, digest, file_notes, write_durably
from index.schema import SCHEMA_VERSION

MANIFEST = Manifest(
    generation="20260101T000000000000Z-abcd",
    created="2026-01-01T00:00:00+00:00",
    schema_version=SCHEMA_VERSION,
    analyser=words.fingerprint(),
    stemmer="nltk 3.9 snowball-english",
    whoosh="whoosh3 3.54.0",
    documents=3,
    corpus="00-3",
    averages={"title": 4.5},
    impacts={"k1": 1.5, "fields": []},
    files={"a": FileNote(1, "ff")},
)


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    """Written, then read: the same; the file is plain JSON."""
    MANIFEST.write(tmp_path)
    assert Manifest.read(tmp_path) == MANIFEST
    assert json.loads((tmp_path / MANIFEST_FILE).read_text())["documents"] == 3


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"{}", b"\xff", b'{"format": "other"}'])
def test_what_is_no_manifest_is_damage(tmp_path: Path, content: bytes) -> None:
    """The message names the file and the mend."""
    (tmp_path / MANIFEST_FILE).write_bytes(content)
    with pytest.raises(IndexDamaged, match=rf"{MANIFEST_FILE}.*casefinder index build"):
        Manifest.read(tmp_path)
    (tmp_path / MANIFEST_FILE).unlink()
    with pytest.raises(IndexDamaged):
        Manifest.read(tmp_path)


def test_other_versions_are_refused_by_name(tmp_path: Path) -> None:
    """Schema version and analyser are compared; the version is looked at before anything else."""
    dataclasses.replace(MANIFEST, schema_version=SCHEMA_VERSION + 1).write(tmp_path)
    with pytest.raises(IndexIncompatible, match=f"schema version {SCHEMA_VERSION + 1}.*version {SCHEMA_VERSION}"):
        Manifest.read(tmp_path)
    dataclasses.replace(MANIFEST, analyser="other").write(tmp_path)
    with pytest.raises(IndexIncompatible, match="analysed differently"):
        Manifest.read(tmp_path)
    (tmp_path / MANIFEST_FILE).write_text(json.dumps({"format": "casefinder-index", "schema_version": 99, "news": 1}))
    with pytest.raises(IndexIncompatible, match="schema version 99"):
        Manifest.read(tmp_path)


def test_notes_cover_every_file_but_manifest_and_lock(tmp_path: Path) -> None:
    """Size and digest of each; what is known is not read again."""
    (tmp_path / "one").write_bytes(b"1" * 3_000_000)
    (tmp_path / "two").write_bytes(b"")
    (tmp_path / "MAIN_WRITELOCK").write_bytes(b"")
    MANIFEST.write(tmp_path)
    notes = file_notes(tmp_path)
    assert notes == {"one": FileNote(3_000_000, digest(tmp_path / "one")), "two": FileNote(0, digest(tmp_path / "two"))}
    assert notes["one"].digest != notes["two"].digest
    assert file_notes(tmp_path, {"one": FileNote(7, "known")})["one"] == FileNote(7, "known")


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    """Nothing but the new content is left."""
    path = tmp_path / "file"
    for content in (b"old", b"new"):
        write_durably(path, content)
        assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
