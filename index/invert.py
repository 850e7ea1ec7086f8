"""Inverting a batch of records with arrays: what one worker of a bulk build does.

Whatever stands between spaces is analysed once in a worker's life. After that a text is an array of
numbers (see `index.chunks`), and all else is arithmetic on arrays: positions are running sums of
what each chunk takes, terms are looked up in tables, and one sort of packed
64-bit keys (term, document, position) groups them into postings. The result equals, posting by
posting, what Whoosh's writer gets from `Analyser.tokens`.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.model import CaseStudy
from index.analysis import BREAK, RAW_WORD, Analyser, Word
from index.chunks import ChunkNumbers
from index.codec import encode_stored
from index.codec.ranges import spread
from index.codec.stored import StoredParts
from index.documents import facet_values, ranked_texts, sort_key, stored_parts
from index.schema import EXACT_FIELDS, FACET_FIELDS, PACKED, RANKED_FIELDS

Array = NDArray[Any]

BATCH: Final = 8_192
"""Records inverted at a time: enough that arrays pay, few enough that a worker needs some 150 MB."""

MOST_CHUNKS: Final = 1 << 20
"""Distinct chunks that a worker remembers, with what they give some 100 MB; beyond, it starts anew."""

MOST_WORDS: Final = 1 << 16
"""Distinct words whose analysis is remembered while new chunks are analysed."""

_DOC_BITS: Final = 16
_POSITION_BITS: Final = 24
_MOST_POSITIONS: Final = 1 << _POSITION_BITS

# What stands between words, where it is more than spaces, is a token of its own: it keeps neighbours apart.
_TOKEN: Final = re.compile(rf"{RAW_WORD.pattern}|[^\w \u00a0{BREAK}]+|_+")

_NO_BREAK_SPACE: Final = "\u00a0".encode()

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


class _ChunkTerms:
    """What each chunk (see `index.chunks`) gives, by its number.

    An entry is a term: numbers of its exact form and its stem (-1: none), and how far behind the chunk's first
    position it stands. `advances`: positions that the chunk takes. `openers`, `closers`: the exact number of its last
    word if that may open a closed word with the next chunk (it stands at `opener_shifts`), and of its first if it may
    close one; else -1.
    """

    def __init__(self, analyser: Analyser, exact: Vocabulary, stems: Vocabulary) -> None:
        self._analyser = analyser
        self._exact = exact
        self._stems = stems
        self.stem_of = array("i")
        self._clear()

    def _clear(self) -> None:
        self._numbers = ChunkNumbers()
        self.starts = array("q", [0])
        self.exact, self.stems, self.shifts = array("i"), array("i"), array("i")
        self.advances, self.openers, self.closers = array("i"), array("i"), array("i")
        self.opener_shifts = array("i")

    def cut(self, texts: Sequence[bytes]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The numbers of the chunks of all texts, and how many each text has."""
        if self._numbers.count > MOST_CHUNKS:
            self._clear()
        numbers, counts, new = self._numbers.cut(texts)
        for chunk in new:
            self._add(chunk.decode("utf-8", "surrogatepass"))
        return numbers, counts

    def exact_number(self, exact: str, stem: str | None = None) -> int:
        """The number of an exact form; when it is new its stem is noted: the one given, or the analyser's."""
        number = self._exact[exact]
        if number == len(self.stem_of):
            stem = self._analyser.stem(exact) if stem is None else stem
            self.stem_of.append(self._stems[stem] if stem else -1)
        return number

    def _add(self, chunk: str) -> None:
        analyser = self._analyser
        position, opener, closer = 0, -1, -1
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
                self._entry(part, stem, position + shift)
            alone = len(word.parts) == 1 and not word.closed
            before = word if alone and analyser.is_opener(word) else None
            opener = self.exact[-1] if before else -1
            if at == 0 and alone:
                closer = self.exact[-1]
            before_position = position
            position += word.advance
        self.starts.append(len(self.exact))
        self.advances.append(position)
        self.openers.append(opener)
        self.opener_shifts.append(before_position)
        self.closers.append(closer)

    def _entry(self, exact: str, stem: str | None, shift: int) -> None:
        number = self.exact_number(exact, stem)
        self.exact.append(number)
        self.stems.append(self.stem_of[number])
        self.shifts.append(shift)


