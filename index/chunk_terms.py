"""What each chunk of text gives: the words in it, analysed once, as numbers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.analysis import BREAK, MAX_WORD, RAW_WORD, Analyser, Word
from index.chunks import ChunkNumbers
from index.growing import GrowingColumn
from index.tokens import Chunks

MOST_CHUNKS: Final = 1 << 20
"""Distinct chunks that a worker remembers, with what they give some 100 MB; beyond, it starts anew."""

# What stands between words, where it is more than spaces, is a token of its own: it keeps neighbours apart.
_TOKEN: Final = re.compile(rf"{RAW_WORD.pattern}|[^\w \u00a0{BREAK}]+|_+")

# One word of plain letters between marks that keep words apart.
_PLAIN: Final = re.compile(rf"([^\w{BREAK}]*)([a-zA-Z]+)([^\w{BREAK}]*)")


class Vocabulary(dict[str, int]):
    """Terms numbered in the order in which they were met."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []
        self._ordered: list[str] = []
        self._order = np.empty(0, np.int32)

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number

    def numbers_of(self, terms: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of distinct terms."""
        new = [term for term in terms if term not in self]
        self.update(zip(new, range(len(self), len(self) + len(new)), strict=True))
        return np.fromiter(map(self.__getitem__, terms), np.int32, len(terms))

    def names(self) -> list[str]:
        """The terms by number; the same list, longer, when it is asked for again."""
        if len(self._names) < len(self):
            self._names.extend(islice(self, len(self._names), None))
        return self._names

    def in_order(self) -> NDArray[np.int32]:
        """The numbers of all terms, in byte order of the terms.

        What was in order before stays so, and only new terms are compared. Python orders str by code point
        and UTF-8 keeps that order, so names sort like their bytes.
        """
        names = self.names()
        new = sorted(range(len(self._ordered), len(names)), key=names.__getitem__)
        if new:
            ordered, terms = self._ordered, [names[number] for number in new]
            self._order = np.insert(self._order, [bisect_left(ordered, term) for term in terms] if ordered else 0, new)
            ordered.extend(terms)
            ordered.sort()
        return self._order

    def from_number(self, start: int) -> list[str]:
        """The terms with numbers `start` and up, in order."""
        return self.names()[start:]


class ChunkTerms:
    """What each chunk (see `index.chunks`) gives, by its number.

    An entry is a word: the number of its exact form, and how far behind the chunk's first position it stands.
    `starts`: where the entries of each chunk start. `advances`: positions that the chunk takes. `openers`, `closers`:
    the number of its last word if that may open a closed word with the next chunk (it stands at `opener_shifts`), and
    of its first if it may close one; else -1. `stem_of`: the stem of each exact form, -1 for none.
    """

    def __init__(self, analyser: Analyser, exact: Vocabulary, stems: Vocabulary) -> None:
        self._analyser = analyser
        self._exact = exact
        self._stems = stems
        self.stem_of = GrowingColumn()
        self._clear()

    def _clear(self) -> None:
        self._numbers = ChunkNumbers()
        self.starts, self.exact, self.shifts, self.advances = (GrowingColumn() for _ in range(4))
        self.openers, self.closers, self.opener_shifts = (GrowingColumn() for _ in range(3))
        self.starts.new.append(0)
        self._entries = 0

    def cut(self, texts: Sequence[bytes]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The numbers of the chunks of all texts, and how many each text has."""
        if self._numbers.count > MOST_CHUNKS:
            self._clear()
        numbers, counts, new = self._numbers.cut(texts)
        self._add_all(new)
        return numbers, counts

    def arrays(self) -> Chunks:
        """What the chunks give, as arrays."""
        return Chunks(self.starts.array(), self.exact.array(), self.shifts.array(), self.advances.array())

    def exact_number(self, exact: str, stem: str | None = None) -> int:
        """The number of an exact form; when it is new its stem is noted: the one given, or the analyser's."""
        number = self._exact.get(exact)
        if number is None:
            number = self._exact[exact] = len(self._exact)
            stem = self._analyser.stem(exact) if stem is None else stem
            self.stem_of.new.append(self._stems[stem] if stem else -1)
        return number

    def _add_all(self, chunks: Sequence[bytes]) -> None:
        """Add new chunks: bare words many at a time, as a first batch has 100,000 of them."""
        for bare, some in groupby(chunks, bytes.isalpha):  # of bytes: nothing but plain letters
            if bare:
                self._add_bare([chunk[:MAX_WORD].lower().decode() for chunk in some])
            else:
                for chunk in some:
                    self._add(chunk.decode("utf-8", "surrogatepass"))

    def _add_bare(self, words: Sequence[str]) -> None:
        """Add chunks that are one lower-case word of plain letters each."""
        count, numbers = len(words), list(map(self.exact_number, words))
        self.exact.new += numbers
        self.shifts.new += [0] * count
        self.starts.new += range(self._entries + 1, self._entries + count + 1)
        self.advances.new += [1] * count
        opens = map(self._analyser.opens, words)
        self.openers.new += [number if first else -1 for number, first in zip(numbers, opens, strict=True)]
        self.closers.new += numbers
        self.opener_shifts.new += [0] * count
        self._entries += count

    def _add(self, chunk: str) -> None:
        plain = _PLAIN.fullmatch(chunk)
        if plain is not None:
            self._add_plain(*plain.groups())
            return
        analyser = self._analyser
        position, opener, closer = 0, -1, -1
        last = -1
        before: Word | None = None
        before_position = 0
        for at, raw in enumerate(_TOKEN.findall(chunk)):
            if not raw[0].isalnum() and raw != BREAK:
                before, opener = None, -1
                continue
            word = analyser.word(raw)
            if before is not None and word.parts and (closed := analyser.closed_pair(before, word)):
                self._entry(closed, None, before_position)
            if word.closed:
                self._entry(word.closed, word.closed_stem, position)
            for shift, (part, stem) in enumerate(zip(word.parts, word.stems, strict=True)):
                last = self._entry(part, stem, position + shift)
            alone = len(word.parts) == 1 and not word.closed
            before = word if alone and analyser.is_opener(word) else None
            opener = last if before else -1
            if at == 0 and alone:
                closer = last
            before_position = position
            position += word.advance
        self._end(position, opener, closer, before_position)

    def _add_plain(self, left: str, letters: str, right: str) -> None:
        """Add a chunk that is one word of plain letters between marks: nearly all new chunks are."""
        exact = letters.lower()[:MAX_WORD]
        number = self._entry(exact, None, 0)
        # What stands between two words keeps them apart.
        self._end(1, number if not right and self._analyser.opens(exact) else -1, -1 if left else number, 0)

    def _entry(self, exact: str, stem: str | None, shift: int) -> int:
        number = self.exact_number(exact, stem)
        self._entries += 1
        self.exact.new.append(number)
        self.shifts.new.append(shift)
        return number

    def _end(self, advance: int, opener: int, closer: int, opener_shift: int) -> None:
        self.starts.new.append(self._entries)
        self.advances.new.append(advance)
        self.openers.new.append(opener)
        self.closers.new.append(closer)
        self.opener_shifts.new.append(opener_shift)
