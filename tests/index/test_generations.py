"""Generations on disk: written aside, switched to in one step, cleared up after."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from index_support import answers, records

from corpus.errors import IndexMissing, StorageFailed
from index import build_index
from index.generations import (
    CURRENT_FILE,
    GENERATIONS,
    PART,
    clear_leftovers,
    current_name,
    new_generation,
    open_current,
    prune,
    storage_failed,
)


def test_a_generation_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    """The unfinished folder goes, whatever went wrong; errors of the disk become the user's words."""
    with pytest.raises(KeyboardInterrupt), new_generation(tmp_path) as folder:
        (folder / "file").write_text("half")
        raise KeyboardInterrupt
    assert list((tmp_path / GENERATIONS).iterdir()) == []
    with pytest.raises(StorageFailed, match="is full"), new_generation(tmp_path) as folder:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list((tmp_path / GENERATIONS).iterdir()) == []


def test_an_unfinished_generation_is_not_in_service(tmp_path: Path) -> None:
    """A folder that ends in ".part" never answers, and the next writer removes it."""
    left = tmp_path / GENERATIONS / f"20200101T000000000000Z-dead{PART}"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    with pytest.raises(IndexMissing):
        open_current(tmp_path)
    clear_leftovers(tmp_path)
    assert not left.exists()


def test_the_pointer_names_what_answers(tmp_path: Path) -> None:
    """`CURRENT` holds one name, of the newest generation; names sort by time."""
    assert current_name(tmp_path) is None
    names = [build_index(records(count), tmp_path).generation for count in (1, 2)]
    assert names == sorted(names)
    assert current_name(tmp_path) == names[1]
    assert (tmp_path / CURRENT_FILE).read_text() == names[1] + "\n"
    assert open_current(tmp_path).folder.name == names[1]


def test_pruning_never_takes_what_is_in_service(tmp_path: Path) -> None:
    """After going back by hand, the older generation in service stays; so does its neighbour."""
    names = [build_index(records(count), tmp_path).generation for count in (1, 2)]
    (tmp_path / CURRENT_FILE).write_text(names[0])
    prune(tmp_path)
    assert len(answers(tmp_path)) == 1
    assert sorted(path.name for path in (tmp_path / GENERATIONS).iterdir()) == names


def test_errors_of_the_disk_say_what_to_do(tmp_path: Path) -> None:
    """Each names the place and says that the index in service is whole."""
    for number in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO):
        message = str(storage_failed(tmp_path, OSError(number, os.strerror(number))))
        assert str(tmp_path) in message
        assert "not touched" in message
