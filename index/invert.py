"""Inverting a batch of records with arrays: what one worker of a bulk build does.

A raw word is analysed once in a worker's life. After that a text is a list of
numbers, and all else is arithmetic on arrays: positions are running sums of
what each word takes, terms are looked up in tables, and one sort of packed
64-bit keys (term, document, position) groups them into postings. The result equals, posting by
posting, what Whoosh's writer gets from `Analyser.tokens`.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.model import CaseStudy
from index.analysis import BREAK, RAW_WORD, Analyser, Word
from index.codec import encode_stored
from index.codec.stored import StoredParts
from index.documents import facet_values, ranked_texts, sort_key, stored_parts
from index.schema import EXACT_FIELDS, FACET_FIELDS, PACKED, RANKED_FIELDS

Array = NDArray[Any]

BATCH: Final = 8_192
"""Records inverted at a time: enough that arrays pay, few enough that a worker needs some 150 MB."""

_DOC_BITS: Final = 16
_POSITION_BITS: Final = 24
_MOST_POSITIONS: Final = 1 << _POSITION_BITS

# What stands between words, where it is more than spaces, is a token of its own: it keeps neighbours apart.
_TOKEN: Final = re.compile(rf"{RAW_WORD.pattern}|[^\w \u00a0{BREAK}]+|_+")

_EXACT_OF: Final = {name.removesuffix("_exact"): name for name in EXACT_FIELDS}


@dataclass(slots=True)
class FieldRun:
    """The postings of one field over one batch.

    `terms`: vocabulary numbers (see `Vocabulary`) in byte order of the terms; `dfs` documents each;
    `docs` (counted within the batch), `freqs` and `positions` one posting after another.
    `lengths`: terms of the field in each document. Keyword fields have no positions and no lengths.
    """

    terms: Array
    dfs: Array
    docs: Array
    freqs: Array
    positions: Array | None = None
    lengths: Array | None = None


@dataclass(slots=True)
class BatchRun:
    """Everything of one batch: postings by field, stored parts, and the values of the columns."""

    fields: dict[str, FieldRun]
    stored: list[StoredParts]
    ids: list[bytes]
    hashes: list[bytes]
    title_keys: list[bytes]


class Vocabulary(dict[str, int]):
    """Terms numbered in the order in which they were met."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number

    def from_number(self, start: int) -> list[bytes]:
        """The terms with numbers `start` and up, in order."""
        if start == len(self):
            return []
        terms = list(self)
        return [term.encode() for term in terms[start:]]


@dataclass(slots=True)
class _TermTable:
    """For each raw word, by its number: which terms it gives, and how far behind its first position."""

    vocabulary: Vocabulary
    starts: array[int] = field(default_factory=lambda: array("q", [0]))
    terms: array[int] = field(default_factory=lambda: array("q"))
    shifts: array[int] = field(default_factory=lambda: array("q"))

    def add(self, found: Sequence[tuple[str, int]]) -> None:
        for term, shift in found:
            if term:
                self.terms.append(self.vocabulary[term])
                self.shifts.append(shift)
        self.starts.append(len(self.terms))


class _RawWords(dict[str, int]):
    """Raw words numbered, with what the analyser makes of them. Number 0 is whatever separates words."""

    def __init__(self, analyser: Analyser, exact: Vocabulary, stems: Vocabulary) -> None:
        super().__init__()
        self._analyser = analyser
        self.words: list[Word] = []
        self.advances = array("q")
        self.openers = array("b")
        self.exact = _TermTable(exact)
        self.stems = _TermTable(stems)
        self._add(Word((), (), advance=0))

    def __missing__(self, raw: str) -> int:
        if not raw[0].isalnum() and raw != BREAK:
            self[raw] = 0
            return 0
        number = self[raw] = len(self.words)
        self._add(self._analyser.word(raw))
        return number

    def _add(self, word: Word) -> None:
        self.words.append(word)
        self.advances.append(word.advance)
        self.openers.append(bool(word.parts) and self._analyser.is_opener(word))
        closed = [(word.closed, 0)] if word.closed else []
        self.exact.add([*closed, *((part, at) for at, part in enumerate(word.parts))])
        closed_stem = [(word.closed_stem, 0)] if word.closed else []
        self.stems.add([*closed_stem, *((stem, at) for at, stem in enumerate(word.stems))])


