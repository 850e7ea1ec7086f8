"""Checking that engines agree, then timing them question by question."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from benchmarks.peers.base import Answer
from benchmarks.questions import Kind, Question


class Asked(Protocol):
    """The part of a `Peer` that is timed."""

    @property
    def name(self) -> str:
        """The engine's name."""
        ...

    @property
    def multi_select(self) -> bool:
        """See `Peer.multi_select`."""
        ...

    def prepare(self, question: Question) -> Any:
        """See `Peer.prepare`."""
        ...

    def search(self, prepared: Any, values: int | None = ...) -> Answer:
        """See `Peer.search`."""
        ...


@dataclass(frozen=True, slots=True)
class Times:
    """How long one engine took for the questions of one kind, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Times:
        """The percentiles of many single times."""
        p50, p95, p99 = (np.percentile(seconds, (50, 95, 99)) * 1_000).tolist()
        return cls(p50, p95, p99)


class EnginesDisagree(Exception):
    """Two engines gave different totals or counts; the message shows the first cases."""


def differences(question: Question, one: tuple[Asked, Answer], other: tuple[Asked, Answer]) -> list[str]:
    """Where two complete answers to a question differ, in words.

    The counts of a "filtered" question's own facets are left out where an
    engine always counts them without their own filter.
    """
    (first, left), (second, right) = one, other
    found: list[str] = []
    names = f"{first.name} and {second.name}"
    if left.total is not None and right.total is not None and left.total != right.total:
        found.append(f"{question}: {names} find {left.total} and {right.total}")
    loose = question.filters if question.kind == "filtered" and (first.multi_select or second.multi_select) else {}
    for facet in left.facets.keys() & right.facets.keys() - loose.keys():
        mine, yours = _counted(left.facets[facet]), _counted(right.facets[facet])
        for value in sorted(value for value in mine.keys() | yours.keys() if mine.get(value) != yours.get(value))[:2]:
            counts = f"{mine.get(value, 0)} and {yours.get(value, 0)}"
            found.append(f"{question}: {names} count {counts} of {facet} {value!r}")
    return found


def _counted(counts: Mapping[str, int]) -> dict[str, int]:
    return {value: count for value, count in counts.items() if count}


def check_agreement(engines: Sequence[Asked], questions: Sequence[Question], told: int = 10) -> None:
    """Ask every engine every question with all counts.

    Raises `EnginesDisagree` showing the first `told` differences.
    """
    found: list[str] = []
    for question in questions:
        answers = [(engine, engine.search(engine.prepare(question), None)) for engine in engines]
        for answered in answers[1:]:
            found += differences(question, answers[0], answered)
        if len(found) >= told:
            break
    if found:
        raise EnginesDisagree("\n".join(found[:told]))


def time_questions(
    engines: Sequence[Asked],
    questions: Mapping[Kind, Sequence[Question]],
    rounds: int,
    best: bool = False,
) -> dict[str, dict[Kind, Times]]:
    """Times of every engine by name and kind.

    The engines take turns at every question, each beginning as often as the
    others, so that whatever else the machine does meets all alike. The first round is not counted.
    With `best` only the best time of each question counts, for machines that do other work meanwhile.
    """
    times: dict[str, dict[Kind, Times]] = {engine.name: {} for engine in engines}
    for kind, asked in questions.items():
        prepared = [[engine.prepare(question) for engine in engines] for question in asked]
        seconds: list[list[float]] = [[] for _ in engines]
        gc.collect()
        gc.freeze()
        for turn in range(rounds + 1):
            for number, forms in enumerate(prepared):
                for step in range(len(engines)):
                    at = (number + turn + step) % len(engines)
                    search, form = engines[at].search, forms[at]
                    started = time.perf_counter()
                    search(form)
                    took = time.perf_counter() - started
                    if turn:
                        seconds[at].append(took)
        gc.unfreeze()
        for engine, mine in zip(engines, seconds, strict=True):
            # Each round asks all questions in one order, so a question's times stand len(asked) apart.
            times[engine.name][kind] = Times.of(
                [min(mine[at :: len(asked)]) for at in range(len(asked))] if best else mine
            )
    return times
