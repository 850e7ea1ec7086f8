"""Bad input: each kind is answered by one line that names file, line, field, value and the mend."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from corpus import CorpusError, check_corpus, read_corpus
from corpus.errors import StorageFailed
from corpus.model import FIELDS
from corpus.problems import KEPT, SHOWN, Problem
from corpus.readers import starter_corpus
from corpus.validate import FIRST_YEAR
from corpus.write import write_folder

LATEST = date.today().year + 1
KNOWN = ", ".join(FIELDS)
REGIONS = (
    "East Midlands, East of England, London, North East, North West, Northern Ireland, Scotland, South East, "
    "South West, Wales, West Midlands, Yorkshire and The Humber, National"
)


def message_of(path: Path, folder: Path) -> str:
    """The error that reading gives, with the folder taken out of it."""
    with pytest.raises(CorpusError) as caught:
        list(read_corpus(path))
    return str(caught.value).replace(f"{folder}{os.sep}", "")


FIELD_CASES: list[tuple[dict[str, Any], str]] = [
    ({"title": None}, "field 'title': missing, expected a title"),
    ({"title": "  \n "}, "field 'title': missing, expected a title"),
    ({"title": 7}, "field 'title': 7 is not a text (put it in quotes)"),
    ({"title": ["a"]}, "field 'title': ['a'] is not a text"),
    ({"summary": True}, "field 'summary': True is not a text (put it in quotes)"),
    ({"id": None}, "field 'id': missing, expected an id such as 'leeds-warm-homes'"),
    ({"id": ""}, "field 'id': missing, expected an id such as 'leeds-warm-homes'"),
    (
        {"id": "Leeds: Café"},
        "field 'id': 'Leeds: Café' is not an id of at most 200 lower-case letters, digits and single hyphens "
        "(did you mean 'leeds-cafe'?)",
    ),
    (
        {"id": "a--b"},
        "field 'id': 'a--b' is not an id of at most 200 lower-case letters, digits and single hyphens "
        "(did you mean 'a-b'?)",
    ),
    (
        {"id": "a\n"},
        r"field 'id': 'a\n' is not an id of at most 200 lower-case letters, digits and single hyphens "
        "(did you mean 'a'?)",
    ),
    (
        {"themes": ["hosing"]},
        "field 'themes': 'hosing' is not a theme (did you mean 'housing'? known: see corpus/data/themes.csv)",
    ),
    ({"themes": ["zzzz"]}, "field 'themes': 'zzzz' is not a theme (known: see corpus/data/themes.csv)"),
    ({"themes": "housing"}, "field 'themes': 'housing' is not a list"),
    ({"keywords": ["a", 2021]}, "field 'keywords': 2021 is not a text (put it in quotes)"),
    (
        {"funding": ["Towns Fnd"]},
        "field 'funding': 'Towns Fnd' is not a known funder (did you mean 'Towns Fund'? "
        "known: see corpus/data/funding.csv)",
    ),
    (
        {"councils": ["Leedz City Council"]},
        "field 'councils': 'Leedz City Council' is not a known council (did you mean 'Leeds City Council', "
        "'Wells City Council' or 'Derby City Council'? name a body that is not a council under 'organisations')",
    ),
    ({"region": "Londn"}, f"field 'region': 'Londn' is not a region (did you mean 'London'? known: {REGIONS})"),
    ({"year": 1066}, f"field 'year': 1066 is not a year from {FIRST_YEAR} to {LATEST}"),
    ({"year": LATEST + 1}, f"field 'year': {LATEST + 1} is not a year from {FIRST_YEAR} to {LATEST}"),
    ({"year": "2021"}, f"field 'year': '2021' is not a year from {FIRST_YEAR} to {LATEST} (write it without quotes)"),
    ({"year": True}, f"field 'year': True is not a year from {FIRST_YEAR} to {LATEST}"),
    ({"year": 2021.5}, f"field 'year': 2021.5 is not a year from {FIRST_YEAR} to {LATEST}"),
    (
        {"source_url": "javascript:alert(1)"},
        "field 'source_url': 'javascript:alert(1)' is not a web address "
        "(it starts with http:// or https:// and has no spaces)",
    ),
    ({"body": "a\0b"}, r"field 'body': '\x00' is not a character of a text (remove it)"),
    ({"title": "a\ud800"}, r"field 'title': '\ud800' is not a character of a text (remove it)"),
    ({"them": ["housing"]}, "field 'them': 'them' is not the name of a field (did you mean 'themes'?)"),
    ({"xyzzy": 1}, f"field 'xyzzy': 'xyzzy' is not the name of a field (known: {KNOWN})"),
]


@pytest.mark.parametrize(("change", "expected"), FIELD_CASES)
def test_fields(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    """A wrong value is named with its field, its line and what would be right."""
    path = tmp_path / "a.jsonl"
    plain = {"id": "b", "title": "B"} | change
    path.write_text('{"id": "a", "title": "A"}\n' + json.dumps(plain) + "\n", encoding="utf-8")
    message = message_of(path, tmp_path)
    if "Leedz" in message:  # only the first suggestion is worth fixing in a test
        message, expected = message.split(", '")[0], expected.split(", '")[0]
    assert message == f"a.jsonl:2: {expected}"


FILE_CASES: dict[str, tuple[str, bytes, str]] = {
    "not UTF-8, JSON": (
        "a.jsonl",
        b'{"id": "a", "title": "A"}\n{"id": "b", "title": "caf\xe9"}\n',
        "a.jsonl:2: the text is not UTF-8 (byte 0xe9 at column 26; save the file as UTF-8)",
    ),
    "not UTF-8, Markdown": (
        "a.md",
        b"---\ntitle: A\n---\nna\xefve\n",
        "a.md:4: the text is not UTF-8 (byte 0xef at column 3; save the file as UTF-8)",
    ),
    "not UTF-8, CSV": (
        "a.csv",
        b"id,title\na,A\nb,caf\xe9\n",
        "a.csv:3: the text is not UTF-8 (byte 0xe9 at column 6; save the file as UTF-8)",
    ),
    "no JSON": (
        "a.jsonl",
        b'{"id": "a", title}\n',
        "a.jsonl:1: the line is not valid JSON (Expecting property name enclosed in double quotes at column 13)",
    ),
    "no object": ("a.jsonl", b"[1]\n", "a.jsonl:1: the line is not a JSON object"),
    "deep JSON": ("a.jsonl", b"[" * 100_000, "a.jsonl:1: the line is not JSON that can be read"),
    "long number": ("a.jsonl", b'{"year": ' + b"1" * 5_000 + b"}", "a.jsonl:1: the line is not JSON that can be read"),
    "a key twice": (
        "a.jsonl",
        b'{"id": "a", "title": "A", "title": "B"}',
        "a.jsonl:1: field 'title': 'title' is not a new key (it is given twice)",
    ),
    "damaged archive": (
        "a.jsonl.gz",
        gzip.compress(b'{"id": "a", "title": "A"}\n', mtime=0)[:-6],
        "a.jsonl.gz:1: the file is not readable (Compressed file ended before the end-of-stream marker was reached)",
    ),
    "no archive": ("a.jsonl.gz", b"{}", "a.jsonl.gz: the file is not readable (Not a gzipped file (b'{}'))"),
    "no front matter": (
        "a.md",
        b"# A study\n",
        "a.md:1: the file is not a case study: the first line must be ---, then the front matter",
    ),
    "empty file": (
        "a.md",
        b"",
        "a.md:1: the file is not a case study: the first line must be ---, then the front matter",
    ),
    "open front matter": (
        "a.md",
        b"---\ntitle: A\n\nText\n",
        "a.md:1: the front matter is not closed: a line --- must follow it",
    ),
    "no YAML": (
        "a.md",
        b"---\nid: a\ntitle: A: B\n---\n",
        "a.md:3: the front matter is not valid YAML (mapping values are not allowed in this context)",
    ),
    "open quote": (
        "a.md",
        b'---\nid: a\ntitle: "A\n---\n',
        "a.md:3: the front matter is not valid YAML (while scanning a quoted scalar, found unexpected end of stream)",
    ),
    "YAML of objects": (
        "a.md",
        b"---\ntitle: !!python/object/apply:os.system ['true']\n---\n",
        "a.md:2: the front matter is not valid YAML (could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object/apply:os.system')",
    ),
    "no mapping": (
        "a.md",
        b"---\n- a\n---\n",
        "a.md:2: the front matter is not a list of fields such as 'title: …'",
    ),
    "a YAML key twice": (
        "a.md",
        b"---\ntitle: A\nid: a\ntitle: B\n---\n",
        "a.md:4: field 'title': 'title' is not a new key (it is given twice)",
    ),
    "NUL in front matter": (
        "a.md",
        b"---\nid: a\ntitle: A\0\n---\n",
        r"a.md:3: the front matter is not valid YAML (character '\x00' is not allowed)",
    ),
    "no such day": (
        "a.md",
        b"---\ntitle: A\nyear: 2021-13-45\n---\n",
        "a.md:1: the front matter is not YAML that can be read (month must be in 1..12)",
    ),
    "NUL in the body": (
        "a.md",
        b"---\ntitle: A\n---\nOne\nTwo\0\n",
        r"a.md:5: field 'body': '\x00' is not a character of a text (remove it)",
    ),
    "line of a key": (
        "a.md",
        b"---\ntitle: A\nthemes:\n  - housing\n  - hosing\n---\n",
        "a.md:5: field 'themes': 'hosing' is not a theme (did you mean 'housing'? known: see corpus/data/themes.csv)",
    ),
    "unknown key": (
        "a.md",
        b"---\ntitle: A\nlicense: OGL\n---\n",
        "a.md:3: field 'license': 'license' is not the name of a field (did you mean 'licence'?)",
    ),
    "a date for a title": (
        "a.md",
        b"---\ntitle: 2021-01-02\n---\n",
        "a.md:2: field 'title': datetime.date(2021, 1, 2) is not a text (put it in quotes)",
    ),
    "body as a key": (
        "a.md",
        b"---\ntitle: A\nbody: B\n---\n",
        "a.md:3: field 'body': 'body' is not a key of the front matter (write it below the front matter)",
    ),
    "file name as id": (
        "My Study.md",
        b"---\ntitle: A\n---\n",
        "My Study.md:1: field 'id': 'My Study' is not an id of at most 200 lower-case letters, digits and single "
        "hyphens (did you mean 'my-study'?)",
    ),
    "wrong header": (
        "a.csv",
        b"id,titel\na,A\n",
        "a.csv:1: field 'titel': 'titel' is not the name of a field (did you mean 'title'?)",
    ),
    "column twice": (
        "a.csv",
        b"id,title,id\na,A,b\n",
        "a.csv:1: field 'id': 'id' is not a new column (the header names it twice)",
    ),
    "no header": ("a.csv", b"", f"a.csv:1: missing, expected a header of field names: {KNOWN}"),
    "short row": (
        "a.csv",
        b"id,title\na,A\nb\n",
        "a.csv:3: the row of 1 cells is not as long as the header, which has 2",
    ),
    "line after a long cell": (
        "a.csv",
        b'id,title,body\na,A,"1\n2\n3"\nb,,B\n',
        "a.csv:5: field 'title': missing, expected a title",
    ),
    "open quote, CSV": (
        "a.csv",
        b'id,title\na,A\nb,"B\n',
        "a.csv:3: the row is not valid CSV (unexpected end of data)",
    ),
    "year in CSV": (
        "a.csv",
        b"id,title,year\na,A,2o21\n",
        f"a.csv:2: field 'year': '2o21' is not a year from {FIRST_YEAR} to {LATEST}",
    ),
}


@pytest.mark.parametrize(("name", "data", "expected"), FILE_CASES.values(), ids=FILE_CASES)
def test_files(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    """A file that cannot be read as it is gives one line that says where and why."""
    path = tmp_path / name
    path.write_bytes(data)
    assert message_of(path, tmp_path) == expected


def test_duplicate_ids_name_both_places(tmp_path: Path) -> None:
    """An id that comes twice is named with both its places, and the first record wins."""
    (tmp_path / "a.md").write_text("---\ntitle: A\nid: x\n---\n")
    (tmp_path / "b.jsonl").write_text('{"id": "y", "title": "Y"}\n{"id": "x", "title": "B"}\n')
    report = check_corpus(tmp_path)
    assert (report.records, report.problem_count, report.ok) == (2, 1, False)
    place = f"{tmp_path}{os.sep}"
    assert str(report.problems[0]).replace(place, "") == (
        "b.jsonl:2: field 'id': 'x' is not unique (first used at a.md:3)"
    )


def missing(folder: Path) -> Path:
    return folder / "nowhere"


def empty(folder: Path) -> Path:
    return folder


def wrong_kind(folder: Path) -> Path:
    (folder / "a.docx").write_bytes(b"PK")
    return folder / "a.docx"


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (missing, "nowhere: the path is not a file or folder"),
        (empty, ": the folder is not a corpus (it holds no files of .md, .jsonl, .jsonl.gz, .csv)"),
        (wrong_kind, "a.docx: the file is not one of .md, .jsonl, .jsonl.gz, .csv"),
    ],
)
def test_nothing_to_read(tmp_path: Path, make: Callable[[Path], Path], expected: str) -> None:
    """Where there is nothing to read the error comes at once, before a reader has begun."""
    path = make(tmp_path)
    with pytest.raises(CorpusError) as caught:
        read_corpus(path)
    assert str(caught.value).endswith(expected)
    with pytest.raises(CorpusError):
        check_corpus(path)


def test_path_with_nul() -> None:
    """Not even a path with a NUL in it gives another kind of error."""
    with pytest.raises(CorpusError, match="is not a file or folder"):
        read_corpus("a\0b.md")


def test_unreadable_file(tmp_path: Path) -> None:
    """A file that vanished or may not be read is a problem beside the others."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "title": "A"}\n')
    (tmp_path / "b.jsonl").write_text('{"id": "b"}\n')
    records = read_corpus(tmp_path)
    path.unlink()  # between listing and reading
    with pytest.raises(CorpusError) as caught:
        list(records)
    lines = str(caught.value).replace(f"{tmp_path}{os.sep}", "").splitlines()
    assert lines == [
        "2 problems in the case studies:",
        "a.jsonl: the file is not readable (No such file or directory)",
        "b.jsonl:1: field 'title': missing, expected a title",
    ]


