"""Files in, records out: the three formats, and folders of them."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import CaseStudy, CorpusError, Problems, check_corpus, read_corpus
from corpus.gazetteer import gazetteer
from corpus.model import FIELDS, LIST_FIELDS
from corpus.vocabulary import funders, themes
from corpus.write import to_markdown, write_folder

FULL: dict[str, Any] = {
    "id": "leeds-warm-homes",
    "title": "Leeds: warm homes",
    "summary": "Homes were made warm.",
    "body": "## The challenge\nCold: “very” cold.\n\n## Results\nWarm.",
    "councils": ["Leeds City Council"],
    "organisations": ["Yorkshire Energy"],
    "region": "Yorkshire and The Humber",
    "council_type": "Metropolitan district",
    "themes": ["housing", "public-health"],
    "funding": ["One Public Estate"],
    "year": 2021,
    "keywords": ["retrofit", "fuel poverty"],
    "source_url": "https://example.org/a?b=c#d",
    "source_title": "Warm homes",
    "licence": "OGL v3",
}
RECORD = CaseStudy.from_dict(FULL)

MARKDOWN = """---
id: leeds-warm-homes
title: "Leeds: warm homes"
summary: Homes were made warm.
councils: [Leeds]
organisations:
  - Yorkshire Energy
region: Yorkshire and the Humber
themes:
  - Housing
  - public-health
funding: [OPE]
year: 2021
keywords:
- retrofit
- fuel poverty
source_url: https://example.org/a?b=c#d
source_title: Warm homes
licence: OGL v3
---

## The challenge
Cold: “very” cold.

## Results
Warm.
"""


def one(path: Path) -> CaseStudy:
    (record,) = read_corpus(path)
    return record


def write_csv(path: Path, *records: dict[str, Any]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for plain in records:
            writer.writerow({name: "|".join(value) if name in LIST_FIELDS else value for name, value in plain.items()})
    return path


def test_markdown(tmp_path: Path) -> None:
    """Front matter and body become a record; labels, aliases and short names become the official values."""
    path = tmp_path / "a.md"
    path.write_text(MARKDOWN, encoding="utf-8")
    assert one(path) == RECORD


def test_json_lines(tmp_path: Path) -> None:
    """A line is a record; blank lines are passed over."""
    path = tmp_path / "a.jsonl"
    path.write_text("\n" + json.dumps(FULL) + "\n\n", encoding="utf-8")
    assert one(path) == RECORD


def test_json_lines_gzip(tmp_path: Path) -> None:
    """JSON Lines may be compressed."""
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(FULL).encode()))
    assert one(path) == RECORD


def test_csv(tmp_path: Path) -> None:
    """A row is a record, lists are separated by "|", cells may hold line ends."""
    assert one(write_csv(tmp_path / "a.csv", FULL)) == RECORD


@pytest.mark.parametrize("name", ["a.md", "a.jsonl", "a.csv"])
def test_what_editors_do(tmp_path: Path, name: str) -> None:
    """A byte-order mark and Windows line ends change nothing, in any format."""
    path = tmp_path / name
    if name == "a.md":
        path.write_text(MARKDOWN, encoding="utf-8", newline="\n")
    elif name == "a.jsonl":
        path.write_text(json.dumps(FULL) + "\n", encoding="utf-8", newline="\n")
    else:
        write_csv(path, FULL)
    data = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + data)
    assert one(path) == RECORD


def test_markdown_without_id_takes_the_file_name(tmp_path: Path) -> None:
    """A Markdown file is called by its name unless it says otherwise."""
    path = tmp_path / "my-study.md"
    path.write_text("---\ntitle: A study\n---\n", encoding="utf-8")
    assert one(path) == CaseStudy(id="my-study", title="A study", region="National")


def test_derived_fields(tmp_path: Path) -> None:
    """Region and council type follow from the councils where the record gives none."""
    path = tmp_path / "a.jsonl"
    cases = {
        ("Leeds", "Bradford"): ("Yorkshire and The Humber", "Metropolitan district"),
        ("Leeds", "York"): ("Yorkshire and The Humber", "Several types"),
        ("Leeds", "Brighton"): ("National", "Several types"),
        (): ("National", ""),
    }
    lines = [{"id": f"r{n}", "title": "T", "councils": list(names)} for n, names in enumerate(cases)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert [(record.region, record.council_type) for record in read_corpus(path)] == list(cases.values())


def test_the_record_knows_better(tmp_path: Path) -> None:
    """A region that the record gives stays, whatever its councils say."""
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "a", "title": "T", "councils": ["Leeds"], "region": "national"}))
    assert one(path).region == "National"


def test_other_bodies(tmp_path: Path) -> None:
    """A name under councils that is also listed as an organisation is an organisation."""
    path = tmp_path / "a.jsonl"
    body = "Cheshire Fire Authority"
    plain = {"id": "a", "title": "T", "councils": ["Leeds", body.upper()], "organisations": [body]}
    path.write_text(json.dumps(plain))
    record = one(path)
    assert (record.councils, record.organisations) == (("Leeds City Council",), (body,))


def test_values_are_kept_once(tmp_path: Path) -> None:
    """The same council, theme, funder or keyword under two spellings counts once; blanks are dropped."""
    path = tmp_path / "a.jsonl"
    plain = {
        "id": "a",
        "title": "  Two \n lines ",
        "councils": ["Leeds", "Leeds City Council"],
        "themes": ["housing", "Housing"],
        "funding": ["OPE", "One Public Estate", " "],
        "keywords": ["Fuel poverty", "fuel  poverty", ""],
        "summary": None,
    }
    path.write_text(json.dumps(plain))
    record = one(path)
    assert record.title == "Two lines"
    assert record.councils == ("Leeds City Council",)
    assert record.themes == ("housing",)
    assert record.funding == ("One Public Estate",)
    assert record.keywords == ("Fuel poverty",)
    assert record.summary == ""


def test_folder(tmp_path: Path) -> None:
    """A folder is read with its subfolders, in order of file names; other files are passed over."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\n")
    (tmp_path / "sub" / "b.jsonl").write_text('{"id": "b", "title": "B"}')
    (tmp_path / "z.CSV").write_text("id,title\nz,Z\n")
    for name in ("README.md", "ATTRIBUTION.md", ".hidden.md", "_draft.md", "notes.txt"):
        (tmp_path / name).write_text("no case study")
    assert [record.id for record in read_corpus(tmp_path)] == ["a", "b", "z"]
    report = check_corpus(str(tmp_path))
    assert (report.ok, report.files, report.records, report.problems) == (True, 3, 3, ())


