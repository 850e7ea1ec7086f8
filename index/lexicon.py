"""The word list of a generation: every exact word, how many records hold it, and its stem.

Words are the unstemmed forms as the analyser makes them (case and accents
folded), in UTF-8, sorted by bytes. Three things need them: spelling correction
(words that exist, with their frequency), snippets (every form of a stem, so
that nothing is stemmed while a page waits), and query analysis (the stem of a
known word without importing nltk, which costs a second).

The file is a `SectionFile` with these sections, n words and m distinct stems:

    words, word_starts    u1 blob, n + 1 offsets into it
    df                    n: number of records that hold the word
    stems, stem_starts    u1 blob of the distinct stems, sorted; m + 1 offsets
    stem_of               n: ordinal of the word's stem
    by_stem, group_starts n word ordinals grouped by stem; m + 1 offsets into them
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any, Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from index.codec.sections import SectionFile

Array = npt.NDArray[Any]
Entry = tuple[bytes, int, bytes]
"""(word, number of records that hold it, its stem)."""

_CACHED_WORDS: Final = 65_536
"""Look-ups remembered; queries repeat words, and an entry costs about 100 bytes."""

SECTIONS: Final = ("words", "word_starts", "df", "stems", "stem_starts", "stem_of", "by_stem", "group_starts")

_WIDE: Final = frozenset({"words", "stems"})
"""Sections that keep their type; the others are stored in the smallest unsigned type that holds them."""


class Rows(Protocol):
    """A one-dimensional array, on disk or in memory."""

    def slice(self, lo: int, hi: int) -> Array:
        """Elements lo to hi, without a copy."""
        ...

    def all(self) -> Array:
        """The whole array, without a copy."""
        ...


class Held:
    """Rows that are already in memory."""

    def __init__(self, array: Array) -> None:
        self._array = array

    def slice(self, lo: int, hi: int) -> Array:
        return self._array[lo:hi]

    def all(self) -> Array:
        return self._array


def _mask_bits() -> Array:
    """uint32[256]: the bit that a byte sets in a letter mask."""
    bits = np.zeros(256, dtype=np.uint32)
    for letter in range(26):
        bits[ord("a") + letter] = 1 << letter
    bits[ord("0") : ord("9") + 1] = 1 << 26
    for mark in b"'-.,&":
        bits[mark] = 1 << 27
    # Bytes of letters outside ASCII share four bits: enough to tell scripts apart.
    bits[128:] = np.uint32(1) << (28 + (np.arange(128, dtype=np.uint32) & 3))
    return bits


_BITS: Final = _mask_bits()


def letter_mask(word: bytes) -> int:
    """Which letters a word has: bits 0–25 a–z, 26 digits, 27 marks, 28–31 other bytes.

    One edit of a word changes at most one bit in each direction, which lets
    the spelling corrector pass over nearly all words with one vector operation.
    """
    if not word:
        return 0
    return int(np.bitwise_or.reduce(_BITS[np.frombuffer(word, dtype=np.uint8)]))


def packed(items: list[bytes]) -> tuple[Array, Array]:
    """Byte strings as (blob uint8, offsets int64 of one more)."""
    starts = np.zeros(len(items) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, items), np.int64, len(items)), out=starts[1:])
    return np.frombuffer(b"".join(items), dtype=np.uint8), starts


def lexicon_arrays(entries: Iterable[Entry]) -> dict[str, Array]:
    """The sections of a lexicon by name; entries may come in any order, empty words are dropped.

    A word that comes twice keeps its greatest frequency.
    """
    # Sorting puts the greatest frequency of a word last, and a dict keeps the last.
    known = {word: (df, stem) for word, df, stem in sorted(entries) if word}
    return sorted_lexicon_arrays(list(known), [df for df, _ in known.values()], [stem for _, stem in known.values()])


def sorted_lexicon_arrays(words_: list[bytes], dfs: list[int], stems_: list[bytes]) -> dict[str, Array]:
    """The sections of a lexicon of distinct words in byte order, with their frequencies and stems."""
    words, word_starts = packed(words_)
    stem_list = sorted(set(stems_))
    stems, stem_starts = packed(stem_list)
    ordinal = {stem: at for at, stem in enumerate(stem_list)}
    stem_of = np.fromiter(map(ordinal.__getitem__, stems_), np.uint32, len(stems_))
    groups = np.zeros(len(stem_list) + 1, dtype=np.int64)
    np.cumsum(np.bincount(stem_of, minlength=len(stem_list)), out=groups[1:])
    return {
        "words": words,
        "word_starts": word_starts.astype(np.uint64),
        "df": np.array(dfs, dtype=np.uint32),
        "stems": stems,
        "stem_starts": stem_starts.astype(np.uint64),
        "stem_of": stem_of,
        "by_stem": np.argsort(stem_of, kind="stable").astype(np.uint32),
        "group_starts": groups.astype(np.uint64),
    }


def write_arrays(path: str | PathLike[str], arrays: Mapping[str, Array]) -> None:
    """Write the sections of a lexicon to the file `path`. Raises `StorageFailed`."""
    from index.codec.section_writer import SectionFileWriter  # searching does without it

    writer = SectionFileWriter(Path(path))
    try:
        for name, array in arrays.items():
            writer.append(name, array, narrow=name not in _WIDE)
        writer.finish()
    finally:
        writer.abort()


def _split(blob: Rows, starts: Rows) -> list[bytes]:
    """All byte strings of a blob."""
    data = blob.all().tobytes()
    return [data[lo:hi] for lo, hi in pairwise(starts.all().tolist())]


def _texts(blob: Rows, starts: Rows) -> list[str]:
    """All byte strings of a blob, decoded."""
    data = blob.all().tobytes()
    if data.isascii():
        text = data.decode("ascii")
        return [text[lo:hi] for lo, hi in pairwise(starts.all().tolist())]
    return [item.decode() for item in _split(blob, starts)]


class Lexicon:
    """Words by ordinal (their place in byte order). Safe to share between threads."""

    def __init__(
        self, sections: Mapping[str, Rows], size: int, stem_count: int, file: SectionFile | None = None
    ) -> None:
        self._size = size
        self._stem_count = stem_count
        self._file = file
        self._words, self._word_starts = sections["words"], sections["word_starts"]
        self._df = sections["df"]
        self._stems, self._stem_starts = sections["stems"], sections["stem_starts"]
        self._stem_of, self._by_stem = sections["stem_of"], sections["by_stem"]
        self._group_starts = sections["group_starts"]
        self._found: dict[bytes, int] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """A lexicon in memory."""
        arrays = lexicon_arrays(entries)
        return cls(
            {name: Held(array) for name, array in arrays.items()}, len(arrays["df"]), len(arrays["stem_starts"]) - 1
        )

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Self:
        """The lexicon in the file `path`, opened without reading it.

        Raises `IndexDamaged` or `IndexIncompatible`, then or at the first touch of a damaged part.
        """
        return cls.from_file(SectionFile.open(Path(path)))

    @classmethod
    def from_file(cls, file: SectionFile) -> Self:
        """The lexicon whose sections an open file holds."""
        sections = {name: file[name] for name in SECTIONS}
        return cls(sections, len(sections["df"]), len(sections["stem_starts"]) - 1, file)

    def verify(self) -> None:
        """Check every byte of the file. Raises `IndexDamaged`."""
        if self._file is not None:
            self._file.verify()

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        return (self.word(at) for at in range(len(self)))

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.find(word) >= 0

    def find(self, word: str | bytes) -> int:
        """The ordinal of a word, or -1."""
        key = word.encode("utf-8", "surrogatepass") if isinstance(word, str) else word
        known = self._found.get(key)
        if known is None:
            at = self._first_from(self._words, self._word_starts, self._size, key)
            known = at if at < self._size and self._word_bytes(at) == key else -1
            if len(self._found) >= _CACHED_WORDS:
                self._found.clear()
            self._found[key] = known
        return known

    def word(self, ordinal: int) -> str:
        """The word with this ordinal."""
        return self._word_bytes(ordinal).decode()

    def df(self, ordinal: int) -> int:
        """How many records hold the word."""
        return int(self._df.slice(ordinal, ordinal + 1)[0])

    def stem(self, word: str) -> str | None:
        """The stem of a word that the corpus holds, or None."""
        at = self.find(word)
        if at < 0:
            return None
        return self._stem_bytes(int(self._stem_of.slice(at, at + 1)[0])).decode()

    def forms(self, stem: str) -> list[str]:
        """Every word with this stem, sorted; empty for a stem that no word has."""
        key = stem.encode("utf-8", "surrogatepass")
        at = self._first_from(self._stems, self._stem_starts, self._stem_count, key)
        if at >= self._stem_count or self._stem_bytes(at) != key:
            return []
        lo, hi = self._group_starts.slice(at, at + 2).tolist()
        return [self.word(ordinal) for ordinal in self._by_stem.slice(lo, hi).tolist()]

    def words(self) -> list[bytes]:
        """Every word, by ordinal: one pass over all of them, for those who need most."""
        return _split(self._words, self._word_starts)

    def stems(self) -> dict[str, str]:
        """The stem of every word: one pass over all of them, for those who need most."""
        words, stems = _texts(self._words, self._word_starts), _texts(self._stems, self._stem_starts)
        return dict(zip(words, map(stems.__getitem__, self._stem_of.all().tolist()), strict=True))

    def dfs(self) -> Array:
        """uint[n]: how many records hold each word."""
        return self._df.all()

    def masks(self) -> Array:
        """uint32[n]: the letter mask of each word."""
        return self._all_masks

    @cached_property
    def _all_masks(self) -> Array:
        # Worked out when a word is first corrected: 20 ms for a million words.
        words, starts = self.blob(), self.starts()
        if len(starts) < 2:
            return np.zeros(0, dtype=np.uint32)
        masks: Array = np.bitwise_or.reduceat(_BITS[words], starts[:-1].astype(np.int64))
        return masks

    def starts(self) -> Array:
        """uint[n + 1]: where each word begins in `blob()`."""
        return self._word_starts.all()

    def blob(self) -> Array:
        """uint8[...]: the bytes of all words, one after another."""
        return self._words.all()

    def _word_bytes(self, ordinal: int) -> bytes:
        lo, hi = self._word_starts.slice(ordinal, ordinal + 2).tolist()
        return self._words.slice(lo, hi).tobytes()

    def _stem_bytes(self, ordinal: int) -> bytes:
        lo, hi = self._stem_starts.slice(ordinal, ordinal + 2).tolist()
        return self._stems.slice(lo, hi).tobytes()

    @staticmethod
    def _first_from(blob: Rows, starts: Rows, size: int, key: bytes) -> int:
        """The first of `size` sorted byte strings that is not before `key`."""
        lo, hi = 0, size
        while lo < hi:
            middle = (lo + hi) // 2
            start, end = starts.slice(middle, middle + 2).tolist()
            if blob.slice(start, end).tobytes() < key:
                lo = middle + 1
            else:
                hi = middle
        return lo
