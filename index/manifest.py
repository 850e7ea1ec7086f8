"""The manifest of a generation: what it holds, how it was made, and the checksums of its files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from corpus.digests import blake2b
from corpus.errors import IndexDamaged, IndexIncompatible
from corpus.value import Value, made, named_values
from index import words

MANIFEST_FILE: Final = "manifest.json"
FORMAT: Final = "casefinder-index"
REBUILD: Final = "Run `casefinder index build`."

MOST_THREADS: Final = 4
"""Files that are hashed at once: more would wait for the disk."""

_CHUNK = 1 << 20


class FileNote(Value):
    """Size in bytes and BLAKE2b digest (16 bytes, hex) of one file."""

    bytes: int
    digest: str


class Manifest(Value):
    """Everything about a generation that is not in its segments.

    `corpus` is the order-free fingerprint of all records (see
    `corpus_fingerprint`). `averages` are the mean lengths, in terms, of the
    ranked fields when the generation was built in full; updates keep them, so
    that adding one record does not shift the scores of all others.
    `impacts` are the constants behind the joint field, `learning` the version of what is learned,
    `listed` the names of the segments that the whole word lists hold (see `index.word_lists`),
    `model` what made the sentence vectors, if there are any (`folder`, `sha256` of its weights, `dims`).
    """

    generation: str
    created: str
    schema_version: int
    analyser: str
    stemmer: str
    whoosh: str
    documents: int
    corpus: str
    averages: Mapping[str, float]
    impacts: Mapping[str, Any]
    learning: int = 0
    listed: Sequence[str] = ()
    model: Mapping[str, Any] | None = None
    files: Mapping[str, FileNote] = made(dict)
    format: str = FORMAT

    def write(self, folder: Path) -> None:
        """Write `manifest.json`, safely on disk when this returns."""
        plain = named_values(self)
        plain["files"] = {name: named_values(note) for name, note in self.files.items()}
        text = json.dumps(plain, indent=1, sort_keys=True)
        write_durably(folder / MANIFEST_FILE, text.encode())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of a generation's folder; raises `IndexDamaged` or `IndexIncompatible`."""
        path = folder / MANIFEST_FILE
        try:
            plain = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise IndexDamaged(f"{path} cannot be read ({error}). {REBUILD}") from error
        if not isinstance(plain, dict) or plain.get("format") != FORMAT:
            raise IndexDamaged(f"{path} is no manifest of a Casefinder index. {REBUILD}")
        # The version is looked at first: a manifest of another version may have other fields.
        check_versions(path, plain)
        try:
            plain["files"] = {name: FileNote(**note) for name, note in plain["files"].items()}
            plain["listed"] = tuple(plain.get("listed", ()))
            return cls(**plain)
        except (TypeError, KeyError, AttributeError) as error:
            raise IndexDamaged(f"{path} lacks a part ({error}). {REBUILD}") from error


def check_versions(path: Path, plain: Mapping[str, Any]) -> None:
    """Raise `IndexIncompatible` unless this program can read what `plain` describes."""
    from index.schema import SCHEMA_VERSION

    found = plain.get("schema_version")
    if found != SCHEMA_VERSION:
        raise IndexIncompatible(
            f"{path} describes an index of schema version {found}, "
            f"this program reads version {SCHEMA_VERSION}. {REBUILD}"
        )
    if plain.get("analyser") != words.fingerprint():
        raise IndexIncompatible(
            f"{path} describes an index whose words were analysed differently "
            f"(by {plain.get('stemmer')}; now {words.stemmer_name()}, or other word lists). {REBUILD}"
        )


def file_notes(folder: Path, known: Mapping[str, FileNote] | None = None) -> dict[str, FileNote]:
    """Size and digest of every file of a generation but the manifest; `known` files are not read again."""
    known = known or {}
    paths = noted_files(folder)
    fresh = notes_of([path for path in paths if path.name not in known])
    return {path.name: known.get(path.name) or fresh[path.name] for path in paths}


def noted_files(folder: Path) -> list[Path]:
    """The files of a generation that its manifest tells of."""
    return [path for path in sorted(folder.iterdir()) if path.is_file() and _is_noted(path.name)]


def notes_of(paths: Iterable[Path]) -> dict[str, FileNote]:
    """Size and digest of some files, by name."""
    from concurrent.futures import ThreadPoolExecutor  # only who writes needs it

    from index.beside import cores

    # Hashing lets other threads work; the longest files first, so that all end together.
    by_size = sorted(paths, key=lambda path: -path.stat().st_size)
    with ThreadPoolExecutor(min(cores(), MOST_THREADS)) as pool:
        return dict(zip((path.name for path in by_size), pool.map(_note, by_size), strict=True))


def _is_noted(name: str) -> bool:
    return name != MANIFEST_FILE and not name.endswith("WRITELOCK")


def _note(path: Path) -> FileNote:
    return FileNote(path.stat().st_size, digest(path))


def digest(path: Path) -> str:
    """BLAKE2b of a file's content, 16 bytes as hex, read in pieces."""
    running = blake2b(digest_size=16)
    for piece in _pieces(path):
        running.update(piece)
    return running.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file in one step: other processes see the old content or the new, never a part."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
