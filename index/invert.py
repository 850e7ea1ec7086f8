"""Inverting a batch of records with arrays: what one worker of a bulk build does.

Whatever stands between spaces is analysed once in a worker's life. After that a text is an array of
numbers (see `index.chunks`), and all else is arithmetic on arrays: positions are running sums of
what each chunk takes, terms are looked up in tables, and one sort of packed
64-bit keys (term, place in the batch) groups them into postings. A word stands where its stem stands, so both
share one list, with the word's number at each position. The result equals, posting by
posting, what Whoosh's writer gets from `Analyser.tokens`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.model import CaseStudy, hash_of
from index.analysis import BREAK, Analyser, Word
from index.chunk_terms import ChunkTerms, Vocabulary
from index.codec.ranges import spread
from index.codec.stored import StoredParts
from index.documents import encoded_parts, facet_values, ranked_texts, sort_key
from index.schema import EXACT_FIELDS, FACET_FIELDS, RANKED_FIELDS

Array = NDArray[Any]

BATCH: Final = 8_192
"""Records inverted at a time: enough that arrays pay, few enough that a worker needs some 150 MB."""

MOST_WORDS: Final = 1 << 16
"""Distinct words whose analysis is remembered while new chunks are analysed."""

_MOST_POSITIONS: Final = 1 << 24

_NO_BREAK_SPACE: Final = "\u00a0".encode()

_EXACT_OF: Final = {name.removesuffix("_exact"): name for name in EXACT_FIELDS}


@dataclass(slots=True)
class FieldRun:
    """The postings of one field over one batch.

    `terms`: vocabulary numbers (see `Vocabulary`), ascending; `dfs` documents each;
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
        self._exact_names: list[str] = []

    def stems(self, start: int) -> NDArray[np.int32]:
        """The number of the stem of each exact term from number `start` on; -1 for stop words."""
        return self._chunks.stem_of.array()[start:].copy()

    def invert(self, records: Sequence[CaseStudy]) -> BatchRun:
        """The postings and values of at most `BATCH` records."""
        texts: dict[str, list[str]] = {name: [] for name in RANKED_FIELDS}
        facets: dict[str, list[tuple[str, ...]]] = {name: [] for name in FACET_FIELDS}
        stored, hashes = [], []
        for record in records:
            for name, text in ranked_texts(record).items():
                texts[name].append(text)
            for name, values in facet_values(record).items():
                facets[name].append(values)
            encoded = record.json_fields()
            stored.append(encoded_parts(encoded))
            hashes.append(hash_of(encoded))
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
            hashes=hashes,
            title_keys=[sort_key(record.title) for record in records],
        )

    def _text_runs(self, name: str, texts: Sequence[str]) -> dict[str, FieldRun]:
        if not any(texts):
            return {}
        tokens = self._tokens(texts)
        stems = self._chunks.stem_of.array()[tokens.exact]
        if name not in _EXACT_OF:
            stemmed = np.flatnonzero(stems >= 0)
            return {name: _text_run(stems[stemmed], tokens.at(stemmed), len(texts))}
        # Words without a stem stand behind all stems: one sort serves both fields.
        stem_count = len(self.vocabularies["stems"])
        carriers = np.where(stems < 0, tokens.exact + np.int64(stem_count), stems)
        order, first_own = _order(carriers, stem_count)
        run, own = (
            _grouped(carriers[some], tokens.at(some), keep_words)
            for some, keep_words in ((order[:first_own], True), (order[first_own:], False))
        )
        own.terms = own.terms - stem_count
        run.lengths = narrowed(np.bincount(tokens.docs[order[:first_own]], minlength=len(texts)))
        own.lengths = narrowed(np.bincount(tokens.docs, minlength=len(texts)))
        return {name: run, _EXACT_OF[name]: own}

    def _tokens(self, texts: Sequence[str]) -> _Tokens:
        """Every word of the texts, in the order of documents and positions."""
        chunks = self._chunks
        numbers, counts = chunks.cut(list(map(_spaced, texts)))
        docs, positions = _places(chunks.advances.array()[numbers], counts)
        starts = chunks.starts.array()
        lengths = starts[numbers + 1] - starts[numbers]
        at = spread(starts[numbers], lengths)
        tokens = _Tokens(
            chunks.exact.array()[at], docs.repeat(lengths), positions.repeat(lengths) + chunks.shifts.array()[at]
        )
        return self._with_closed(tokens, numbers, docs, positions, lengths)

    def _with_closed(self, tokens: _Tokens, numbers: Array, docs: Array, positions: Array, lengths: Array) -> _Tokens:
        """The tokens and, each behind its first part, the closed forms of neighbouring chunks that are one word."""
        chunks = self._chunks
        openers = chunks.openers.array()[numbers[:-1]]
        closers = chunks.closers.array()[numbers[1:]]
        at = np.flatnonzero((openers >= 0) & (closers >= 0) & (docs[1:] == docs[:-1]))
        if not len(at):
            return tokens
        found = []
        for left, right in zip(openers[at].tolist(), closers[at].tolist(), strict=True):
            known = self._pairs.get((left, right))
            if known is None:
                known = self._pairs[left, right] = self._close(left, right)
            found.append(known)
        exact = np.array(found, np.int32)
        at, exact = at[exact >= 0], exact[exact >= 0]
        place = np.cumsum(lengths)[at]
        shifts = chunks.opener_shifts.array()[numbers[at]]
        return _Tokens(
            np.insert(tokens.exact, place, exact),
            np.insert(tokens.docs, place, docs[at]),
            np.insert(tokens.positions, place, positions[at] + shifts),
        )

    def _close(self, left: int, right: int) -> int:
        first, second = self._names(left), self._names(right)
        closed = self._analyser.closed_pair(Word((first,), (first,)), Word((second,), (second,)))
        return self._chunks.exact_number(closed) if closed else -1

    def _names(self, number: int) -> str:
        """The exact form with this number."""
        exact = self.vocabularies["exact"]
        if len(self._exact_names) < len(exact):
            self._exact_names.extend(islice(exact, len(self._exact_names), None))
        return self._exact_names[number]

    def _facet_run(self, name: str, values_of: Sequence[tuple[str, ...]]) -> FieldRun | None:
        vocabulary = self.vocabularies[name]
        terms = np.array([vocabulary[value] for values in values_of for value in values], np.int64)
        if not len(terms):
            return None
        docs = np.repeat(np.arange(len(values_of), dtype=np.int32), [len(values) for values in values_of])
        order, _ = _order(terms)
        run = _grouped(terms[order], _Tokens(terms, docs, np.zeros(len(terms), np.int32)).at(order))
        run.positions = None
        return run