def test_streaming(tmp_path: Path) -> None:
    """Good records come before the error; the error comes after the last record and names every problem."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "title": "A"}\n{"id": "b"}\n{"id": "c", "title": "C"}\n{"id": "d"}\n')
    seen: list[str] = []
    with pytest.raises(CorpusError) as caught:
        seen.extend(record.id for record in read_corpus(path))
    assert seen == ["a", "c"]
    assert [problem.line for problem in caught.value.problems] == [2, 4]


def test_collecting(tmp_path: Path) -> None:
    """Who gives a collector gets the good records, the problems, and no exception."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "title": "A"}\n{"id": "b"}\n')
    problems = Problems()
    assert [record.id for record in read_corpus(path, problems)] == ["a"]
    assert problems.total == len(problems.kept) == 1


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Reading many long records holds one at a time."""
    import tracemalloc

    path = tmp_path / "a.jsonl"
    with path.open("w") as file:
        for number in range(500):
            file.write(json.dumps({"id": f"r{number}", "title": "T", "body": "word " * 4_000}) + "\n")
    next(iter(read_corpus(path)))  # what is loaded once does not count
    tracemalloc.start()
    assert sum(1 for _ in read_corpus(path)) == 500
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 9_000_000
    assert peak < 1_000_000


pieces = (
    st.characters(exclude_categories=("Cs", "Cc"))
    | st.sampled_from("\n\r\t\x0b\x0c\x7f\x85\u2028\ufeff\"'\\|:#-[]{}&*!%@`>?,")
    | st.sampled_from(["---", "\n---\n", ": ", " #", "\r\n", "yes", "null", "2020-01-01", "  "])
)
printable = st.lists(pieces, max_size=20).map("".join)
raw_records = st.fixed_dictionaries(
    {"id": st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True), "title": printable.filter(str.strip)},
    optional={
        "summary": printable,
        "body": printable,
        "councils": st.lists(st.sampled_from([council.name for council in gazetteer().councils]), max_size=3),
        "organisations": st.lists(printable, max_size=3),
        "region": st.sampled_from(["", "London", "National", "Wales"]),
        "council_type": st.sampled_from(["", "County", "Several types"]),
        "themes": st.lists(st.sampled_from(list(themes())), max_size=3),
        "funding": st.lists(st.sampled_from(list(funders())), max_size=3),
        "year": st.none() | st.integers(1990, 2026),
        "keywords": st.lists(printable, max_size=3),
        "source_url": st.sampled_from(["", "http://example.org/ü#x", "https://example.org"]),
        "source_title": printable,
        "licence": printable,
    },
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(raw_records, min_size=1, max_size=3, unique_by=lambda raw: raw["id"]))
def test_formats_agree(tmp_path: Path, raw: list[dict[str, Any]]) -> None:
    """Whatever JSON Lines accepts is written as Markdown and CSV and read back the same."""
    source = tmp_path / "a.jsonl"
    source.write_text("\n".join(map(json.dumps, raw)), encoding="utf-8")
    records = sorted(read_corpus(source), key=lambda record: record.id)
    assert len(records) == len(raw)
    folder = tmp_path / "md"
    for old in folder.glob("*"):
        old.unlink()
    assert write_folder(records, folder) == len(records)
    assert sorted(read_corpus(folder), key=lambda record: record.id) == records
    if not any("|" in value for record in records for name in LIST_FIELDS for value in getattr(record, name)):
        table = write_csv(tmp_path / "a.csv", *(record.to_dict() for record in records))
        assert sorted(read_corpus(table), key=lambda record: record.id) == records


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["a.md", "a.jsonl", "a.csv", "a.jsonl.gz"]), st.booleans())
def test_readers_are_total(tmp_path: Path, data: bytes, name: str, fenced: bool) -> None:
    """Any bytes at all give records or problems, never another exception."""
    path = tmp_path / name
    path.write_bytes(b"---\n" + data + b"\n---\n" if fenced else data)
    report = check_corpus(path)
    assert report.ok or all(str(problem) for problem in report.problems)


def test_to_markdown_reads_like_a_person_wrote_it() -> None:
    """The written form: plain values plain, lists as lists, what follows from the councils left out."""
    assert (
        to_markdown(RECORD)
        == """---
id: leeds-warm-homes
title: "Leeds: warm homes"
councils:
  - Leeds City Council
organisations:
  - Yorkshire Energy
region: Yorkshire and The Humber
themes:
  - housing
  - public-health
funding:
  - One Public Estate
year: 2021
summary: Homes were made warm.
keywords:
  - retrofit
  - fuel poverty
source_title: Warm homes
source_url: "https://example.org/a?b=c#d"
licence: OGL v3
---

## The challenge
Cold: “very” cold.

## Results
Warm.
"""
    )
