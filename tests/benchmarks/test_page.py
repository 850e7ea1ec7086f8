"""The page benchmark as a user runs it: small, but whole."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from benchmarks.page import KINDS, main, shipped_questions
from corpus.model import CaseStudy


def test_command_times_the_shipped_pages(tmp_path: Path) -> None:
    """One row for every kind of question, with three times and a size."""
    done = CliRunner().invoke(main, ["--queries", "2", "--rounds", "1", "--folder", str(tmp_path)])
    assert done.exit_code == 0, done.output
    rows = [line.split(" | ") for line in done.output.splitlines()[2:]]
    assert [row[0:2] for row in rows] == [["| shipped", "casefinder"]] * len(KINDS)
    assert all(float(cell.strip(" |").replace(",", "")) > 0 for row in rows for cell in row[3:])


def test_shipped_questions_are_in_the_records_words(records: list[CaseStudy]) -> None:
    """Every question is a keyword of some record, filtered by that record's theme where it is filtered."""
    keywords = {keyword for record in records for keyword in record.keywords}
    asked = shipped_questions(records, 5, 1)
    assert asked == shipped_questions(records, 5, 1)
    for kind, some in asked.items():
        assert len(some) == 5
        assert all(" ".join(question.words) in keywords for question in some)
        assert all(bool(question.filters) == (kind == "filtered") for question in some)
