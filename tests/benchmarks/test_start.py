"""The benchmark of a process's start tells all of its time apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.start import PARTS, measured, table


def test_the_parts_are_the_whole(starter_index: Path) -> None:
    """Every part but the whole is one of a row, and together they are the whole process."""
    runs = measured(starter_index, "housing for young people", 2)
    assert [len(run) for run in runs] == [len(PARTS)] * 2
    for *parts, whole in runs:
        assert sum(parts) == pytest.approx(whole)
    assert len(list(table(runs))) == 2 + len(PARTS)
