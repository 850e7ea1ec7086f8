"""Generations of an index on disk.

    INDEX/CURRENT                 the name of the generation that answers
    INDEX/LOCK                    held by the one writer
    INDEX/generations/NAME/       a Whoosh index and its manifest, never changed again
    INDEX/generations/NAME.part/  one that is being written

A generation is written beside the others and comes into service by one atomic
rename of `CURRENT`. Whatever is killed before that rename leaves the old
generation in service; whatever is killed after it leaves the new one.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from corpus.errors import IndexDamaged, IndexIncompatible, IndexMissing, StorageFailed
from corpus.value import Value
from index.manifest import REBUILD, Manifest, digest, sync_folder, write_durably

CURRENT_FILE: Final = "CURRENT"
GENERATIONS: Final = "generations"
PART: Final = ".part"
_UNTOUCHED: Final = "the index in service was not touched."

KEPT: Final = 2
"""Generations that stay on disk: the current one and the one before it, to go back to by hand."""


class Generation(Value):
    """A finished generation: its name, its folder and its manifest."""

    name: str
    folder: Path
    manifest: Manifest

    def whoosh_index(self) -> Any:
        """The Whoosh index inside. It holds pickles: see `docs/operators.md` on whom to trust."""
        from whoosh.index import open_dir

        return open_dir(str(self.folder), readonly=True)


def current_name(index: Path) -> str | None:
    """The name of the generation in service, or None where there is no index."""
    try:
        name = (index / CURRENT_FILE).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(f"{index / CURRENT_FILE} cannot be read ({error}). {REBUILD}") from error
    if not name or Path(name).name != name:
        raise IndexDamaged(f"{index / CURRENT_FILE} does not name a generation. {REBUILD}")
    return name


def open_current(index: Path) -> Generation:
    """The generation in service, its files checked by name and size and its small files by digest.

    Raises `IndexMissing`, `IndexIncompatible` or `IndexDamaged`.
    """
    for attempt in range(3):
        name = current_name(index)
        if name is None:
            _refuse_other_formats(index)
            raise IndexMissing(f"There is no index at {index}. {REBUILD}")
        folder = index / GENERATIONS / name
        try:
            return Generation(name, folder, _checked_manifest(folder))
        except IndexDamaged:
            # A writer may have switched and pruned between the two steps; then the name has changed.
            if attempt == 2 or current_name(index) == name:
                raise
    raise AssertionError("unreachable")


def _refuse_other_formats(index: Path) -> None:
    if index.is_dir() and any(index.glob("*.toc")):
        raise IndexIncompatible(f"{index} holds a plain Whoosh index, not one of Casefinder's generations. {REBUILD}")


def _checked_manifest(folder: Path) -> Manifest:
    manifest = Manifest.read(folder)
    for name, note in manifest.files.items():
        path = folder / name
        try:
            size = path.stat().st_size
        except OSError as error:
            raise IndexDamaged(f"{path} is missing. {REBUILD}") from error
        if size != note.bytes:
            raise IndexDamaged(f"{path} has {size} bytes, its manifest says {note.bytes}. {REBUILD}")
        # Whoosh unpickles its table of contents, so an altered one must not get that far.
        if name.endswith(".toc") and digest(path) != note.digest:
            raise IndexDamaged(f"{path} was altered after it was written. {REBUILD}")
    return manifest


@contextmanager
def new_generation(index: Path) -> Iterator[Path]:
    """A folder to write the next generation into; it is removed if the block fails or is interrupted.

    Turns errors of the disk into `StorageFailed`. The caller holds the writer's lock.
    """
    folder = index / GENERATIONS / f"{_new_name()}{PART}"
    try:
        clear_leftovers(index)
        folder.mkdir(parents=True)
        yield folder
    except OSError as error:
        _remove(folder)
        raise storage_failed(index, error) from error
    except BaseException:
        _remove(folder)
        raise


def storage_failed(index: Path, error: OSError) -> StorageFailed:
    """The user's words for an error of the disk."""
    if error.errno == errno.ENOSPC:
        return StorageFailed(f"The disk that holds {index} is full. Free some space; {_UNTOUCHED}")
    return StorageFailed(f"Cannot write the index {index}: {error.strerror or error}; {_UNTOUCHED}")


def name_of(folder: Path) -> str:
    """The name that the generation in this folder has, or will have once it is finished."""
    return folder.name.removesuffix(PART)


def put_in_service(index: Path, folder: Path) -> Generation:
    """Finish the generation in `folder` (its manifest is written) and switch to it."""
    name = name_of(folder)
    final = folder.with_name(name)
    try:
        sync_folder(folder)
        folder.rename(final)
        sync_folder(final.parent)
        write_durably(index / CURRENT_FILE, f"{name}\n".encode("ascii"))
    except OSError as error:
        _remove(final)
        raise storage_failed(index, error) from error
    prune(index)
    return Generation(name, final, Manifest.read(final))


def prune(index: Path) -> None:
    """Remove all but the newest generations; open readers keep what they have mapped."""
    folders = (path for path in (index / GENERATIONS).iterdir() if not path.name.endswith(PART))
    names = sorted((path.name for path in folders), reverse=True)
    current = current_name(index)
    for name in [name for name in names if name != current][KEPT - 1 :]:
        _remove(index / GENERATIONS / name)


def clear_leftovers(index: Path) -> None:
    """Remove what killed builds left behind. The caller holds the writer's lock."""
    for path in (index / GENERATIONS).glob(f"*{PART}"):
        _remove(path)


def _remove(folder: Path) -> None:
    """Remove a folder with all that is in it, as far as the system lets us."""
    from shutil import rmtree  # loads every way to compress files, and searching removes none

    rmtree(folder, ignore_errors=True)


def _new_name() -> str:
    import secrets  # these two only name what is written
    from datetime import UTC, datetime

    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(2)}"