class Inverter:
    """Inverts batches one after another, remembering chunks and terms between them."""

    def __init__(self, known_stem: Callable[[str], str | None] | None = None) -> None:
        self._analyser = Analyser(known_stem, cache_size=MOST_WORDS)
        self.vocabularies: dict[str, Vocabulary] = {"exact": Vocabulary(), "stems": Vocabulary()}
        self.vocabularies.update((name, Vocabulary()) for name in FACET_FIELDS)
        self._chunks = _ChunkTerms(self._analyser, self.vocabularies["exact"], self.vocabularies["stems"])
        self._pairs: dict[tuple[int, int], int] = {}
        self._orders = {name: _Order(vocabulary) for name, vocabulary in self.vocabularies.items()}

    def stems(self, start: int) -> NDArray[np.int32]:
        """The number of the stem of each exact term from number `start` on; -1 for stop words."""
        return np.array(self._chunks.stem_of[start:], np.int32)

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
        if not any(texts):
            return {}
        numbers, counts = self._chunks.cut(list(map(_spaced, texts)))
        chunks = self._chunks
        docs, positions = _places(np.array(chunks.advances)[numbers], counts)
        closed = self._closed(numbers, docs, positions)
        starts = np.array(chunks.starts)
        lengths = starts[numbers + 1] - starts[numbers]
        at = spread(starts[numbers], lengths)
        exact = np.concatenate((np.array(chunks.exact)[at], closed[0]))
        all_docs = np.concatenate((np.repeat(docs, lengths), closed[1]))
        places = np.concatenate((np.repeat(positions, lengths) + np.array(chunks.shifts)[at], closed[2]))
        stems = np.array(chunks.stem_of)[exact]
        stemmed = stems >= 0
        order = self._orders["stems"]
        runs = {name: _text_run(stems[stemmed], all_docs[stemmed], places[stemmed], order, len(texts))}
        if name in _EXACT_OF:
            runs[_EXACT_OF[name]] = _text_run(exact, all_docs, places, self._orders["exact"], len(texts))
        return runs

    def _closed(self, numbers: Array, docs: Array, positions: Array) -> tuple[Array, Array, Array]:
        """(exact terms, documents, positions) of the closed forms of neighbouring chunks that are one word."""
        openers = np.array(self._chunks.openers)[numbers[:-1]]
        closers = np.array(self._chunks.closers)[numbers[1:]]
        at = np.flatnonzero((openers >= 0) & (closers >= 0) & (docs[1:] == docs[:-1]))
        found = []
        for left, right in zip(openers[at].tolist(), closers[at].tolist(), strict=True):
            known = self._pairs.get((left, right))
            if known is None:
                known = self._pairs[left, right] = self._close(left, right)
            found.append(known)
        exact = np.array(found, np.int32)
        at, exact = at[exact >= 0], exact[exact >= 0]
        return exact, docs[at], positions[at] + np.array(self._chunks.opener_shifts)[numbers[at]]

    def _close(self, left: int, right: int) -> int:
        names = self._orders["exact"].names()
        first, second = names[left], names[right]
        closed = self._analyser.closed_pair(Word((first,), (first,)), Word((second,), (second,)))
        return self._chunks.exact_number(closed) if closed else -1

    def _facet_run(self, name: str, values_of: Sequence[tuple[str, ...]]) -> FieldRun | None:
        vocabulary = self.vocabularies[name]
        terms = np.array([vocabulary[value] for values in values_of for value in values], np.int64)
        if not len(terms):
            return None
        docs = np.repeat(np.arange(len(values_of)), [len(values) for values in values_of])
        run = _grouped(terms, docs, np.zeros(len(terms), np.int32), self._orders[name])
        run.positions = None
        return run


class _Order:
    """The byte order of a vocabulary that grows; terms that were ordered before are not compared anew."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._names: list[str] = []
        self._ordered: list[int] = []
        self._ranks = np.empty(0, np.uint64)
        self.terms = np.empty(0, np.uint32)

    def names(self) -> list[str]:
        """The terms by number."""
        if len(self._names) < len(self._vocabulary):
            self._names.extend(islice(self._vocabulary, len(self._names), None))
        return self._names

    def ranks(self) -> NDArray[np.uint64]:
        """The place of each term, by its number, among all; `terms` then has the numbers in that order."""
        if len(self._ordered) < len(self._vocabulary):
            names = self.names()
            new = sorted(range(len(self._ordered), len(names)), key=names.__getitem__)
            # Python orders str by code point and UTF-8 keeps that order, so names sort like their bytes.
            self._ordered = sorted(self._ordered + new, key=names.__getitem__)
            self.terms = np.array(self._ordered, np.uint32)
            self._ranks = np.empty(len(names), np.uint64)
            self._ranks[self.terms] = np.arange(len(names), dtype=np.uint64)
        return self._ranks


def _spaced(text: str) -> bytes:
    """A text's bytes, with plain spaces for those that allow no line break: both only keep words apart."""
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


def _text_run(terms: Array, docs: Array, positions: Array, order: _Order, doc_count: int) -> FieldRun:
    run = _grouped(terms, docs, positions, order)
    run.lengths = narrowed(np.bincount(docs, minlength=doc_count))
    return run


def _grouped(terms: Array, docs: Array, positions: Array, order: _Order) -> FieldRun:
    """Postings out of (term, document, position) triples, terms in byte order."""
    if not len(terms):
        # Texts of function words alone still make the field known.
        none = np.empty(0, np.uint32)
        return FieldRun(none, none, none, none, none)
    keys = order.ranks()[terms]
    keys <<= np.uint64(_DOC_BITS)
    keys |= docs.astype(np.uint64)
    keys <<= np.uint64(_POSITION_BITS)
    keys |= positions.astype(np.uint64)
    keys.sort()
    owners = keys >> np.uint64(_POSITION_BITS)
    first = _changes(owners)
    postings = owners[first]
    term_of = postings >> np.uint64(_DOC_BITS)
    starts = _changes(term_of)
    return FieldRun(
        terms=order.terms[term_of[starts].astype(np.int64)],
        dfs=np.diff(np.append(starts, len(term_of))).astype(np.uint32),
        docs=(postings & np.uint64((1 << _DOC_BITS) - 1)).astype(np.uint16),
        freqs=narrowed(np.diff(np.append(first, len(keys)))),
        positions=narrowed(keys & np.uint64(_MOST_POSITIONS - 1)),
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
