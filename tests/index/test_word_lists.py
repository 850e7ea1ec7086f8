"""Word lists that grew by updates hold what whole ones would."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from index_support import record, records
from strategies import corpora, scratch_folder

from corpus import CaseStudy
from index import build_index, update_index, verify_index, word_lists
from index.codec import segment_arrays
from index.completion_build import write_generation_completions
from index.completions import open_completions
from index.generations import Generation, open_current
from index.lexicon import Lexicon, letter_mask
from index.lexicon_added import open_lexicon
from index.lexicon_build import write_generation_lexicon
from search import open_engine
from search.results import Suggestion
from search.suggest import Completer
from search.whoosh_engine import WhooshEngine

TYPED = ("a", "the", "h", "co", "p", "re", "s", "brighton", "public health", "council", "title", "r")


@contextmanager
def always_added() -> Iterator[None]:
    """Collections of any size keep their whole lists."""
    with patch.object(word_lists, "SMALL", 0), patch.object(word_lists, "MOST_ADDED", 2.0):
        yield


def files(generation: Generation) -> set[str]:
    return {path.name for path in generation.folder.iterdir()}


def entries(lexicon: Lexicon) -> dict[str, tuple[int, str | None]]:
    """Frequency and stem of every word, each looked up for itself."""
    return {word: (lexicon.df(lexicon.find(word)), lexicon.stem(word)) for word in lexicon}


def offered(completer: Completer) -> list[list[Suggestion]]:
    """What is offered for some prefixes, phrases left out."""
    return [[each for each in completer.complete(typed, 500) if each.kind != "phrase"] for typed in TYPED]


def assert_grown_as_whole(generation: Generation) -> None:
    """The lists of a generation are those that its segments would be given anew."""
    scratch = scratch_folder()
    try:
        with generation.whoosh_index().reader() as reader:
            segments = segment_arrays(reader)
            write_generation_lexicon(scratch, segments)
            write_generation_completions(scratch, segments)
        grown, whole = open_lexicon(generation.folder), open_lexicon(scratch)
        assert entries(grown) == entries(whole)
        assert sorted(grown.words()) == whole.words()
        assert grown.stems() == whole.stems()
        assert {stem: grown.forms(stem) for stem in grown.stems().values()} == {
            stem: whole.forms(stem) for stem in whole.stems().values()
        }
        assert offered(Completer(*open_completions(generation.folder))) == offered(
            Completer(*open_completions(scratch))
        )
        assert_arrays_fit(grown)
    finally:
        shutil.rmtree(scratch)


def assert_arrays_fit(lexicon: Lexicon) -> None:
    """The whole arrays, which the spelling corrector reads, say the same as single look-ups."""
    starts, blob = lexicon.starts().tolist(), lexicon.blob().tobytes()
    assert len(starts) == len(lexicon) + 1
    for at, word in enumerate(lexicon):
        assert lexicon.find(word) == at
        assert blob[starts[at] : starts[at + 1]] == word.encode()
        assert lexicon.masks()[at] == letter_mask(word.encode())
    assert lexicon.dfs().tolist() == [lexicon.df(at) for at in range(len(lexicon))]


@settings(max_examples=settings().max_examples * 6 // 100)
@given(corpora(), st.lists(corpora(), min_size=1, max_size=3))
def test_lists_that_grew_are_what_whole_ones_would_be(first: list[CaseStudy], later: list[list[CaseStudy]]) -> None:
    """Any row of updates: the same words, frequencies, stems, titles and counts as lists written anew."""
    index = scratch_folder()
    try:
        build_index(first, index)
        with always_added():
            for drawn in later:
                update_index(drawn, index, merge=False)
        assert verify_index(index).problems == ()
        assert_grown_as_whole(open_current(index))
    finally:
        shutil.rmtree(index)


def test_an_update_leaves_the_whole_lists_and_a_merge_writes_new_ones(tmp_path: Path) -> None:
    """The whole lists are linked from generation to generation; a merge needs no additions."""
    build_index(records(20), tmp_path)
    before = open_current(tmp_path)
    places = {name: (before.folder / name).stat().st_ino for name in word_lists.WHOLE_FILES}
    with always_added():
        update_index([record(3, body="altogether unheard-of"), record(30)], tmp_path, remove_missing=False)
        grown = open_current(tmp_path)
        update_index([record(31)], tmp_path, remove_missing=False)
        again = open_current(tmp_path)
        for name in word_lists.WHOLE_FILES:
            assert (again.folder / name).stat().st_ino == places[name]
            assert again.manifest.files[name] == before.manifest.files[name]
        assert set(word_lists.ADDED_FILES) <= files(grown) & files(again)
        assert set(again.manifest.listed) == set(before.manifest.listed)
        update_index([], tmp_path, remove_missing=False, merge=True)
    merged = open_current(tmp_path)
    assert not set(word_lists.ADDED_FILES) & files(merged)
    assert verify_index(tmp_path).problems == ()
    assert "unheard" in open_lexicon(merged.folder)


def test_small_collections_get_whole_lists(tmp_path: Path) -> None:
    """Where whole lists cost little they are written, phrases and all."""
    build_index(records(20), tmp_path)
    update_index([*records(20), record(50)], tmp_path, merge=False)
    assert not set(word_lists.ADDED_FILES) & files(open_current(tmp_path))


def test_much_that_is_new_gets_whole_lists(tmp_path: Path) -> None:
    """A tenth of new records is reason to learn the phrases again."""
    build_index(records(20), tmp_path)
    with patch.object(word_lists, "SMALL", 0):
        update_index([*records(20), record(50)], tmp_path, merge=False)
        assert set(word_lists.ADDED_FILES) <= files(open_current(tmp_path))
        update_index([*records(20), record(50), record(51), record(52)], tmp_path, merge=False)
        assert not set(word_lists.ADDED_FILES) & files(open_current(tmp_path))
    assert_grown_as_whole(open_current(tmp_path))


def test_new_words_are_spelt_marked_and_completed(tmp_path: Path) -> None:
    """An engine over lists that grew corrects to the new words and offers the new titles, not the old ones."""
    build_index([record(n, title=f"Parks number {n}") for n in range(30)], tmp_path)
    fresh = [record(100 + n, title=f"Rewilding meadows {n}", body="Rewilding " * 3) for n in range(5)]
    with always_added():
        update_index([*fresh, record(7, title="Ponds of old")], tmp_path, remove_missing=False)
    engine = open_engine(tmp_path)
    assert isinstance(engine, WhooshEngine)
    assert [found.word for found in [engine._speller.correct("rewildng")] if found] == ["rewilding"]
    assert [found.label for found in engine.suggest("rewild", 50) if found.kind == "title"] == [
        f"Rewilding meadows {n}" for n in range(5)
    ]
    assert "Parks number 7" not in {found.label for found in engine.suggest("parks", 50)}
    assert [found.value for found in engine.suggest("ponds")] == ["r007"]
    engine.close()


def test_masks_of_added_words_are_joined(tmp_path: Path) -> None:
    """The joined arrays are made once and have one type."""
    build_index(records(5), tmp_path)
    with always_added():
        update_index([record(9, body="xylophone")], tmp_path, remove_missing=False)
    lexicon = open_lexicon(open_current(tmp_path).folder)
    assert lexicon.masks() is lexicon.masks()
    assert lexicon.masks().dtype == np.uint32
    assert_arrays_fit(lexicon)
