"""Numbering the words of many texts with arrays, as they are written.

A *chunk* is what stands between spaces and line ends ("council," or "(co-production"). The same chunks come
again and again, so each distinct one is cut into words and analysed once; all that is left
to do for a text is to find its chunks' numbers. That is done for thousands of chunks at a time: their bytes are
read as two 64-bit numbers, which are looked up in a hash table of arrays. Compared with a regular
expression and a dictionary this costs a tenth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from random import SystemRandom
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.compiled import kernel

Array = NDArray[Any]

SHORT: Final = 15
"""Bytes of the chunks that are looked up with arrays; longer ones, about one in fifty, are looked up one by one."""

AT_ONCE: Final = 1 << 15
"""Chunks that are looked up together: their arrays stay in the processor's cache."""

BYTES_AT_ONCE: Final = 1 << 18
"""Bytes of text that the compiled loop cuts at a time."""

SPACE: Final = 32
LINE_END: Final = 10

_FIRST_SLOTS: Final = 1 << 16
_MASKS: Final = np.array([(1 << 8 * size) - 1 for size in range(8)] + [(1 << 64) - 1], np.uint64)
_ONE: Final = np.uint64(1)
_LAST_BIT: Final = np.uint64(63)
_LENGTH_BITS: Final = np.uint64(56)


class Cut(NamedTuple):
    """The chunks of some texts: the number of each, how many each text has, and the chunks not met before.

    A line end is a chunk of its own. `new` are the chunks that got the next numbers, in order.
    """

    numbers: NDArray[np.int32]
    counts: NDArray[np.int64]
    new: list[bytes]


class ChunkNumbers:
    """Distinct chunks numbered from 0 in the order in which they were met."""

    def __init__(self) -> None:
        # Multipliers that nobody can know beforehand: no text can be made to fill one corner of the table.
        chance = SystemRandom()
        self._factors = [np.uint64(chance.getrandbits(64) | 1) for _ in range(2)]
        self._long: dict[bytes, int] = {}
        self.count = 0
        self._room = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int32)
        self._make(_FIRST_SLOTS)

    def _make(self, slots: int) -> None:
        self._slots = slots
        self._shift = np.uint64(64 - (slots.bit_length() - 1))
        # The bytes of the chunk in each slot; `high` also holds its length, so that 0 is a free slot. They lie side by
        # side, 32 bytes a slot, so that looking one up waits for memory once.
        self._table = np.zeros((slots, 4), np.uint64)
        self._low, self._high = self._table[:, 0], self._table[:, 1]
        self._number = self._table[:, 2].view(np.int64)

    def cut(self, texts: Sequence[bytes]) -> Cut:
        """The numbers of the chunks of UTF-8 texts."""
        if kernel is None:
            return self._cut_by_arrays(texts)
        parts = [self._cut_by_loop(some) for some in _by_size(texts)]
        numbers, counts, new = (list(each) for each in zip(*parts, strict=True)) if parts else ([], [], [])
        nothing = np.empty(0, np.int32), np.empty(0, np.int64)
        return Cut(np.concatenate([nothing[0], *numbers]), np.concatenate([nothing[1], *counts]), list(chain(*new)))

    def _cut_by_loop(self, texts: Sequence[bytes]) -> Cut:
        """The same, compiled: what is not in the table, and what is long, is left to numpy."""
        data = b" ".join(texts) + b" "
        data += bytes(24 + -len(data) % 8)
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        counts = np.empty(len(texts), np.int64)
        if len(self._room[0]) < len(data):
            # A chunk has a byte at least. What is never written to takes no memory, and what was is used again.
            self._room = np.empty(len(data), np.int32), np.empty(len(data), np.int64), np.empty(len(data), np.int32)
        numbers, starts, lengths = self._room
        hashing = (*map(int, self._factors), int(self._shift))
        data_array = np.frombuffer(data, np.uint8)
        made = kernel.cut(data_array, ends, self._table.reshape(-1), hashing, numbers, starts, lengths, counts)
        new: list[bytes] = []
        unknown = np.flatnonzero(numbers[:made] < 0)
        if len(unknown):
            at = starts[unknown]
            numbers[unknown] = self._numbers(data, data_array.view("<u8"), at, at + lengths[unknown], new)
        return Cut(numbers[:made].copy(), counts, new)

    def _cut_by_arrays(self, texts: Sequence[bytes]) -> Cut:
        data = b" ".join(texts) + b" "
        starts, ends = _bounds(np.frombuffer(data, np.uint8))
        data += bytes(24 + -len(data) % 8)  # so that three numbers can be read wherever a chunk starts
        sizes = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
        firsts = np.searchsorted(starts, np.cumsum(sizes) - sizes)
        counts = np.diff(np.append(firsts, len(starts)))
        new: list[bytes] = []
        numbers = np.empty(len(starts), np.int32)
        words = np.frombuffer(data, "<u8")
        for lo in range(0, len(starts), AT_ONCE):
            some = slice(lo, lo + AT_ONCE)
            numbers[some] = self._numbers(data, words, starts[some], ends[some], new)
        return Cut(numbers, counts, new)

    def _numbers(self, data: bytes, words: Array, starts: Array, ends: Array, new: list[bytes]) -> NDArray[np.int32]:
        lengths = ends - starts
        low, high = _keys(words, starts, lengths)
        if int(lengths.max()) <= SHORT:
            numbers, met = self._look_up(low, high)
            new.extend([data[a:b] for a, b in zip(starts[met].tolist(), ends[met].tolist(), strict=True)])
            return numbers
        numbers = np.empty(len(starts), np.int32)
        short = np.flatnonzero(lengths <= SHORT)
        numbers[short], met = self._look_up(low[short], high[short])
        met = short[met]
        new.extend([data[a:b] for a, b in zip(starts[met].tolist(), ends[met].tolist(), strict=True)])
        long = np.flatnonzero(lengths > SHORT)
        for at, a, b in zip(long.tolist(), starts[long].tolist(), ends[long].tolist(), strict=True):
            chunk = data[a:b]
            number = self._long.get(chunk)
            if number is None:
                number = self._long[chunk] = self.count
                self.count += 1
                new.append(chunk)
            numbers[at] = number
        return numbers

    def _home(self, low: Array, high: Array) -> Array:
        return (((low * self._factors[0]) ^ high) * self._factors[1] >> self._shift).astype(np.int64)

    def _look_up(self, low: Array, high: Array) -> tuple[NDArray[np.int32], Array]:
        """The number of each key, and the places of those that were not known and are now."""
        slots = self._home(low, high)
        numbers = self._number[slots].astype(np.int32)
        open_ = np.flatnonzero((self._low[slots] != low) | (self._high[slots] != high))
        met = [np.empty(0, np.int64)]
        slots = slots[open_]
        while len(open_):
            free = np.flatnonzero(self._high[slots] == 0)
            if len(free):
                if 2 * (len(self) + len(free)) > self._slots:
                    self._grow()
                    slots = self._home(low[open_], high[open_])
                    continue
                met.append(self._take(slots[free], open_[free], low, high))
            found = (self._low[slots] == low[open_]) & (self._high[slots] == high[open_])
            numbers[open_[found]] = self._number[slots[found]]
            open_ = open_[~found]
            slots = (slots[~found] + 1) & (self._slots - 1)
        return numbers, np.concatenate(met)

    def _take(self, slots: Array, places: Array, low: Array, high: Array) -> Array:
        """Put keys into free slots, of those that want the same one the last; the places of those that got one."""
        self._number[slots] = places
        placed = self._number[slots] == places
        slots, places = slots[placed], places[placed]
        self._low[slots] = low[places]
        self._high[slots] = high[places]
        self._number[slots] = np.arange(self.count, self.count + len(slots))
        self.count += len(slots)
        return places

    def __len__(self) -> int:
        """Chunks in the table."""
        return self.count - len(self._long)

    def _grow(self) -> None:
        held = np.flatnonzero(self._high)
        low, high, number = self._low[held], self._high[held], self._number[held]
        self._make(2 * self._slots)
        slots = self._home(low, high)
        rest = np.arange(len(held))
        while len(rest):
            here = slots[rest]
            free = self._high[here] == 0
            tried = rest[free]
            self._number[here[free]] = tried
            placed = tried[self._number[here[free]] == tried]
            self._low[slots[placed]] = low[placed]
            self._high[slots[placed]] = high[placed]
            settled = np.zeros(len(held), np.bool_)
            settled[placed] = True
            self._number[slots[placed]] = number[placed]
            rest = rest[~settled[rest]]
            slots[rest] = (slots[rest] + 1) & (self._slots - 1)