class _Tokens(NamedTuple):
    """Words of a batch: numbers of their exact forms, documents, positions."""

    exact: Array
    docs: Array
    positions: Array

    def at(self, places: Array) -> _Tokens:
        """Some of them."""
        return _Tokens(self.exact[places], self.docs[places], self.positions[places])


def _spaced(text: str) -> bytes:
    """A text's bytes, cut more finely where that changes nothing.

    Spaces that allow no line break only keep words apart, as others do. A break between the parts of a text stands
    by itself: else each pair of neighbouring keywords would be a chunk that was never met before.
    """
    if BREAK in text:
        text = text.replace(BREAK, f" {BREAK} ")
    data = text.encode("utf-8", "surrogatepass")
    return data if text.isascii() else data.replace(_NO_BREAK_SPACE, b" ")


def _places(advances: Array, counts: Array) -> tuple[Array, Array]:
    """The document and the first position of each chunk, from the positions that each takes."""
    docs = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    ends = np.cumsum(advances, dtype=np.int64)
    starts = ends - advances
    first = np.cumsum(counts) - counts
    filled = counts > 0
    positions = starts - np.repeat(starts[first[filled]], counts[filled])
    if len(positions) and int(positions.max()) >= _MOST_POSITIONS - BATCH:
        # A text of 16 million words is no case study; its tail is indexed at the last position.
        positions = np.minimum(positions, _MOST_POSITIONS - BATCH)
    return docs, positions.astype(np.int32)


def _text_run(terms: Array, tokens: _Tokens, doc_count: int) -> FieldRun:
    order, _ = _order(terms)
    run = _grouped(terms[order], tokens.at(order))
    run.lengths = narrowed(np.bincount(tokens.docs, minlength=doc_count))
    return run


def _order(terms: Array, bound: int = 0) -> tuple[NDArray[np.int64], int]:
    """The places of tokens by their terms' numbers, those of one term in order; where those from `bound` on start."""
    keys = terms.astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    first = int(np.searchsorted(keys, np.uint64(bound) << np.uint64(32)))
    keys &= np.uint64(0xFFFF_FFFF)
    return keys.astype(np.int64), first


def _grouped(terms: Array, tokens: _Tokens, keep_words: bool = False) -> FieldRun:
    """Postings out of tokens sorted by their terms' numbers, documents and positions."""
    if not len(terms):
        # Texts of function words alone still make the field known.
        none = np.empty(0, np.uint32)
        return FieldRun(none, none, none, none, none, none if keep_words else None)
    starts = _changes(terms)
    is_first = np.empty(len(terms), np.bool_)
    is_first[:1] = True
    np.not_equal(tokens.docs[1:], tokens.docs[:-1], out=is_first[1:])
    is_first[starts] = True
    first = np.flatnonzero(is_first)
    return FieldRun(
        terms=terms[starts].astype(np.uint32),
        dfs=np.diff(np.append(np.searchsorted(first, starts), len(first))).astype(np.uint32),
        docs=tokens.docs[first].astype(np.uint16),
        freqs=narrowed(np.diff(np.append(first, len(terms)))),
        positions=narrowed(tokens.positions),
        words=narrowed(tokens.exact) if keep_words else None,
    )


def _changes(values: Array) -> NDArray[np.int64]:
    """The places of the values that differ from the one before, the first included."""
    differs = np.empty(len(values), np.bool_)
    differs[:1] = True
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return np.flatnonzero(differs)


def narrowed(values: Array) -> Array:
    """The same non-negative numbers in the smallest unsigned type that holds them."""
    largest = int(values.max()) if len(values) else 0
    return values.astype(np.min_scalar_type(largest))
