"""What benchmarks keep between runs, under `var/bench`: generated records and the engines' indexes.

An index is used again only while the sources that made it are unchanged, so a
figure never comes from an index of older code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree
from typing import Final

from benchmarks.generate import Generator
from benchmarks.jsonl import json_line
from benchmarks.memory import PeakMemory

TREE: Final = Path(__file__).resolve().parent.parent
BENCH: Final = TREE / "var" / "bench"
"""Where records and indexes are kept; git passes over it."""

FIGURES: Final = "figures.json"
INDEX: Final = "index"

_OWN: Final = TREE / "benchmarks"
_GENERATORS: Final = tuple(_OWN / name for name in ("generate.py", "jsonl.py", "prose.py", "shapes.py", "words.py"))
"""The code that decides what the records are."""
_DATA_OF_OURS: Final = frozenset({".py", ".csv", ".txt", ".tsv", ".json"})


@dataclass(frozen=True, slots=True)
class BuildFigures:
    """How a build went. `seconds` includes reading the records; `peak_bytes` covers all its processes."""

    peer: str
    documents: int
    seconds: float
    peak_bytes: int
    index_bytes: int
    sources: str

    @property
    def per_second(self) -> float:
        """Documents indexed a second."""
        return self.documents / self.seconds


class BuildFailed(Exception):
    """A build's process ended badly; the message holds what it wrote."""


def records_file(seed: int, count: int, prose: bool = False, folder: Path = BENCH) -> Path:
    """A file that begins with `count` generated records; written unless a long enough one is there."""
    kind = "prose" if prose else "words"
    stem = f"{kind}-{seed}-{_digest(_GENERATORS)}"
    home = folder / "records"
    home.mkdir(parents=True, exist_ok=True)
    for held in sorted(home.glob(f"{stem}-*.jsonl"), key=_count_of):
        if _count_of(held) >= count:
            return held
    path = home / f"{stem}-{count}.jsonl"
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as lines:
        lines.writelines(map(json_line, Generator(seed, prose).records(count)))
    partial.replace(path)
    return path


def _count_of(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _digest(paths: Iterable[Path]) -> str:
    digest = blake2b(digest_size=6)
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def sources_of(peer: str) -> str:
    """A digest of the code that decides what a peer's index holds."""
    paths = {*_GENERATORS, _OWN / "peers" / "base.py", *(_OWN / "peers").glob(f"{peer}*.py")}
    if peer == "casefinder":
        ours = (path for folder in ("corpus", "index") for path in (TREE / folder).rglob("*") if path.is_file())
        paths |= {path for path in ours if path.suffix in _DATA_OF_OURS}
    return _digest(paths)


def built(peer: str, seed: int, count: int, again: bool = False, folder: Path = BENCH) -> tuple[Path, BuildFigures]:
    """The peer's index of the first `count` records and how its build went; built in a child process if need be."""
    home = folder / f"{seed}-{count}" / peer
    sources = sources_of(peer)
    note = home / FIGURES
    if note.exists() and not again:
        figures = BuildFigures(**json.loads(note.read_text(encoding="utf-8")))
        if figures.sources == sources:
            return home / INDEX, figures
    rmtree(home, ignore_errors=True)
    (home / INDEX).mkdir(parents=True)
    figures = _build(peer, records_file(seed, count, folder=folder), count, home / INDEX, sources)
    note.write_text(json.dumps(asdict(figures)), encoding="utf-8")
    return home / INDEX, figures


def _build(peer: str, records: Path, count: int, index: Path, sources: str) -> BuildFigures:
    command = [sys.executable, "-m", "benchmarks.build_one", peer, str(records), str(count), str(index)]
    child = subprocess.Popen(command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with child, PeakMemory(child.pid) as peak:
        out, errors = child.communicate()
    if child.returncode:
        raise BuildFailed(f"Building {peer} with {count} records failed:\n{errors.strip()}")
    seconds, own_peak = json.loads(out.splitlines()[-1])
    return BuildFigures(peer, count, seconds, max(own_peak, peak.bytes), folder_bytes(index), sources)


def folder_bytes(folder: Path) -> int:
    """Bytes of all files in a folder and below it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
