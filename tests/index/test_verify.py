"""Damage is noticed: by `verify`, by opening or by the first question, never as a wrong answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from index_support import records
from whoosh import fields
from whoosh.index import create_in

from corpus.errors import CasefinderError, IndexDamaged, IndexIncompatible, IndexMissing
from index import build_index, index_info, update_index, verify_index
from index.generations import GENERATIONS, current_name
from search import SearchRequest, open_engine
from search.request import FACETS

QUESTIONS = ("housing", "health parks", '"in the parks"', "hous*", "year:2012..2015", "theme:housing", "", "helth")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of two segments with a deletion."""
    path = tmp_path_factory.mktemp("sound") / "index"
    build_index(records(60), path)
    update_index(records(70)[1:], path, merge=False)
    return path


@pytest.fixture
def index(sound: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "index"))


def generation(index: Path) -> Path:
    return index / GENERATIONS / str(current_name(index))


def files(index: Path) -> list[Path]:
    """The generation's files but the empty one that Whoosh locks."""
    return sorted(path for path in generation(index).iterdir() if not path.name.endswith("WRITELOCK"))


def everything(index: Path) -> list[object]:
    """All that an engine answers: questions with facets and snippets, a record, completions, neighbours."""
    engine = open_engine(index)
    try:
        answered: list[object] = []
        for text in QUESTIONS:
            results = engine.search(SearchRequest(text, limit=100, facets=FACETS, facet_limit=None))
            answered.append((results.total, results.hits, results.facets, results.suggestion))
        answered += [engine.get("r007"), engine.suggest("case"), engine.suggest("hous"), engine.similar("r007")]
        answered.append(engine.explain(SearchRequest("housing"), "r007"))
        return answered
    finally:
        engine.close()


def flip(path: Path, at: int) -> None:
    """Turn every bit of one byte."""
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.chmod(0o644)
    path.write_bytes(content)


def damages(path: Path) -> Iterator[Callable[[], object]]:
    """Ways to damage a file, one after another."""
    size = path.stat().st_size
    for at in (0, size // 3, size // 2, size - 1):
        yield lambda at=at: flip(path, at)
    yield lambda: path.write_bytes(path.read_bytes()[: size // 2])
    yield lambda: path.write_bytes(path.read_bytes()[:-1])
    yield lambda: path.write_bytes(path.read_bytes() + b"\0")
    yield lambda: path.write_bytes(b"")
    yield path.unlink


def problems(index: Path) -> str:
    """What `verify` says, raised or reported."""
    try:
        return " ".join(verify_index(index).problems)
    except CasefinderError as error:
        return str(error)


def test_every_damaged_file_is_noticed(sound: Path, index: Path) -> None:
    """Each file, damaged in nine ways: verify names it and the mend; questions fail clearly or answer right."""
    right = everything(index)
    for path in files(index):
        name = path.name
        intact = path.read_bytes()
        for damage in damages(path):
            damage()
            said = problems(index)
            assert name in said, (name, said)
            assert "casefinder index build" in said
            try:
                answered = everything(index)
            except (IndexDamaged, IndexIncompatible) as error:
                assert name in str(error)
                assert "casefinder index build" in str(error)
            else:
                # A manifest may be longer by white space, or a byte lie that no question touches.
                assert answered == right, name
            path.write_bytes(intact)
    assert problems(index) == ""


def test_a_truncated_or_missing_file_is_noticed_when_the_index_is_opened(index: Path) -> None:
    """Size and presence are checked before anything is read."""
    for path in files(index):
        intact = path.read_bytes()
        for damage in (path.unlink, lambda path=path, intact=intact: path.write_bytes(intact[:-1])):
            damage()
            with pytest.raises(IndexDamaged, match="casefinder index build") as caught:
                open_engine(index)
            assert path.name in str(caught.value)
            path.write_bytes(intact)
    open_engine(index).close()


def test_an_altered_table_of_contents_is_never_unpickled(index: Path) -> None:
    """Whoosh's table of contents is a pickle: an altered one is refused before it is loaded."""
    toc = next(generation(index).glob("*.toc"))
    flip(toc, toc.stat().st_size // 2)
    for opened in (open_engine, verify_index, index_info, lambda path: update_index(records(3), path)):
        with pytest.raises(IndexDamaged, match=rf"{toc.name} was altered"):
            opened(index)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "does not name a generation"),
        (b"../../etc\n", "does not name a generation"),
        (b"\xff\xfe\n", "cannot be read"),
        (b"20200101T000000000000Z-0000\n", "manifest.json cannot be read"),
    ],
)
def test_a_damaged_pointer_is_said(index: Path, content: bytes, message: str) -> None:
    """`CURRENT` must name a generation inside the index."""
    (index / "CURRENT").write_bytes(content)
    for opened in (open_engine, verify_index):
        with pytest.raises(IndexDamaged, match=message):
            opened(index)
    assert build_index(records(2), index).documents == 2


def rewrite(index: Path, **changes: Any) -> None:
    path = generation(index) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"schema_version": 999}, IndexIncompatible, "schema version 999"),
        ({"schema_version": None}, IndexIncompatible, "schema version None"),
        ({"analyser": "0123"}, IndexIncompatible, "analysed differently"),
        ({"format": "another"}, IndexDamaged, "no manifest of a Casefinder index"),
        ({"files": None}, IndexDamaged, "lacks a part"),
        ({"files": {"x": {}}}, IndexDamaged, "lacks a part"),
        ({"unheard": "of"}, IndexDamaged, "lacks a part"),
    ],
)
def test_an_index_of_another_kind_is_refused(
    index: Path, changes: dict[str, Any], error: type[CasefinderError], message: str
) -> None:
    """Another schema version, another analyser, another format: the message says what to run, and that mends it."""
    rewrite(index, **changes)
    for opened in (open_engine, verify_index, index_info, lambda path: update_index(records(3), path)):
        with pytest.raises(error, match=message) as caught:
            opened(index)
        assert "casefinder index build" in str(caught.value)
    build_index(records(3), index)
    assert verify_index(index).problems == ()


def test_a_wrong_count_is_said(index: Path) -> None:
    """Segments that hold another number of records than the manifest says."""
    rewrite(index, documents=3)
    assert "holds 69 records, its manifest says 3" in problems(index)


def test_a_missing_index_is_said(tmp_path: Path) -> None:
    """No folder, an empty folder, a file: there is no index, and the message says what to run."""
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for place in ("nowhere", "empty", "file"):
        for opened in (open_engine, verify_index, index_info):
            with pytest.raises(IndexMissing, match=rf"{place}.*casefinder index build"):
                opened(tmp_path / place)


def test_a_plain_whoosh_folder_is_refused(tmp_path: Path) -> None:
    """An index that Whoosh alone wrote is not taken for ours, nor unpickled."""
    create_in(str(tmp_path), fields.Schema(title=fields.TEXT))
    for opened in (open_engine, verify_index):
        with pytest.raises(IndexIncompatible, match=r"plain Whoosh index.*casefinder index build"):
            opened(tmp_path)


def test_progress_counts_every_byte(sound: Path) -> None:
    """`verify` tells how far it is, and ends at the end."""
    heard: list[tuple[int, int]] = []
    report = verify_index(sound, lambda done, total: heard.append((done, total)))
    assert heard[-1] == (report.bytes, report.bytes)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert report.files == len(heard)