def _by_size(texts: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Some texts at a time: chunks that were new among the first are known when the next are looked at."""
    first = size = 0
    for at, text in enumerate(texts):
        size += len(text)
        if size > BYTES_AT_ONCE:
            yield texts[first : at + 1]
            first, size = at + 1, 0
    if first < len(texts):
        yield texts[first:]


def _bounds(data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each chunk starts and ends (exclusive), in order."""
    line_end = data == LINE_END
    apart = (data == SPACE) | line_end
    before = np.empty_like(apart)
    before[:1] = True
    before[1:] = apart[:-1]
    after = np.empty_like(apart)
    after[-1:] = True
    after[:-1] = apart[1:]
    starts = np.flatnonzero((before & ~apart) | line_end)
    return starts, np.flatnonzero((after & ~apart) | line_end) + 1


def _keys(words: Array, starts: Array, lengths: Array) -> tuple[Array, Array]:
    """The bytes of each chunk as two numbers, the second with the length in its last byte; good up to `SHORT` bytes."""
    at = starts >> 3
    shift = ((starts & 7) << 3).astype(np.uint64)
    back = _LAST_BIT - shift
    middle = words[at + 1]
    # Twice, because a shift by 64 bits would be none.
    low = (words[at] >> shift) | (middle << _ONE << back)
    high = (middle >> shift) | (words[at + 2] << _ONE << back)
    low &= _MASKS[np.minimum(lengths, 8)]
    high &= _MASKS[np.clip(lengths - 8, 0, 7)]
    high |= np.minimum(lengths, SHORT).astype(np.uint64) << _LENGTH_BITS
    return low, high
