"""Frequencies as bits: one for each position, set where a posting begins.

Nine words in ten stand once in a document, so a bit a position is a seventh of
what a byte a posting takes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.codec.section_writer import SectionFileWriter
from index.compiled import kernel

SECTION = "firsts"


class FirstBits:
    """Appends frequencies to the section "firsts", eight positions a byte, the first in the lowest bit."""

    def __init__(self, file: SectionFileWriter) -> None:
        self._file = file
        self._rest = np.empty(0, np.bool_)
        file.create(SECTION, np.uint8)

    def append(self, freqs: NDArray[Any]) -> None:
        """Add the frequencies (each at least 1) of the next postings."""
        if not len(freqs):
            return
        held = len(self._rest)
        if kernel is None:
            ends = np.cumsum(freqs, dtype=np.int64)
            bits = np.zeros(held + int(ends[-1]), np.bool_)
            bits[:held] = self._rest
            bits[held + ends - freqs] = True
            packed, count = np.packbits(bits, bitorder="little"), len(bits)
        else:
            count = held + int(freqs.sum(dtype=np.int64))
            packed = np.zeros(-(-count // 8), np.uint8)
            packed[:1] = np.packbits(self._rest, bitorder="little") if held else 0
            kernel.first_bits(freqs, held, packed)
        whole = count // 8
        self._file.append(SECTION, packed[:whole])
        self._rest = np.unpackbits(packed[whole:], count=count - 8 * whole, bitorder="little").astype(np.bool_)

    def finish(self) -> None:
        """Write what does not fill a byte."""
        self._file.append(SECTION, np.packbits(self._rest, bitorder="little"))
