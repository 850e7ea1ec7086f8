"""Set operations on matches against dictionaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.boolean import Scratch, best_of, contained, intersection, union, with_optional, without
from search.matches import NOTHING, ConstantMatches, Matches, boosted

SIZE = 400
Scored = dict[int, float]

scored = st.one_of(
    st.dictionaries(st.integers(0, SIZE - 1), st.sampled_from([0.25, 0.5, 1.0, 3.0]), max_size=12),
    st.integers(1, 7).map(lambda step: dict.fromkeys(range(0, SIZE, step), 0.5)),
)
parts = st.lists(scored, max_size=4)


def matches(found: Scored, positive: bool = True) -> Matches:
    docs = sorted(found)
    return Matches(np.array(docs, np.int32), np.array([found[doc] for doc in docs], np.float32), positive)


def plain(found: Matches) -> Scored:
    docs = found.docs.tolist()
    assert docs == sorted(set(docs))
    assert found.scores_at(np.arange(len(docs))).tolist() == found.scores().tolist()
    return dict(zip(docs, found.scores().tolist(), strict=True))


@given(parts, st.booleans())
def test_union_and_best(drawn: list[Scored], positive: bool) -> None:
    """Any part's documents; scores summed, or the best of them and a share of the others'."""
    scratch = Scratch(SIZE)
    docs = {doc for part in drawn for doc in part}
    sums = {doc: sum(part.get(doc, 0.0) for part in drawn) for doc in docs}
    best = {doc: max(part.get(doc, 0.0) for part in drawn) for doc in docs}
    made = [matches(part, positive) for part in drawn]
    assert plain(union(made, scratch, SIZE)) == sums
    assert plain(best_of(made)) == best
    tied = {doc: best[doc] + 0.25 * (sums[doc] - best[doc]) for doc in docs}
    assert plain(best_of(made, tiebreak=0.25)) == tied
    # The scratch arrays are clean for the next question.
    assert plain(union(made, scratch, SIZE)) == sums
    assert not scratch.sums.any()


@given(parts)
def test_intersection(drawn: list[Scored]) -> None:
    """Documents of every part, scores summed."""
    scratch = Scratch(SIZE)
    docs = set.intersection(*map(set, drawn)) if drawn else set()
    expected = {doc: sum(part[doc] for part in drawn) for doc in docs}
    assert plain(intersection([matches(part) for part in drawn], scratch)) == expected
    assert not scratch.marks.any()


@given(scored, scored)
def test_difference_optional_and_membership(left: Scored, right: Scored) -> None:
    """Without the unwanted; with a bonus where the optional part matches too."""
    scratch = Scratch(SIZE)
    a, b = matches(left), matches(right)
    assert plain(without(a, b.docs, scratch)) == {doc: left[doc] for doc in left if doc not in right}
    assert plain(with_optional(a, b, scratch)) == {doc: left[doc] + right.get(doc, 0.0) for doc in left}
    assert contained(a.docs, b.docs, scratch).tolist() == [doc in right for doc in sorted(left)]
    assert plain(a) == left


def test_a_score_of_nothing_is_still_a_match() -> None:
    """A part may score 0 or less (a boost of 0): its documents stay in the union."""
    none = ConstantMatches(np.arange(0, SIZE, 2, dtype=np.int32), 0.0)
    some = matches({1: 1.0, 2: 1.0})
    assert len(union([none, some], Scratch(SIZE), SIZE)) == SIZE // 2 + 1
    against = boosted(matches({1: 1.0}), -1.0)
    assert plain(union([against, matches({1: 1.0, 3: 2.0})], Scratch(SIZE), SIZE)) == {1: 0.0, 3: 2.0}


def test_boosts_multiply() -> None:
    """A boost of 1 changes nothing, others multiply every score."""
    part = matches({1: 0.5, 9: 2.0})
    assert boosted(part, 1.0) is part
    assert plain(boosted(part, 3.0)) == {1: 1.5, 9: 6.0}
    assert plain(NOTHING) == {}


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_each_thread_has_its_own_scratch(size: int) -> None:
    """Two threads never write into one array."""
    import threading

    scratch = Scratch(size)
    seen: list[object] = [scratch.sums]
    thread = threading.Thread(target=lambda: seen.append(scratch.sums))
    thread.start()
    thread.join()
    assert seen[0] is not seen[1]
