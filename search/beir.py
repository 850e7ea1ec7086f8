"""Test collections in the layout of BEIR: documents, queries and judgements in one folder.

    corpus.jsonl or corpus.jsonl.gz    {"_id": …, "title": …, "text": …} a line
    queries.jsonl or queries.jsonl.gz  {"_id": …, "text": …} a line
    qrels/<split>.tsv                  query-id, corpus-id, score; a heading line

(Thakur et al., "BEIR: a heterogeneous benchmark for zero-shot evaluation of
information retrieval models", NeurIPS 2021.)
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, Any, Final

from corpus.errors import BadInput
from corpus.model import CaseStudy
from corpus.problems import CorpusError, Problem, Problems

DEFAULT_SPLIT: Final = "test"
"""The judgements that BEIR's own figures rest on."""

_COLUMNS: Final = 3
_OFFERED: Final = 5


@dataclass(frozen=True, slots=True)
class Collection:
    """Queries and judgements of one collection; the documents are read when they are asked for.

    `judgements` maps query id → document id → grade, for the queries of one
    split; `queries` holds the text of exactly these, in the order of the file.
    """

    name: str
    folder: Path
    split: str
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]

    def documents(self) -> Iterator[tuple[str, str, str]]:
        """(id, title, text) of every document, in the order of the file.

        Raises `CorpusError`, once the whole file was read, when a line is not
        a document or an id stands twice.
        """
        problems, seen = Problems(), set[str]()
        path = _data_file(self.folder, "corpus")
        for line, id, fields in _rows(path, problems):
            if id in seen:
                problems.add(Problem(path.name, line, "_id", id, "an id of its own: another document has it"))
            seen.add(id)
            if not problems.total:
                yield id, _text(fields, "title"), _text(fields, "text")
        if problems.total:
            raise problems.error()


def read_collection(folder: str | PathLike[str], split: str | None = None) -> Collection:
    """The collection in a folder.

    `split` names the file of judgements ("test" for `qrels/test.tsv`); without
    it `test` is taken, or the only file there is. Raises `BadInput` (a
    `CorpusError` for wrong lines) that says what is missing or wrong.
    """
    base = Path(folder)
    if not base.is_dir():
        raise BadInput(f"There is no folder {str(base)!r} (expected one with corpus.jsonl, queries.jsonl and qrels/).")
    _data_file(base, "corpus")
    queries, judgements = read_judged_queries(base, split)
    return Collection(
        name=base.resolve().name,
        folder=base,
        split=_judgements_file(base, split).stem,
        queries=queries,
        judgements=judgements,
    )


def read_judged_queries(
    folder: str | PathLike[str], split: str | None = None
) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
    """(query id → text, query id → document id → grade) of a folder, for the queries that were judged.

    The documents may be elsewhere. Raises `BadInput` as `read_collection` does.
    """
    base = Path(folder)
    judgements_file = _judgements_file(base, split)
    problems = Problems()
    judgements = _read_judgements(judgements_file, problems)
    texts: dict[str, str] = {}
    queries_file = _data_file(base, "queries")
    for line, id, fields in _rows(queries_file, problems):
        if id in texts:
            problems.add(Problem(queries_file.name, line, "_id", id, "an id of its own: another query has it"))
        texts[id] = _text(fields, "text")
    for id in judgements:
        if id not in texts and not problems.total:
            problems.add(Problem(f"qrels/{judgements_file.name}", 0, "query-id", id, f"a query of {queries_file.name}"))
    if problems.total:
        raise CorpusError(problems.kept, problems.total)
    if not judgements:
        raise BadInput(f"{str(judgements_file)!r} holds no judgements: nothing can be measured.")
    return {id: text for id, text in texts.items() if id in judgements}, judgements


def as_records(documents: Iterator[tuple[str, str, str]], taken: Callable[[str, str], None]) -> Iterator[CaseStudy]:
    """Documents as case studies: title → title, text → body.

    Ids of collections are free text, those of case studies are kebab-case: a
    record gets a new id made of its place in the file. `taken` is told
    (new id, the collection's id) of each.
    """
    for place, (id, title, text) in enumerate(documents):
        safe = f"d{place:08d}"
        taken(safe, id)
        yield CaseStudy(id=safe, title=title, body=text)


def _data_file(base: Path, name: str) -> Path:
    for path in (base / f"{name}.jsonl", base / f"{name}.jsonl.gz"):
        if path.is_file():
            return path
    raise BadInput(f"{str(base)!r} holds no {name}.jsonl (nor {name}.jsonl.gz): it is no collection in BEIR layout.")


def _judgements_file(base: Path, split: str | None) -> Path:
    found = sorted((base / "qrels").glob("*.tsv"))
    if not found:
        raise BadInput(f"{str(base)!r} holds no qrels/*.tsv: without judgements nothing can be measured.")
    names = [path.stem for path in found]
    wanted = split or (names[0] if len(names) == 1 else DEFAULT_SPLIT)
    for path in found:
        if path.stem == wanted:
            return path
    offered = ", ".join(names[:_OFFERED])
    raise BadInput(f"{str(base)!r} holds no qrels/{wanted}.tsv (expected one of {offered}; choose it by name).")


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def _rows(path: Path, problems: Problems) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(line, id, object) of every well-formed line; the others become problems."""
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                fields = _object(line)
                id = None if fields is None else fields.get("_id")
                if fields is None:
                    problems.add(Problem(path.name, number, "", "the line", "a JSON object"))
                elif not isinstance(id, str | int) or isinstance(id, bool) or id == "":
                    problems.add(Problem(path.name, number, "_id", id, "an id"))
                else:
                    yield number, str(id), fields
    except UnicodeDecodeError:
        problems.add(Problem(path.name, 0, "", "the file", "UTF-8 text"))
    except (OSError, EOFError) as error:
        raise BadInput(f"{str(path)!r} cannot be read: {error}.") from error


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _read_judgements(path: Path, problems: Problems) -> dict[str, dict[str, int]]:
    judgements: dict[str, dict[str, int]] = {}
    name = f"qrels/{path.name}"
    try:
        with _open(path) as lines:
            for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
                if not row or (number == 1 and row[-1].strip().lower() == "score"):
                    continue
                if len(row) != _COLUMNS:
                    problems.add(Problem(name, number, "", "the line", "query-id, corpus-id and score between tabs"))
                    continue
                query, document, score = (value.strip() for value in row)
                try:
                    judgements.setdefault(query, {})[document] = int(score)
                except ValueError:
                    problems.add(Problem(name, number, "score", score, "a whole number"))
    except (UnicodeDecodeError, csv.Error):
        problems.add(Problem(name, 0, "", "the file", "UTF-8 text of three columns between tabs"))
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {error}.") from error
    return judgements
