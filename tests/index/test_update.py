"""An update by content hash gives what a rebuild would give, and shares what did not change."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_support import answers, python, record, records, until
from strategies import corpora, query_texts, scratch_folder

from corpus import CaseStudy
from corpus.errors import BadInput, IndexMissing
from index import build_index, corpus_fingerprint, index_info, is_current, update_index, verify_index
from index.generations import GENERATIONS, current_name
from search import SearchRequest, open_engine
from search.request import FACETS


def what(report: object) -> tuple[int, int, int, int]:
    """Added, replaced, removed, unchanged."""
    return tuple(getattr(report, name) for name in ("added", "replaced", "removed", "unchanged"))  # type: ignore[return-value]


def test_an_update_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """kill -9 while records come and go: what answers is whole, and the next update works."""
    build_index(records(10), tmp_path)
    child = python(
        """
        from index import update_index
        print("ready", flush=True)
        while True:
            update_index(records(12), sys.argv[1])
            update_index(records(10), sys.argv[1])
        """,
        tmp_path,
    )
    with child:
        until(child, "ready")
        time.sleep(1.5)
        child.kill()
    assert len(answers(tmp_path)) in (10, 12)
    assert verify_index(tmp_path).problems == ()
    update_index(records(11), tmp_path)
    assert list(answers(tmp_path).values()) == records(11)


def test_what_changed_is_changed(tmp_path: Path) -> None:
    """New records are added, altered ones replaced, missing ones removed, the others left alone."""
    build_index(records(10), tmp_path)
    after = [*records(10)[2:], record(4, body="other words"), record(20)]
    del after[2]
    report = update_index(after, tmp_path)
    assert what(report) == (1, 1, 2, 7)
    assert report.documents == 9
    assert answers(tmp_path) == {each.id: each for each in after}
    assert verify_index(tmp_path).problems == ()
    assert is_current(tmp_path, corpus_fingerprint(after))


def test_an_update_without_change_keeps_the_generation(tmp_path: Path) -> None:
    """Nothing changed: the generation in service stays, and says so."""
    built = build_index(records(5), tmp_path)
    report = update_index(reversed(records(5)), tmp_path)
    assert report.generation == built.generation
    assert what(report) == (0, 0, 0, 5)


def test_records_can_be_added_without_the_whole_corpus(tmp_path: Path) -> None:
    """`remove_missing=False` adds and replaces only; the fingerprint is still that of all records."""
    build_index(records(5), tmp_path)
    report = update_index([record(3, body="new"), record(9)], tmp_path, remove_missing=False)
    assert what(report) == (1, 1, 0, 0)
    expected = [*records(3), record(3, body="new"), record(4), record(9)]
    assert answers(tmp_path) == {each.id: each for each in expected}
    assert is_current(tmp_path, corpus_fingerprint(expected))


def test_everything_can_be_removed(tmp_path: Path) -> None:
    """An update to no records leaves an index that answers nothing, and can be filled again."""
    build_index(records(5), tmp_path)
    assert what(update_index([], tmp_path)) == (0, 0, 5, 0)
    assert answers(tmp_path) == {}
    assert verify_index(tmp_path).problems == ()
    assert what(update_index(records(2), tmp_path)) == (2, 0, 0, 0)
    assert list(answers(tmp_path)) == ["r000", "r001"]


def test_an_update_needs_an_index(tmp_path: Path) -> None:
    """Without an index the message says what to run."""
    with pytest.raises(IndexMissing, match="casefinder index build"):
        update_index(records(2), tmp_path)


def test_two_records_with_one_id_are_refused(tmp_path: Path) -> None:
    """A double id in an update changes nothing."""
    build_index(records(3), tmp_path)
    with pytest.raises(BadInput, match="r001"):
        update_index([*records(4), record(1)], tmp_path)
    assert len(answers(tmp_path)) == 3


def test_unchanged_files_are_shared(tmp_path: Path) -> None:
    """An update links the files of unchanged segments: the disk holds them once."""
    build_index(records(20), tmp_path)
    before = tmp_path / GENERATIONS / str(current_name(tmp_path))
    update_index([*records(20), record(50)], tmp_path, merge=False)
    after = tmp_path / GENERATIONS / str(current_name(tmp_path))
    postings = [path.name for path in before.glob("*.pst")]
    assert postings
    assert all((after / name).samefile(before / name) for name in postings)
    assert index_info(tmp_path).segments == 2


def test_many_segments_and_many_deletions_are_merged_away(tmp_path: Path) -> None:
    """Small updates do not pile up; a merge leaves one segment without deleted records."""
    build_index(records(30), tmp_path)
    for number in range(10):
        update_index([record(100 + number)], tmp_path, remove_missing=False)
    info = index_info(tmp_path)
    assert info.segments <= 8
    assert info.documents == 40
    update_index(records(5), tmp_path)
    assert (index_info(tmp_path).documents, index_info(tmp_path).deleted) == (5, 0)
    update_index([*records(4), record(77)], tmp_path, merge=True)
    assert (index_info(tmp_path).segments, index_info(tmp_path).deleted) == (1, 0)
    assert len(answers(tmp_path)) == 5


def matches(index: Path, texts: Sequence[str]) -> list[object]:
    """For each query its matches and facet counts, which do not depend on how records lie in segments."""
    engine = open_engine(index)
    found: list[object] = []
    for text in texts:
        results = engine.search(
            SearchRequest(text, limit=100, snippets=False, literal=True, facets=FACETS, facet_limit=None)
        )
        found.append((results.total, sorted(hit.id for hit in results.hits), results.facets))
    engine.close()
    return found


def scores(index: Path, texts: Sequence[str]) -> list[dict[str, float]]:
    engine = open_engine(index)
    found = [
        {hit.id: hit.score for hit in engine.search(SearchRequest(text, limit=100, snippets=False, literal=True)).hits}
        for text in texts
    ]
    engine.close()
    return found


@settings(max_examples=settings().max_examples * 6 // 100)
@given(
    corpora(), st.lists(corpora(), min_size=1, max_size=3), st.lists(query_texts, min_size=2, max_size=5), st.booleans()
)
def test_updates_end_where_a_rebuild_would(
    first: list[CaseStudy], later: list[list[CaseStudy]], texts: list[str], merge: bool
) -> None:
    """Any row of updates: same matches and counts as a rebuild from the last corpus, merged or not."""
    updated, rebuilt = scratch_folder(), scratch_folder()
    try:
        build_index(first, updated)
        for at, drawn in enumerate(later):
            update_index(drawn, updated, merge=merge and at == len(later) - 1)
        build_index(later[-1], rebuilt)
        assert verify_index(updated).problems == ()
        assert matches(updated, texts) == matches(rebuilt, texts)
        assert is_current(updated, corpus_fingerprint(later[-1]))
    finally:
        shutil.rmtree(updated)
        shutil.rmtree(rebuilt)


def test_old_scores_do_not_move_when_records_are_added(tmp_path: Path) -> None:
    """The mean lengths of the full build stay: a record's impact is the same before and after an update."""
    build_index(records(12), tmp_path)
    engine = open_engine(tmp_path)
    averages = index_info(tmp_path).details["averages"]
    engine.close()
    update_index([*records(12), record(30, body="parks " * 500)], tmp_path, merge=False)
    assert index_info(tmp_path).details["averages"] == averages


def test_a_merge_restores_the_statistics_of_a_rebuild(tmp_path: Path) -> None:
    """After a merge deleted records no longer count: scores are those of a build of the same records and means."""
    texts = ["parks", "housing health", "rare"]
    whole = [*records(12), *(record(40 + n, body="a rare word, parks") for n in range(2))]
    build_index(whole, tmp_path / "updated")
    update_index(records(12), tmp_path / "updated", merge=False)
    before = scores(tmp_path / "updated", texts)
    update_index(records(12), tmp_path / "updated", merge=True)
    assert index_info(tmp_path / "updated").deleted == 0
    after = scores(tmp_path / "updated", texts)
    assert [set(found) for found in before] == [set(found) for found in after]
    build_index(records(12), tmp_path / "fresh")
    fresh = scores(tmp_path / "fresh", texts)
    for ours, theirs in zip(after, fresh, strict=True):
        assert ours == pytest.approx(theirs, rel=0.02)
