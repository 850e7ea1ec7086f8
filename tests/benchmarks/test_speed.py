"""The speed benchmark as a user runs it: small, but whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from benchmarks.memory import PeakMemory, own_peak_bytes
from benchmarks.report import figure, table
from benchmarks.speed import main
from benchmarks.store import folder_bytes


def test_command_measures_and_reports(tmp_path: Path) -> None:
    """Every section is printed for every engine, the JSON holds the figures, and a second run builds nothing."""
    path = tmp_path / "figures.json"
    arguments = ["--sizes", "2500", "--peers", "tantivy,fts5", "--queries", "4", "--rounds", "1"]
    arguments += ["--kinds", "or,phrase", "--folder", str(tmp_path / "bench"), "--json", str(path)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    for heading in ("Milliseconds, p50", "Milliseconds, p95", "Milliseconds, p99", "Building", "First answer"):
        assert f"### {heading}" in done.output
    figures = json.loads(path.read_text())
    (size,) = figures["sizes"]
    assert set(size["times"]) == set(size["first"]) == {"tantivy", "fts5"}
    assert [build["documents"] for build in size["builds"]] == [2_500, 2_500]
    assert all(build["peak_bytes"] > 1_000_000 and build["index_bytes"] > 1_000_000 for build in size["builds"])
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert json.loads(path.read_text())["sizes"][0]["builds"] == size["builds"]


def test_command_names_what_is_wrong() -> None:
    """Unknown engines and impossible sizes are refused with what is expected."""
    unknown = CliRunner().invoke(main, ["--peers", "casefinder,lucene"])
    small = CliRunner().invoke(main, ["--sizes", "10"])
    garbled = CliRunner().invoke(main, ["--sizes", "many"])
    assert (unknown.exit_code, small.exit_code, garbled.exit_code) == (2, 2, 2)
    assert "there is no 'lucene' (expected some of casefinder, tantivy, fts5, whoosh)" in unknown.output
    assert "the smallest size is 2500" in small.output
    assert "'many' is no list of numbers like 2500,25000" in garbled.output


def test_figures_have_three_digits() -> None:
    """Figures are short enough to compare at a glance."""
    assert [figure(value) for value in (0.01234, 1.234, 12.34, 1234.5)] == ["0.012", "1.23", "12.3", "1,234"]


def test_table_is_markdown() -> None:
    """Two text columns, then figures to the right."""
    assert table(["a", "b", "c"], [["1", "2", "3"]]) == "| a | b | c |\n| --- | --- | --: |\n| 1 | 2 | 3 |"


def test_memory_of_this_process() -> None:
    """A process that runs Python and numpy holds more than 10 MiB."""
    assert own_peak_bytes() > 10 << 20


def test_memory_of_a_family() -> None:
    """A process with a child is measured together with it."""
    nap = "import time; time.sleep(1.4)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {nap!r}])"
    with subprocess.Popen([sys.executable, "-c", code]) as child, PeakMemory(child.pid) as peak:
        child.wait()
    assert (peak.bytes > 5 << 20) is Path("/proc/self/smaps_rollup").exists()


def test_folder_bytes_counts_all_below(tmp_path: Path) -> None:
    """Files in subfolders count too."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "deep" / "b").write_bytes(b"4567")
    assert folder_bytes(tmp_path) == 7
