"""The words of a batch of texts as arrays, and the postings that they make.

Each step has two forms: one compiled loop (`index/_kernel.c`), and the same with numpy.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.codec.ranges import spread
from index.compiled import kernel

Array = NDArray[Any]
Ints = NDArray[np.int32]

LAST_POSITION: Final = (1 << 24) - (1 << 13)
"""A text of 16 million words is no case study: what is beyond stands at this position."""


class Chunks(NamedTuple):
    """What chunks give, by their numbers: int32 arrays (see `index.chunk_terms`)."""

    starts: Ints
    exact: Ints
    shifts: Ints
    advances: Ints


class Tokens(NamedTuple):
    """Words in the order of documents and positions: numbers of their exact forms, documents, positions (int32)."""

    exact: Ints
    docs: Ints
    positions: Ints


class Placed(NamedTuple):
    """The tokens of some texts, and where each chunk stands: its document, its first position, its number of tokens."""

    tokens: Tokens
    docs: Ints
    positions: Ints
    lengths: Ints


def placed(chunks: Chunks, numbers: Ints, counts: NDArray[np.int64]) -> Placed:
    """The words of texts of `counts` chunks each, which have these `numbers`."""
    lengths = chunks.starts[numbers + 1] - chunks.starts[numbers]
    if kernel is None:
        docs, positions = _places(chunks.advances[numbers], counts)
        at = spread(chunks.starts[numbers], lengths)
        tokens = Tokens(chunks.exact[at], docs.repeat(lengths), positions.repeat(lengths) + chunks.shifts[at])
        return Placed(tokens, docs, positions, lengths)
    total = int(lengths.sum())
    tokens = Tokens(*(np.empty(total, np.int32) for _ in range(3)))
    docs, positions = np.empty(len(numbers), np.int32), np.empty(len(numbers), np.int32)
    kernel.tokens(numbers, counts, *chunks, LAST_POSITION, *tokens, docs, positions)
    return Placed(tokens, docs, positions, lengths)


def _places(advances: Array, counts: Array) -> tuple[Array, Array]:
    """The document and the first position of each chunk, from the positions that each takes."""
    docs = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    starts = np.cumsum(advances, dtype=np.int64) - advances
    first = np.cumsum(counts) - counts
    filled = counts > 0
    positions = starts - np.repeat(starts[first[filled]], counts[filled])
    return docs, np.minimum(positions, LAST_POSITION).astype(np.int32)


class Groups(NamedTuple):
    """Postings: ascending `terms` with `dfs` documents each; `docs` with `freqs`; `positions`, and the word at each."""

    terms: Array
    dfs: Array
    docs: Array
    freqs: Array
    positions: Array
    words: Array

    def cut(self, bound: int) -> tuple[Groups, Groups]:
        """Those of the terms below a bound, and the others."""
        term = int(np.searchsorted(self.terms, bound))
        posting = int(self.dfs[:term].sum(dtype=np.int64))
        position = int(self.freqs[:posting].sum(dtype=np.int64))
        places = (term, term, posting, posting, position, position)
        pairs = list(zip(self, places, strict=True))
        return Groups(*(each[:at] for each, at in pairs)), Groups(*(each[at:] for each, at in pairs))


def grouped(tokens: Tokens, carrier_of: Ints, count: int) -> Groups:
    """The postings of terms 0 to `count` (exclusive): `carrier_of[exact]` is a token's term, -1 if it has none."""
    if kernel is None:
        return _grouped(tokens, carrier_of)
    total = len(tokens.exact)
    made = Groups(
        terms=np.empty(min(count, total), np.uint32),
        dfs=np.empty(min(count, total), np.uint32),
        docs=np.empty(total, np.int32),
        freqs=np.empty(total, np.uint32),
        positions=np.empty(total, np.uint32),
        words=np.empty(total, np.uint32),
    )
    terms, postings, positions = kernel.group(*tokens, carrier_of, count, *made)
    ends = (terms, terms, postings, postings, positions, positions)
    return Groups(*(each[:end] for each, end in zip(made, ends, strict=True)))


def _grouped(tokens: Tokens, carrier_of: Ints) -> Groups:
    carriers = carrier_of[tokens.exact]
    carried = np.flatnonzero(carriers >= 0)
    # One sort of numbers of 64 bits, the place of the token in the lower half, keeps the order within a term.
    keys = carriers[carried].astype(np.uint64) << np.uint64(32)
    keys |= carried.astype(np.uint64)
    keys.sort()
    order = (keys & np.uint64(0xFFFF_FFFF)).astype(np.int64)
    carriers, docs = carriers[order], tokens.docs[order]
    begins = _differs(carriers)
    firsts = np.flatnonzero(begins | _differs(docs))
    starts = np.flatnonzero(begins)
    return Groups(
        terms=carriers[starts].astype(np.uint32),
        dfs=np.diff(np.append(np.searchsorted(firsts, starts), len(firsts))).astype(np.uint32),
        docs=docs[firsts],
        freqs=np.diff(np.append(firsts, len(docs))).astype(np.uint32),
        positions=tokens.positions[order].astype(np.uint32),
        words=tokens.exact[order].astype(np.uint32),
    )


def _differs(values: Array) -> NDArray[np.bool_]:
    """Which values differ from the one before, the first included."""
    differs = np.empty(len(values), np.bool_)
    differs[:1] = True
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs
