"""Reading case studies from files, a record at a time, with every problem named.

A reader of records must see all of them before it knows whether they are
sound, and must not hold millions of them in memory. So `read_corpus` yields
records as it goes and raises one `CorpusError` at the end if anything was
wrong: who writes as it reads throws away what it has written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

from corpus.model import CaseStudy
from corpus.problems import CorpusError, Problem, Problems, display
from corpus.raw import RawRecord
from corpus.read_csv import read_csv
from corpus.read_jsonl import read_jsonl
from corpus.read_markdown import read_markdown
from corpus.validate import validate

READERS: Final[dict[str, Callable[[Path, Problems], Iterator[RawRecord]]]] = {
    ".md": read_markdown,
    ".jsonl": read_jsonl,
    ".jsonl.gz": read_jsonl,
    ".csv": read_csv,
}
"""How a file is read, by the end of its name."""

_NOT_CASE_STUDIES: Final = frozenset({"readme.md", "attribution.md"})


@dataclass(frozen=True, slots=True)
class Report:
    """What `check_corpus` found. `problems` holds the first ones, `problem_count` counts all."""

    files: int
    records: int
    problems: tuple[Problem, ...]
    problem_count: int

    @property
    def ok(self) -> bool:
        """Whether the records can be indexed."""
        return self.problem_count == 0


def starter_corpus() -> Path:
    """The folder of the case studies that ship with Casefinder."""
    return Path(__file__).parent / "case_studies"


def read_corpus(path: str | PathLike[str], problems: Problems | None = None) -> Iterator[CaseStudy]:
    """The valid records of a folder or file, each once, in the order of the file names.

    A folder is searched with its subfolders for `.md`, `.jsonl`, `.jsonl.gz`
    and `.csv` files; hidden files, names that start with "_", README.md and
    ATTRIBUTION.md are passed over. Memory grows by about 100 bytes a record
    (to find ids that come twice), not with the size of the texts.

    Raises `CorpusError` at once if there is nothing to read, and after the last
    record if anything was wrong with any of them. Give a `Problems` to collect
    the problems there instead: then nothing is raised after reading has begun.
    """
    files = corpus_files(path)
    return _records(files, Problems(), raising=True) if problems is None else _records(files, problems, raising=False)


def check_corpus(path: str | PathLike[str]) -> Report:
    """Read everything and report, without raising for what is wrong inside the files.

    Raises `CorpusError` if there is nothing to read.
    """
    files = corpus_files(path)
    problems = Problems()
    records = sum(1 for _ in _records(files, problems, raising=False))
    return Report(len(files), records, tuple(problems.kept), problems.total)


def corpus_files(path: str | PathLike[str]) -> list[Path]:
    """The files from which records are read, in order.

    Raises `CorpusError` if the path does not exist, is of an unknown kind, or
    is a folder without case studies.
    """
    kinds = ", ".join(READERS)
    place = Path(path)
    try:
        if place.is_dir():
            files = sorted(file for file in place.rglob("*") if _is_source(file.relative_to(place)) and file.is_file())
            if files:
                return files
            problem = Problem(display(place), 0, "", "the folder", "a corpus", hint=f"it holds no files of {kinds}")
        elif not place.exists():
            problem = Problem(display(place), 0, "", "the path", "a file or folder")
        elif _reader(place):
            return [place]
        else:
            problem = Problem(display(place), 0, "", "the file", f"one of {kinds}")
    except OSError as error:
        problem = Problem(display(place), 0, "", "the path", "readable", hint=error.strerror or str(error))
    except ValueError:  # a NUL in the path
        problem = Problem(repr(str(path)), 0, "", "the path", "a file or folder")
    raise CorpusError([problem])


def _reader(path: Path) -> Callable[[Path, Problems], Iterator[RawRecord]] | None:
    name = path.name.lower()
    return next((reader for ending, reader in READERS.items() if name.endswith(ending)), None)


def _is_source(relative: Path) -> bool:
    if any(part.startswith((".", "_")) for part in relative.parts):
        return False
    return relative.name.lower() not in _NOT_CASE_STUDIES and _reader(relative) is not None


def _records(files: Iterable[Path], problems: Problems, *, raising: bool) -> Iterator[CaseStudy]:
    seen = _Seen()
    for path in files:
        reader = _reader(path)
        if reader is None:
            continue
        for raw in reader(path, problems):
            first = seen.place(raw)
            if first:
                hint = f"first used at {first}"
                problems.add(Problem(raw.file, raw.line_of("id"), "id", raw.values["id"], "unique", hint=hint))
                continue
            record = validate(raw, problems)
            if record is not None:
                yield record
    if raising and problems.total:
        raise problems.error()


class _Seen:
    """The ids met so far, in about 100 bytes each: a 64-bit hash, the file's number and the line in one integer.

    Two of a million different ids share a hash once in ten million corpora.
    """

    _LINE_BITS: Final = 40

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._files: list[str] = []

    def place(self, raw: RawRecord) -> str:
        """Where the id of this record was met before, "" if it is new."""
        id = raw.values.get("id")
        if not isinstance(id, str) or not id:
            return ""
        if not self._files or self._files[-1] != raw.file:
            self._files.append(raw.file)
        here = (len(self._files) - 1) << self._LINE_BITS | raw.line_of("id")
        there = self._places.setdefault(hash(id), here)
        if there == here:
            return ""
        return f"{self._files[there >> self._LINE_BITS]}:{there & (1 << self._LINE_BITS) - 1}"
