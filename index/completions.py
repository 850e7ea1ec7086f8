"""What a search box can complete: labels of titles, councils, themes, funders and phrases, as sorted arrays.

Each label, and each further name of it, is a *row*: its folded text. Every
word of a row begins a *start*; the starts are sorted by the first eight bytes
that follow, so that the labels with a word that begins as typed are one range.
A start costs 16 bytes, so 100,000 titles take about 35 MB; the file is
memory-mapped, and opening it reads nothing. Its sections, for e entries, r rows and s starts:

    rows, row_starts      u1 blob, each row ended by a line feed; r + 1 offsets
    row_entry             r: the entry that the row names
    keys, places          s: eight bytes of text as a big-endian u8, ascending; offset into `rows`
    place_row             s: the row of that place
    labels, label_starts  u1 blob, e + 1 offsets into it
    values, value_starts  u1 blob, e + 1 offsets into it
    kinds, counts         e: index into `KINDS`; records that it stands for
    order                 e: place of the entry when all are sorted by kind, falling count, label, and value
    hidden                only in what an update adds: entries of the full build that are no more, ascending

An update leaves the file of the last full build as it is and writes a small one beside it: the titles of the
records that it added, the values of facets with their counts of today, and what to hide of the full build's.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from corpus.value import Value
from index.analysis import PLAIN_WORDS, fold
from index.codec.sections import SectionFile
from index.lexicon import Array, Held, Rows, packed

COMPLETIONS_FILE: Final = "completions.words"
ADDED_FILE: Final = "completions.added"
"""What updates changed of the completions; a generation that was built or merged has none."""

KINDS: Final = ("theme", "funding", "council", "phrase", "title")
"""Kinds of completions, in the order in which people see them."""

_KIND_NUMBERS: Final = {kind: number for number, kind in enumerate(KINDS)}

KEY_BYTES: Final = 8

ROW_END: Final = 10
"""Line feed: sorts before every byte of a folded text, and is in none."""

LONGEST_ROW: Final = 200
"""Characters of a label that can be completed; nobody types more."""

_WORD: Final = re.compile(r"[^\W_]+")

_SECTIONS: Final = (
    "rows", "row_starts", "row_entry", "keys", "places", "place_row",
    "labels", "label_starts", "values", "value_starts", "kinds", "counts", "order",
)  # fmt: skip
_WIDE: Final = frozenset({"keys"})


class Completion(Value):
    """Something to complete: see `search.results.Suggestion`. `also` are further names of it ("OPE")."""

    kind: str
    value: str
    label: str
    count: int = 0
    also: tuple[str, ...] = ()


def completion_key(text: str) -> str:
    """What two ways of typing the same name have in common: folded words with single spaces between."""
    folded = fold(text).replace("&", " and ")
    if folded.isascii():
        return " ".join(folded.encode().translate(PLAIN_WORDS, b"'").decode().split())
    return " ".join(_WORD.findall(folded.replace("'", "").replace("’", "")))


def rank(entry: Completion) -> tuple[int, str, str]:
    """What entries of one kind are sorted by."""
    return -entry.count, entry.label, entry.value


def completion_arrays(completions: Iterable[Completion]) -> dict[str, Array]:
    """The sections by name."""
    # Titles come by the million: of each only its two texts are kept, and its row in one growing blob.
    labels: list[str] = []
    values: list[str] = []
    kinds, counts = bytearray(), array("I")
    rows, row_starts_, row_entry = bytearray(), array("q", [0]), array("I")
    for at, entry in enumerate(completions):
        keys = [completion_key(entry.label[:LONGEST_ROW])]
        if entry.also:
            keys = list(dict.fromkeys([*keys, *(completion_key(name[:LONGEST_ROW]) for name in entry.also)]))
        for key in filter(None, keys):
            rows += key.encode("utf-8", "surrogatepass") + b"\n"
            row_starts_.append(len(rows))
            row_entry.append(at)
        labels.append(entry.label)
        values.append(entry.value)
        kinds.append(_KIND_NUMBERS[entry.kind])
        counts.append(entry.count)
    blob, row_starts = np.frombuffer(rows, np.uint8), np.array(row_starts_, np.int64)
    begins = np.ones(len(blob), dtype=bool)
    begins[1:] = (blob[:-1] == ord(" ")) | (blob[:-1] == ROW_END)
    places = np.flatnonzero(begins).astype(np.uint32)
    keys_at = _keys(blob, places)
    sorting = np.argsort(keys_at, kind="stable")
    places = places[sorting]
    order = _order(kinds, counts, labels, values)
    label_blob, label_starts = packed([label.encode("utf-8", "surrogatepass") for label in labels])
    value_blob, value_starts = packed([value.encode("utf-8", "surrogatepass") for value in values])
    return {
        "rows": blob,
        "row_starts": row_starts.astype(np.uint64),
        "row_entry": np.array(row_entry, np.uint32),
        "keys": keys_at[sorting],
        "places": places,
        "place_row": (np.searchsorted(row_starts, places, side="right") - 1).astype(np.uint32),
        "labels": label_blob,
        "label_starts": label_starts.astype(np.uint64),
        "values": value_blob,
        "value_starts": value_starts.astype(np.uint64),
        "kinds": np.frombuffer(kinds, np.uint8),
        "counts": np.array(counts, np.uint32),
        "order": order,
    }


def _order(kinds: Sequence[int], counts: Sequence[int], labels: Sequence[str], values: Sequence[str]) -> Array:
    """uint32: the place of each entry when all are sorted by kind and `rank`."""
    in_order = list(range(len(kinds)))
    # The least of four keys first: stable sorts by one key at a time make no tuples.
    for key in (values.__getitem__, labels.__getitem__, lambda at: -counts[at], kinds.__getitem__):
        in_order.sort(key=key)
    order = np.empty(len(in_order), dtype=np.uint32)
    order[in_order] = np.arange(len(in_order), dtype=np.uint32)
    return order


def _keys(blob: Array, places: Array) -> Array:
    """uint64: the eight bytes that follow each place, the first the most significant."""
    padded = np.concatenate([blob, np.zeros(KEY_BYTES, dtype=np.uint8)])
    # Numbers that begin at every byte and overlap: a view, of which only the wanted ones are copied.
    at_every_byte: npt.NDArray[np.uint64] = np.ndarray((len(blob),), ">u8", padded, strides=(1,))
    return at_every_byte[places].astype(np.uint64)


def write_completions(
    path: str | PathLike[str], completions: Iterable[Completion], hidden: Array | None = None
) -> None:
    """Write completions to the file `path`, and which of another file they hide. Raises `StorageFailed`."""
    from index.codec.section_writer import SectionFileWriter  # searching does without it

    writer = SectionFileWriter(Path(path))
    try:
        for name, array in completion_arrays(completions).items():
            writer.append(name, array, narrow=name not in _WIDE)
        if hidden is not None:
            writer.append("hidden", hidden.astype(np.uint32), narrow=True)
        writer.finish()
    finally:
        writer.abort()


class Completions:
    """The arrays of a set of completions, in memory or on disk. Safe to share between threads.

    `hidden` tells which entries are not to be offered; None if all are.
    """

    def __init__(self, sections: Mapping[str, Rows], file: SectionFile | None = None) -> None:
        self._sections = sections
        self._file = file
        self.hidden: Array | None = None

    def hide(self, entries: Array) -> None:
        """Offer all but the entries with these ordinals."""
        self.hidden = np.zeros(len(self), dtype=np.bool_)
        self.hidden[entries] = True

    def hides(self) -> Array:
        """Ordinals of entries of the full build that are no more, as an update wrote them."""
        return np.zeros(0, dtype=np.uint32) if self._file is None else self._file["hidden"].all()

    @classmethod
    def of(cls, completions: Iterable[Completion]) -> Self:
        """Completions in memory."""
        return cls({name: Held(array) for name, array in completion_arrays(completions).items()})

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Self:
        """The completions in the file `path`; raises `IndexDamaged` or `IndexIncompatible`."""
        file = SectionFile.open(Path(path))
        return cls({name: file[name] for name in _SECTIONS}, file)

    def verify(self) -> None:
        """Check every byte of the file. Raises `IndexDamaged`."""
        if self._file is not None:
            self._file.verify()

    def __len__(self) -> int:
        return len(self["kinds"])

    def __getitem__(self, name: str) -> Array:
        """A whole section."""
        return self._sections[name].all()

    def row(self, ordinal: int) -> bytes:
        """The folded text of a row."""
        lo, hi = self._sections["row_starts"].slice(ordinal, ordinal + 2).tolist()
        return self._sections["rows"].slice(lo, hi - 1).tobytes()

    def entry(self, ordinal: int) -> Completion:
        """An entry, without its further names."""
        return Completion(
            kind=KINDS[int(self._sections["kinds"].slice(ordinal, ordinal + 1)[0])],
            value=self._text("values", "value_starts", ordinal),
            label=self._text("labels", "label_starts", ordinal),
            count=int(self._sections["counts"].slice(ordinal, ordinal + 1)[0]),
        )

    def values_of(self, kind: str) -> tuple[int, list[str]]:
        """(ordinal of the first, the values of all) entries of a kind, which stand one behind the other."""
        of_kind = np.flatnonzero(self["kinds"] == KINDS.index(kind))
        if not len(of_kind):
            return 0, []
        first, last = int(of_kind[0]), int(of_kind[-1])
        starts = self._sections["value_starts"].slice(first, last + 2).tolist()
        blob = self._sections["values"].slice(starts[0], starts[-1]).tobytes()
        ends = pairwise(start - starts[0] for start in starts)
        return first, [blob[lo:hi].decode("utf-8", "surrogatepass") for lo, hi in ends]

    def starting(self, prefix: bytes) -> Array:
        """Ordinals of the starts whose text begins with `prefix` (not empty), ascending."""
        keys, head = self["keys"], prefix[:KEY_BYTES]
        lo = int(np.searchsorted(keys, np.uint64(int.from_bytes(head.ljust(KEY_BYTES, b"\0"), "big"))))
        top = np.uint64(int.from_bytes(head.ljust(KEY_BYTES, b"\xff"), "big"))
        hi = int(np.searchsorted(keys, top, side="right"))
        found = np.arange(lo, hi)
        if len(prefix) > KEY_BYTES and len(found):
            blob, places = self["rows"], self._sections["places"].slice(lo, hi).astype(np.int64)
            for shift in range(KEY_BYTES, len(prefix)):
                # A row ends with a line feed, which is in no prefix: a comparison never runs on into the next row.
                same = blob[np.minimum(places + shift, len(blob) - 1)] == prefix[shift]
                found, places = found[same], places[same]
        return found

    def _text(self, blob: str, starts: str, ordinal: int) -> str:
        lo, hi = self._sections[starts].slice(ordinal, ordinal + 2).tolist()
        return self._sections[blob].slice(lo, hi).tobytes().decode("utf-8", "surrogatepass")


def open_completions(folder: Path) -> tuple[Completions, ...]:
    """The completions of a generation's folder: those of the last full build, and what updates added."""
    base = Completions.open(folder / COMPLETIONS_FILE)
    if not (folder / ADDED_FILE).exists():
        return (base,)
    added = Completions.open(folder / ADDED_FILE)
    base.hide(added.hides())
    return base, added
