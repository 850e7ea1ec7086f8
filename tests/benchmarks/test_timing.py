"""Timing: engines that disagree are told apart, and percentiles are what they say."""

from __future__ import annotations

import time
from typing import Any

import pytest

from benchmarks.peers.base import Answer
from benchmarks.questions import Question
from benchmarks.timing import EnginesDisagree, Times, check_agreement, differences, time_questions


class Fixed:
    """An engine that always gives one answer and remembers how often it was asked."""

    def __init__(self, name: str, answer: Answer, multi_select: bool = False) -> None:
        self.name = name
        self.multi_select = multi_select
        self.answer = answer
        self.asked = 0

    def prepare(self, question: Question) -> Question:
        """The question itself."""
        return question

    def search(self, prepared: Any, values: int | None = 10) -> Answer:
        """The one answer."""
        self.asked += 1
        return self.answer


QUESTION = Question("or", ("badok", "gufov"))
FILTERED = Question("filtered", ("badok", "gufov"), {"theme": ("housing",)})
ONE = Answer(2, ("a", "b"), {"theme": {"housing": 2}, "funding": {"OPE": 1}})


def test_equal_answers_do_not_differ() -> None:
    """Values that nobody counted and values counted zero times are the same."""
    other = Answer(2, ("b", "a"), {"theme": {"housing": 2, "waste": 0}, "funding": {"OPE": 1}})
    assert differences(QUESTION, (Fixed("left", ONE), ONE), (Fixed("right", other), other)) == []


def test_a_total_that_was_not_asked_for_is_not_compared() -> None:
    """An engine that only looked for the best hits knows no total."""
    other = Answer(None, ("a", "b"))
    assert differences(QUESTION, (Fixed("left", ONE), ONE), (Fixed("right", other), other)) == []


def test_differences_name_engines_and_figures() -> None:
    """The message holds the question, both names, both figures."""
    other = Answer(3, ("a",), {"theme": {"housing": 2}, "funding": {"OPE": 4}})
    with pytest.raises(EnginesDisagree) as told:
        check_agreement([Fixed("left", ONE), Fixed("right", other)], [QUESTION])
    assert "left and right find 2 and 3" in str(told.value)
    assert "left and right count 1 and 4 of funding 'OPE'" in str(told.value)


def test_own_counts_of_a_filter_may_differ() -> None:
    """Where an engine always widens, a filtered facet's own counts are not compared; the others are."""
    other = Answer(2, ("a", "b"), {"theme": {"housing": 2, "waste": 5}, "funding": {"OPE": 1}})
    left, right = Fixed("left", ONE), Fixed("right", other)
    assert differences(FILTERED, (left, ONE), (right, other)) != []
    assert differences(FILTERED, (left, ONE), (Fixed("right", other, multi_select=True), other)) == []


def test_every_engine_is_asked_equally_often() -> None:
    """One uncounted round and the counted ones, every question to every engine."""
    left, right = Fixed("left", ONE), Fixed("right", ONE)
    times = time_questions([left, right], {"or": [QUESTION, FILTERED]}, rounds=3)
    assert left.asked == right.asked == 2 * 4
    assert times.keys() == {"left", "right"}
    assert times["left"]["or"].p50 <= times["left"]["or"].p95 <= times["left"]["or"].p99


def test_times_are_percentiles_in_milliseconds() -> None:
    """p50 of 1 to 100 seconds is 50.5 s."""
    assert Times.of(range(1, 101)).p50 == pytest.approx(50_500)


def test_best_counts_each_question_once() -> None:
    """With `best`, one slow round of a question does not show."""

    class Stumbling(Fixed):
        def search(self, prepared: Any, values: int | None = 10) -> Answer:
            if self.asked in (2, 5):  # a first round of two questions is not counted; one stumble in each later round
                time.sleep(0.02)
            return super().search(prepared, values)

    questions = {"or": [QUESTION, FILTERED]}
    assert time_questions([Stumbling("one", ONE)], questions, rounds=2)["one"]["or"].p99 > 15
    assert time_questions([Stumbling("one", ONE)], questions, rounds=2, best=True)["one"]["or"].p99 < 15