def test_endless_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than any case study is passed over without holding it, and named."""
    monkeypatch.setattr("corpus.lines.LONGEST_LINE", 100)
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "title": "A"}\n' + "x" * 1_000 + '\n{"id": "b", "title": "B"}\n')
    report = check_corpus(path)
    assert report.records == 2
    assert str(report.problems[0]).endswith("a.jsonl:2: the line is not shorter than 100 bytes")


def test_one_bad_record_in_ten_thousand(tmp_path: Path) -> None:
    """One bad record among ten thousand is found and named, alone."""
    path = tmp_path / "a.jsonl"
    with path.open("w") as file:
        for number in range(10_000):
            themes = ["hosing"] if number == 6_789 else ["housing"]
            file.write(json.dumps({"id": f"r{number}", "title": "T", "themes": themes}) + "\n")
    assert message_of(path, tmp_path) == (
        "a.jsonl:6790: field 'themes': 'hosing' is not a theme "
        "(did you mean 'housing'? known: see corpus/data/themes.csv)"
    )


def test_many_problems(tmp_path: Path) -> None:
    """All problems are counted, the first ones are kept, and a screenful is shown."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a"}\n' + '{"title": "T"}\n' * 4_999)
    with pytest.raises(CorpusError) as caught:
        list(read_corpus(path))
    assert (caught.value.total, len(caught.value.problems)) == (5_000, KEPT)
    lines = str(caught.value).splitlines()
    assert len(lines) == SHOWN + 2
    assert lines[0] == "5,000 problems in the case studies:"
    assert lines[-1] == "... and 4,950 more."


def test_all_problems_of_a_record_at_once(tmp_path: Path) -> None:
    """A curator sees every problem of a record in one go, each at its own line."""
    path = tmp_path / "a.md"
    path.write_text("---\nid: A\ntitel: A\nthemes: [hosing]\nyear: 3000\n---\n")
    lines = message_of(path, tmp_path).splitlines()
    assert [line.partition(" is not")[0] for line in lines[1:]] == [
        "a.md:3: field 'titel': 'titel'",
        "a.md:2: field 'id': 'A'",
        "a.md:1: field 'title': missing, expected a title",
        "a.md:5: field 'year': 3000",
        "a.md:4: field 'themes': 'hosing'",
    ]


def test_long_values_are_cut() -> None:
    """A problem stays one line, however long and whatever the value."""
    text = str(Problem("a.md", 3, "title", "x\n" * 1_000, "a title"))
    assert len(text) < 150
    assert "\n" not in text


def test_write_to_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """Writing where a file stands in the way is refused by name."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed, match="Cannot write case studies to"):
        write_folder(read_corpus(starter_corpus()), tmp_path / "file")