class Inverter:
    """Inverts batches one after another, remembering words and terms between them."""

    def __init__(self, known_stem: Callable[[str], str | None] | None = None) -> None:
        self._analyser = Analyser(known_stem)
        self.vocabularies: dict[str, Vocabulary] = {"exact": Vocabulary(), "stems": Vocabulary()}
        self.vocabularies.update((name, Vocabulary()) for name in FACET_FIELDS)
        self._raws = _RawWords(self._analyser, self.vocabularies["exact"], self.vocabularies["stems"])
        self._pairs: dict[tuple[int, int], tuple[int, int]] = {}

    def stem(self, exact: str) -> str:
        """The stem of an exact term; "" for a stop word."""
        return self._analyser.stem(exact)

    def invert(self, records: Sequence[CaseStudy]) -> BatchRun:
        """The postings and values of at most `BATCH` records."""
        texts: dict[str, list[str]] = {name: [] for name in RANKED_FIELDS}
        facets: dict[str, list[tuple[str, ...]]] = {name: [] for name in FACET_FIELDS}
        stored = []
        for record in records:
            for name, text in ranked_texts(record).items():
                texts[name].append(text)
            for name, values in facet_values(record).items():
                facets[name].append(values)
            head, body = stored_parts(record)
            stored.append(encode_stored({"record": head, "record_body": body}, PACKED))
        fields: dict[str, FieldRun] = {}
        for name, each in texts.items():
            fields.update(self._text_runs(name, each))
        for name, values_of in facets.items():
            if run := self._facet_run(name, values_of):
                fields[name] = run
        return BatchRun(
            fields=fields,
            stored=stored,
            ids=[record.id.encode() for record in records],
            hashes=[record.content_hash() for record in records],
            title_keys=[sort_key(record.title) for record in records],
        )

    def _text_runs(self, name: str, texts: Sequence[str]) -> dict[str, FieldRun]:
        number_of = self._raws.__getitem__
        numbers: list[int] = []
        counts = []
        for text in texts:
            before = len(numbers)
            if text:
                numbers.extend(map(number_of, _TOKEN.findall(text)))
            counts.append(len(numbers) - before)
        if not any(texts):
            return {}
        tokens = _Tokens(np.array(numbers, np.int64), np.array(counts, np.int64), np.array(self._raws.advances))
        pairs = self._closed_pairs(tokens)
        runs = {name: self._run(tokens, self._raws.stems, pairs[:, [1, 2, 3]], len(texts))}
        if name in _EXACT_OF:
            runs[_EXACT_OF[name]] = self._run(tokens, self._raws.exact, pairs[:, [0, 2, 3]], len(texts))
        return runs

    def _closed_pairs(self, tokens: _Tokens) -> Array:
        """Rows (exact term, stem, document, position) of neighbours that are one word."""
        numbers = tokens.numbers
        opens = np.array(self._raws.openers, np.bool_)[numbers[:-1]]
        at = np.flatnonzero(opens & (tokens.docs[1:] == tokens.docs[:-1]))
        rows = []
        for place, left, right in zip(at.tolist(), numbers[at].tolist(), numbers[at + 1].tolist(), strict=True):
            known = self._pairs.get((left, right))
            if known is None:
                known = self._pairs[left, right] = self._close(left, right)
            if known[0] >= 0:
                rows.append((*known, int(tokens.docs[place]), int(tokens.positions[place])))
        return np.array(rows, np.int64).reshape(-1, 4)

    def _close(self, left: int, right: int) -> tuple[int, int]:
        closed = self._analyser.closed_pair(self._raws.words[left], self._raws.words[right])
        if not closed:
            return -1, -1
        stem = self._analyser.stem(closed)
        return self.vocabularies["exact"][closed], self.vocabularies["stems"][stem] if stem else -1

    def _run(self, tokens: _Tokens, table: _TermTable, pairs: Array, doc_count: int) -> FieldRun:
        terms, docs, positions = tokens.terms(table)
        pairs = pairs[pairs[:, 0] >= 0]
        if len(pairs):
            terms = np.concatenate([terms, pairs[:, 0]])
            docs = np.concatenate([docs, pairs[:, 1]])
            positions = np.concatenate([positions, pairs[:, 2]])
        run = _grouped(terms, docs, positions, table.vocabulary)
        run.lengths = narrowed(np.bincount(docs, minlength=doc_count))
        return run

    def _facet_run(self, name: str, values_of: Sequence[tuple[str, ...]]) -> FieldRun | None:
        vocabulary = self.vocabularies[name]
        terms = np.array([vocabulary[value] for values in values_of for value in values], np.int64)
        if not len(terms):
            return None
        docs = np.repeat(np.arange(len(values_of)), [len(values) for values in values_of])
        run = _grouped(terms, docs, np.zeros(len(terms), np.int64), vocabulary)
        run.positions = None
        return run


