"""Reading test collections in BEIR layout."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from corpus.errors import BadInput
from corpus.problems import CorpusError
from search.beir import as_records, read_collection

DOCUMENTS = [
    {"_id": "MED-1", "title": "Falls", "text": "Preventing falls at home."},
    {"_id": "a/b c", "title": "", "text": "Damp homes and asthma."},
    {"_id": 3, "title": "Parks", "text": "Paying for parks."},
]
QUERIES = [{"_id": "q1", "text": "falls"}, {"_id": "q2", "text": "damp"}, {"_id": "q3", "text": "not judged"}]
JUDGEMENTS = "query-id\tcorpus-id\tscore\nq1\tMED-1\t2\nq1\t3\t0\nq2\ta/b c\t1\n"


def write(folder: Path, zipped: bool = False, **changed: str) -> Path:
    """A small collection in `folder`; `changed` replaces the text of a file."""
    texts = {
        "corpus": "".join(json.dumps(row) + "\n" for row in DOCUMENTS),
        "queries": "".join(json.dumps(row) + "\n" for row in QUERIES),
        "test": JUDGEMENTS,
        **changed,
    }
    (folder / "qrels").mkdir(parents=True)
    for name, text in texts.items():
        if name not in ("corpus", "queries"):
            (folder / "qrels" / f"{name}.tsv").write_text(text, encoding="utf-8")
        elif zipped:
            (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("zipped", [False, True])
def test_a_collection_is_read_whole(tmp_path: Path, zipped: bool) -> None:
    """Documents in order, the judged queries only, grades as numbers; plain or gzipped."""
    found = read_collection(write(tmp_path / "small", zipped))
    assert found.name == "small"
    assert found.split == "test"
    assert list(found.documents()) == [(str(row["_id"]), row["title"], row["text"]) for row in DOCUMENTS]
    assert found.queries == {"q1": "falls", "q2": "damp"}
    assert found.judgements == {"q1": {"MED-1": 2, "3": 0}, "q2": {"a/b c": 1}}


def test_documents_become_records_with_safe_ids(tmp_path: Path) -> None:
    """Title and text become title and body; ids are made kebab-case and can be led back."""
    known: dict[str, str] = {}
    records = list(as_records(read_collection(write(tmp_path / "c")).documents(), known.__setitem__))
    assert [(record.title, record.body) for record in records] == [(row["title"], row["text"]) for row in DOCUMENTS]
    assert [known[record.id] for record in records] == ["MED-1", "a/b c", "3"]
    assert all(record.id.isalnum() for record in records)


def test_the_split_can_be_chosen(tmp_path: Path) -> None:
    """`test` is the default; another split is taken when named, or when it is the only one."""
    folder = write(tmp_path / "c", dev="query-id\tcorpus-id\tscore\nq3\t3\t1\n")
    assert read_collection(folder).split == "test"
    assert read_collection(folder, "dev").queries == {"q3": "not judged"}
    (folder / "qrels" / "test.tsv").unlink()
    assert read_collection(folder).split == "dev"


def test_a_split_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    """The message offers the splits that exist."""
    folder = write(tmp_path / "c", dev=JUDGEMENTS)
    with pytest.raises(BadInput, match=r"train\.tsv \(expected one of dev, test"):
        read_collection(folder, "train")


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    """A folder without one of its files is refused by one sentence that names what is missing."""
    folder = write(tmp_path / "c")
    (folder / missing).unlink()
    with pytest.raises(BadInput, match=missing.split("/", maxsplit=1)[0].split(".")[0]):
        read_collection(folder)


def test_a_missing_folder_is_said_so(tmp_path: Path) -> None:
    """A path that is no folder is refused before anything else."""
    with pytest.raises(BadInput, match="There is no folder"):
        read_collection(tmp_path / "nowhere")


def test_all_wrong_lines_are_reported_together(tmp_path: Path) -> None:
    """Wrong queries and judgements are collected with file and line, not reported one a run."""
    folder = write(
        tmp_path / "c",
        queries='{"_id": "q1", "text": "a"}\nnot json\n{"text": "no id"}\n{"_id": "q1", "text": "again"}\n',
        test="query-id\tcorpus-id\tscore\nq1\tMED-1\thigh\nq1 MED-1 2\n",
    )
    with pytest.raises(CorpusError) as caught:
        read_collection(folder)
    message = str(caught.value)
    for part in ("qrels/test.tsv:2", "qrels/test.tsv:3", "queries.jsonl:2", "queries.jsonl:3", "queries.jsonl:4"):
        assert part in message


def test_a_judged_query_without_text_is_reported(tmp_path: Path) -> None:
    """A query that is judged but not in the queries file would silently lower the mean: it is an error."""
    folder = write(tmp_path / "c", test=JUDGEMENTS + "q9\t3\t1\n")
    with pytest.raises(CorpusError, match="q9"):
        read_collection(folder)


def test_wrong_documents_are_reported_when_they_are_read(tmp_path: Path) -> None:
    """A broken or doubled document stops the reading, with every line named."""
    folder = write(tmp_path / "c", corpus='{"_id": "1", "text": "a"}\n[]\n{"_id": "1", "text": "b"}\n')
    with pytest.raises(CorpusError) as caught:
        list(read_collection(folder).documents())
    assert "corpus.jsonl:2" in str(caught.value)
    assert "corpus.jsonl:3" in str(caught.value)


def test_empty_judgements_are_refused(tmp_path: Path) -> None:
    """A file of judgements that holds only its heading measures nothing."""
    with pytest.raises(BadInput, match="no judgements"):
        read_collection(write(tmp_path / "c", test="query-id\tcorpus-id\tscore\n"))


def test_bytes_that_are_no_text_are_reported(tmp_path: Path) -> None:
    """A file in another encoding is refused with its name, never read as nonsense."""
    folder = write(tmp_path / "c")
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "caf\xe9"}\n')
    with pytest.raises(CorpusError, match=r"queries\.jsonl"):
        read_collection(folder)


def test_a_truncated_gzip_file_is_reported(tmp_path: Path) -> None:
    """A cut archive is an error of the input, not a crash."""
    folder = write(tmp_path / "c", zipped=True)
    whole = (folder / "corpus.jsonl.gz").read_bytes()
    (folder / "corpus.jsonl.gz").write_bytes(whole[:-12])
    with pytest.raises(BadInput, match="cannot be read"):
        list(read_collection(folder).documents())
