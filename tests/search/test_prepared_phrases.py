"""The prepared file of known phrases says what the curators' lists say, or is passed over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from search import prepared_phrases
from search.known_phrases import PhraseTable
from search.prepared_phrases import FILE, curators_phrases, made, prepared


def test_the_file_is_what_the_lists_give() -> None:
    """Whoever changes a list, or how phrases are read, runs `python tools/prepare_phrases.py`."""
    assert FILE.read_text(encoding="utf-8") == prepared()


def test_the_file_gives_what_the_lists_give() -> None:
    """Every phrase and meaning that is read from the file is that of the lists, in the same order."""
    from_file, from_lists = curators_phrases(), PhraseTable(made())
    assert type(from_file._by_first) is prepared_phrases._Prepared
    assert {first: tuple(group) for first, group in from_file._by_first.items()} == {
        first: tuple(group) for first, group in from_lists._by_first.items()
    }
    assert from_file.words == from_lists.words


@pytest.mark.parametrize("content", [None, "", "[]", "{", json.dumps({"sources": "of other lists", "phrases": {}})])
def test_another_file_is_passed_over(content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the file, or where it was made from other lists than there are, the lists themselves are read."""
    path = tmp_path / "known_phrases.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(prepared_phrases, "FILE", path)
    assert "asb" in curators_phrases().words
    assert type(curators_phrases()._by_first) is dict


def test_a_changed_list_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A curator's change of any list counts from the next start, whether or not the file was made again."""
    changed = tmp_path / "synonyms.csv"
    changed.write_bytes(prepared_phrases._SOURCES[0].read_bytes() + b"\n")
    monkeypatch.setattr(prepared_phrases, "_SOURCES", (changed, *prepared_phrases._SOURCES[1:]))
    assert type(curators_phrases()._by_first) is dict