class _Tokens:
    """The tokens of a field's texts: number of the raw word, document, first position."""

    def __init__(self, numbers: Array, counts: Array, advances: Array) -> None:
        self.numbers = numbers
        self.docs = np.repeat(np.arange(len(counts)), counts)
        taken = advances[numbers]
        ends = np.cumsum(taken)
        starts = ends - taken
        first = np.cumsum(counts) - counts
        filled = counts > 0
        self.positions = starts - np.repeat(starts[first[filled]], counts[filled])
        if len(self.positions) and int(self.positions.max()) >= _MOST_POSITIONS - BATCH:
            # A text of 16 million words is no case study; its tail is indexed at the last position.
            self.positions = np.minimum(self.positions, _MOST_POSITIONS - BATCH)

    def terms(self, table: _TermTable) -> tuple[Array, Array, Array]:
        """(term, document, position) of every term that the tokens give."""
        starts = np.array(table.starts)
        first = starts[self.numbers]
        counts = starts[self.numbers + 1] - first
        owner = np.repeat(np.arange(len(self.numbers)), counts)
        ends = np.cumsum(counts)
        at = np.arange(len(owner)) + np.repeat(first - ends + counts, counts)
        shifts = np.array(table.shifts)[at]
        return np.array(table.terms)[at], self.docs[owner], self.positions[owner] + shifts


def _grouped(terms: Array, docs: Array, positions: Array, vocabulary: Vocabulary) -> FieldRun:
    """Postings out of (term, document, position) triples, terms in byte order."""
    if not len(terms):
        # Texts of function words alone still make the field known.
        none = np.empty(0, np.uint32)
        return FieldRun(none, none, none, none, none)
    present = np.flatnonzero(np.bincount(terms))
    names = list(vocabulary)
    # Python orders str by code point and UTF-8 keeps that order, so names sort like their bytes.
    order = np.array(sorted(present.tolist(), key=names.__getitem__), np.int64)
    rank = np.zeros(int(present[-1]) + 1, np.uint64)
    rank[order] = np.arange(len(order), dtype=np.uint64)
    keys = rank[terms] << np.uint64(_DOC_BITS + _POSITION_BITS)
    keys |= docs.astype(np.uint64) << np.uint64(_POSITION_BITS)
    keys |= positions.astype(np.uint64)
    keys.sort()
    owners = keys >> np.uint64(_POSITION_BITS)
    first = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
    postings = owners[first]
    term_of = (postings >> np.uint64(_DOC_BITS)).astype(np.int64)
    return FieldRun(
        terms=order.astype(np.uint32),
        dfs=np.bincount(term_of, minlength=len(order)).astype(np.uint32),
        docs=(postings & np.uint64((1 << _DOC_BITS) - 1)).astype(np.uint16),
        freqs=narrowed(np.diff(np.append(first, len(keys)))),
        positions=narrowed(keys & np.uint64(_MOST_POSITIONS - 1)),
    )


def narrowed(values: Array) -> Array:
    """The same non-negative numbers in the smallest unsigned type that holds them."""
    largest = int(values.max()) if len(values) else 0
    return values.astype(np.min_scalar_type(largest))
