"""Inverting a batch of records with arrays: what one worker of a bulk build does.

Whatever stands between spaces is analysed once in a worker's life. After that a text is an array of
numbers (see `index.chunks`), and all else is arithmetic on arrays: positions are running sums of
what each chunk takes, terms are looked up in tables by their places in byte order, and one sort of packed
64-bit keys (term, place in the batch) groups them into postings. A word stands where its stem stands, so both
share one list, with the word's number at each position. The result equals, posting by
posting, what Whoosh's writer gets from `Analyser.tokens`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.model import FIELDS
from index.analysis import BREAK, Analyser, Word
from index.chunk_terms import ChunkTerms, Vocabulary
from index.codec.stored import StoredParts
from index.documents import encoded_record, facet_columns, ranked_columns, sort_key
from index.schema import EXACT_FIELDS, FACET_FIELDS
from index.tokens import Groups, Placed, Tokens, grouped, placed

Array = NDArray[Any]

BATCH: Final = 8_192
"""Records inverted at a time: enough that arrays pay, few enough that a worker needs some 150 MB."""

MOST_WORDS: Final = 1 << 16
"""Distinct words whose analysis is remembered while new chunks are analysed."""

_NO_BREAK_SPACE: Final = "\u00a0".encode()

_EXACT_OF: Final = {name.removesuffix("_exact"): name for name in EXACT_FIELDS}


@dataclass(slots=True)
class FieldRun:
    """The postings of one field over one batch.

    `terms`: vocabulary numbers (see `Vocabulary`) in byte order of the terms; `dfs` documents each;
    `docs` (counted within the batch), `freqs` and `positions` one posting after another.
    `lengths`: terms of the field in each document. Keyword fields have no positions and no lengths.
    `words`: in a field whose exact twin shares its postings, the number of the exact form at each position; the run of
    the twin then has the words that have no stem, and the lengths of all.
    """

    terms: Array
    dfs: Array
    docs: Array
    freqs: Array
    positions: Array | None = None
    words: Array | None = None
    lengths: Array | None = None


@dataclass(slots=True)
class BatchRun:
    """Everything of one batch: postings by field, stored parts, and the values of the columns."""

    fields: dict[str, FieldRun]
    stored: list[StoredParts]
    ids: list[bytes]
    hashes: list[bytes]
    title_keys: list[bytes]


class Inverter:
    """Inverts batches one after another, remembering chunks and terms between them."""

    def __init__(self, known_stem: Callable[[str], str | None] | None = None) -> None:
        self._analyser = Analyser(known_stem, cache_size=MOST_WORDS)
        self.vocabularies: dict[str, Vocabulary] = {"exact": Vocabulary(), "stems": Vocabulary()}
        self.vocabularies.update((name, Vocabulary()) for name in FACET_FIELDS)
        self._chunks = ChunkTerms(self._analyser, self.vocabularies["exact"], self.vocabularies["stems"])
        self._pairs: dict[tuple[int, int], int] = {}

    def stems(self, start: int) -> NDArray[np.int32]:
        """The number of the stem of each exact term from number `start` on; -1 for stop words."""
        return self._chunks.stem_of.array()[start:].copy()

    def invert(self, values: Sequence[Sequence[Any]]) -> BatchRun:
        """The postings and values of at most `BATCH` records, given by the values of each of their `FIELDS`."""
        columns = dict(zip(FIELDS, values, strict=True))
        texts, facets = ranked_columns(columns), facet_columns(columns)
        encoded = list(map(encoded_record, zip(*values, strict=True)))
        fields = self._text_runs({name: self._tokens(each) for name, each in texts.items() if any(each)}, len(encoded))
        for name, values_of_each in facets.items():
            if run := self._facet_run(name, values_of_each):
                fields[name] = run
        return BatchRun(
            fields=fields,
            stored=[stored for stored, _ in encoded],
            ids=list(map(str.encode, columns["id"])),
            hashes=[content_hash for _, content_hash in encoded],
            title_keys=list(map(sort_key, columns["title"])),
        )

    def _text_runs(self, tokens_of: Mapping[str, Tokens], doc_count: int) -> dict[str, FieldRun]:
        """The postings of the ranked fields, and of their exact twins, from the words of each."""
        stem_of = self._chunks.stem_of.array()
        stems, places = _order(self.vocabularies["stems"])
        # Words without a stem, which are stop words, carry themselves, behind all stems.
        exact = self.vocabularies["exact"].names()
        own = np.array(sorted(np.flatnonzero(stem_of < 0).tolist(), key=exact.__getitem__), np.int32)
        carried_by = np.append(places, np.int32(-1))[stem_of]
        carrier_of = carried_by.copy()
        carrier_of[own] = np.arange(len(stems), len(stems) + len(own), dtype=np.int32)
        fields: dict[str, FieldRun] = {}
        for name, tokens in tokens_of.items():
            if name not in _EXACT_OF:
                fields[name] = _run(grouped(tokens, carried_by, len(stems)), stems, doc_count)
                continue
            carried, alone = grouped(tokens, carrier_of, len(stems) + len(own)).cut(len(stems))
            alone = alone._replace(terms=alone.terms - np.uint32(len(stems)))
            fields[name] = _run(carried, stems, doc_count)
            fields[name].words = narrowed(carried.words)
            fields[_EXACT_OF[name]] = twin = _run(alone, own, doc_count)
            twin.lengths = narrowed(np.bincount(tokens.docs, minlength=doc_count))
        return fields

    def _tokens(self, texts: Sequence[str]) -> Tokens:
        """Every word of the texts, in the order of documents and positions."""
        chunks = self._chunks
        numbers, counts = chunks.cut(list(map(_spaced, texts)))
        return self._with_closed(numbers, placed(chunks.arrays(), numbers, counts))

    def _with_closed(self, numbers: Array, found: Placed) -> Tokens:
        """The tokens and, each behind its first part, the closed forms of neighbouring chunks that are one word."""
        chunks, (tokens, docs, positions, lengths) = self._chunks, found
        openers = chunks.openers.array()[numbers[:-1]]
        closers = chunks.closers.array()[numbers[1:]]
        at = np.flatnonzero((openers >= 0) & (closers >= 0) & (docs[1:] == docs[:-1]))
        if not len(at):
            return tokens
        closed = []
        for left, right in zip(openers[at].tolist(), closers[at].tolist(), strict=True):
            known = self._pairs.get((left, right))
            if known is None:
                known = self._pairs[left, right] = self._close(left, right)
            closed.append(known)
        exact = np.array(closed, np.int32)
        at, exact = at[exact >= 0], exact[exact >= 0]
        place = np.cumsum(lengths)[at]
        shifts = chunks.opener_shifts.array()[numbers[at]]
        return Tokens(
            np.insert(tokens.exact, place, exact),
            np.insert(tokens.docs, place, docs[at]),
            np.insert(tokens.positions, place, positions[at] + shifts),
        )

    def _close(self, left: int, right: int) -> int:
        names = self.vocabularies["exact"].names()
        first, second = names[left], names[right]
        closed = self._analyser.closed_pair(Word((first,), (first,)), Word((second,), (second,)))
        return self._chunks.exact_number(closed) if closed else -1

    def _facet_run(self, name: str, values_of: Sequence[tuple[str, ...]]) -> FieldRun | None:
        vocabulary = self.vocabularies[name]
        terms = np.array([vocabulary[value] for values in values_of for value in values], np.int32)
        if not len(terms):
            return None
        docs = np.repeat(np.arange(len(values_of), dtype=np.int32), [len(values) for values in values_of])
        tokens = Tokens(terms, docs, np.zeros(len(terms), np.int32))
        ordered, places = _order(vocabulary)
        run = _run(grouped(tokens, places, len(ordered)), ordered, len(values_of))
        run.positions = run.lengths = None
        return run


def _spaced(text: str) -> bytes:
    """A text's bytes, cut more finely where that changes nothing.

    Spaces that allow no line break only keep words apart, as others do. A break between the parts of a text stands
    by itself: else each pair of neighbouring keywords would be a chunk that was never met before.
    """
    if BREAK in text:
        text = text.replace(BREAK, f" {BREAK} ")
    data = text.encode("utf-8", "surrogatepass")
    return data if text.isascii() else data.replace(_NO_BREAK_SPACE, b" ")


def _order(vocabulary: Vocabulary) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The numbers of all terms in byte order of the terms, and the place of each number in that order."""
    ordered = vocabulary.in_order()
    places = np.empty_like(ordered)
    places[ordered] = np.arange(len(ordered), dtype=np.int32)
    return ordered, places


def _run(groups: Groups, numbers: NDArray[np.int32], doc_count: int) -> FieldRun:
    """A run of postings whose terms are places in an order: `numbers` are the terms in that order."""
    lengths = np.bincount(groups.docs, weights=groups.freqs, minlength=doc_count).astype(np.int64)
    return FieldRun(
        terms=numbers[groups.terms].astype(np.uint32),
        dfs=groups.dfs,
        docs=groups.docs.astype(np.uint16),
        freqs=narrowed(groups.freqs),
        positions=narrowed(groups.positions),
        lengths=narrowed(lengths),
    )


def narrowed(values: Array) -> Array:
    """The same non-negative numbers in the smallest unsigned type that holds them."""
    largest = int(values.max()) if len(values) else 0
    return values.astype(np.min_scalar_type(largest))
