"""Writing a whole segment from arrays.

    builder = SegmentBuilder(folder, "main_0a1b", settings, {"body": FieldSpec(positions=True, scorable=True)})
    builder.add_stored(encode_stored(record, settings.packed) for record in records)
    builder.add_lengths("body", lengths)
    builder.add_terms("body", terms, dfs, docs, freqs, positions)     # many terms at once
    segment = builder.finish()

Whoosh's document-at-a-time writer and the bulk indexer both end here, so that
the same documents give the same bytes whichever way they came.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index.beside import side_by_side
from index.codec.columns import write_columns
from index.codec.field_writer import FieldFileWriter
from index.codec.files import check_field_name, documents_path, field_path
from index.codec.form_writer import FormFileWriter
from index.codec.impacts import derive, mean_lengths
from index.codec.postings import FieldPostings
from index.codec.section_writer import SectionFileWriter, sync_folder
from index.codec.settings import CodecSettings, ColumnSpec, FieldSpec
from index.codec.stored import Joined, StoredParts, StoredWriter
from index.codec.term_batches import numbered_batches
from index.codec.whoosh_segment import ColumnarSegment

Array = NDArray[Any]

_NONE: Final = np.empty(0, np.int64)


class SegmentBuilder:
    """Gathers the parts of one segment; `finish` derives facets and impacts and writes it."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        segment_name: str,
        settings: CodecSettings,
        fields: Mapping[str, FieldSpec],
    ) -> None:
        self.folder = Path(folder)
        self.name = segment_name
        self.settings = settings
        self._fields: dict[str, FieldFileWriter] = {}
        self._words_of: dict[str, FormFileWriter] = {}
        self._names: Sequence[bytes] | None = None
        self._numbers: dict[str, list[Array]] = {}
        self._columns: dict[str, tuple[ColumnSpec, list[Any]]] = {}
        self._documents = SectionFileWriter(documents_path(self.folder, segment_name), direct="stored.packed")
        self._stored = StoredWriter(self._documents)
        for name, spec in fields.items():
            self.declare(name, spec)

    @property
    def doc_count(self) -> int:
        """Documents stored so far."""
        return self._stored.count

    @property
    def derived(self) -> str | None:
        """The name of the derived field, which takes no postings from outside."""
        return self.settings.impacts.field if self.settings.impacts else None

    def declare(self, name: str, spec: FieldSpec) -> None:
        """Make a field known; again with the same spec is harmless."""
        if name == self.derived:
            raise ValueError(f"field {name!r} is derived from others and takes no postings")
        known = self._fields.get(name)
        if known is None:
            self._fields[name] = FieldFileWriter(
                field_path(self.folder, self.name, check_field_name(name)),
                name,
                spec,
                facet=name in self.settings.facets,
                ranks=name == self.settings.id_field,
                compact=name in self.settings.compact,
            )
        elif known.spec != spec:
            raise ValueError(f"field {name!r} is declared twice, differently")

    def share(self, name: str, spec: FieldSpec, stems: str, words: Sequence[bytes]) -> None:
        """Make a field known whose words are carried by the stems of another field, which is declared.

        `words` are all words that may come, in byte order. From then on `add_terms` of `stems` needs to know
        which of them stands at each position, and `add_terms` of this field takes words without a stem alone.
        """
        made = FormFileWriter(
            field_path(self.folder, self.name, check_field_name(name)),
            name,
            spec,
            stems,
            words,
            compact=name in self.settings.compact,
        )
        self._fields[name] = self._words_of[stems] = made

    def add_terms(
        self,
        field: str,
        terms: Sequence[bytes],
        dfs: Array,
        docs: Array,
        freqs: Array | None = None,
        positions: Array | None = None,
        weights: Array | None = None,
        words: Array | None = None,
        numbers: Array | None = None,
    ) -> None:
        """Add terms of a field, ascending over all calls (see `FieldFileWriter.add_terms`).

        `words`: the number of the word that stands at each position, where the field shares its lists (see `share`).
        `numbers`: the number of each term among all (see `number`).
        """
        freqs = None if freqs is None else freqs.astype(np.uint32, copy=False)
        self._fields[field].add_terms(terms, dfs, docs, freqs, positions, weights)
        if numbers is not None:
            self._numbers.setdefault(field, []).append(numbers)
        sharing = self._words_of.get(field)
        if sharing is not None and len(terms):
            if words is None or freqs is None or positions is None or len(words) != len(positions):
                raise ValueError(f"field {field!r} shares its lists and needs a word for every position")
            sharing.add_stems(dfs, freqs, words)

    def number(self, names: Sequence[bytes]) -> None:
        """Say which terms the ranked fields will have, in byte order: then they need not be compared by name.

        From then on `add_terms` is given the number of each term of these fields.
        """
        self._names = names

    def add_lengths(self, field: str, lengths: Array) -> None:
        """Add the lengths of a field in the next documents."""
        self._fields[field].add_lengths(lengths)

    def add_stored(self, documents: Iterable[StoredParts]) -> None:
        """Add the next documents, each as `encode_stored` gives it."""
        self._stored.extend(documents)

    def add_joined(self, heads: Joined, packed: Joined) -> None:
        """Add the next documents, whose parts lie side by side already."""
        self._stored.extend_joined(heads, packed)

    def add_column(self, name: str, spec: ColumnSpec, values: Iterable[Any]) -> None:
        """Add a column's values in the next documents; documents behind the last have the default."""
        known = self._columns.setdefault(name, (spec, []))
        if known[0] != spec:
            raise ValueError(f"column {name!r} is declared twice, differently")
        known[1].extend(values)

    def word_counts(self) -> Array:
        """The most documents that hold each of the words given to `share` in one of the fields that have them."""
        counts = [each.word_dfs for each in self._words_of.values()]
        return np.maximum.reduce(counts) if counts else _NONE

    def finish(self) -> ColumnarSegment:
        """Write all files durably. Raises `StorageFailed`; then nothing of the segment is left."""
        written: list[Path] = []
        try:
            return self._finish(written)
        except BaseException:
            self.abort()
            for path in written:
                path.unlink(missing_ok=True)
            raise

    def _finish(self, written: list[Path]) -> ColumnarSegment:
        doc_count = self._stored.count
        columns = {name: (spec, _fill(name, spec, values, doc_count)) for name, (spec, values) in self._columns.items()}
        entries = write_columns(self._documents, columns)
        self._documents.add_json("meta", {"kind": "documents", "documents": doc_count, "columns": entries})
        for name in self.settings.facets:
            # A facet without a single value still has its column, so that readers need not ask.
            if name not in self._fields:
                self.declare(name, FieldSpec())
        names = [name for name, each in self._fields.items() if each.terms.count or each.spec.scorable or each.facet]
        written.append(self._documents.path)
        written.extend(self._fields[name].file.path for name in names)
        # The longest field takes as long as everything else.
        by_size = sorted(names, key=lambda name: self._fields[name].postings)
        side_by_side(self._finished(by_size[-1:], doc_count), self._finished(by_size[:-1], doc_count, documents=True))
        averages: dict[str, float] = {}
        if self.settings.impacts is not None:
            averages = self._derive(names, doc_count, written)
            names.append(self.settings.impacts.field)
        self.abort()
        sync_folder(self.folder)
        return ColumnarSegment.of(self.name, self.settings, sorted(names), averages, doc_count)

    def _finished(self, names: Sequence[str], doc_count: int, documents: bool = False) -> Iterator[None]:
        """Write the files of some fields, and of the documents, one after another."""
        if documents:
            self._documents.finish()
            yield
        for name in names:
            self._fields[name].finish(doc_count)
            yield

    def _derive(self, names: Sequence[str], doc_count: int, written: list[Path]) -> dict[str, float]:
        impacts = self.settings.impacts
        assert impacts is not None
        ranked = [
            FieldPostings.open(field_path(self.folder, self.name, each.name), each.name)
            for each in impacts.fields
            if each.name in names
        ]
        out = FieldFileWriter(field_path(self.folder, self.name, impacts.field), impacts.field, FieldSpec())
        written.append(out.file.path)
        out.file.create("impacts", np.uint16)
        try:
            batches = None
            if self._names is not None:
                numbers = [np.concatenate([_NONE, *self._numbers.get(each.name, ())]) for each in ranked]
                batches = numbered_batches(ranked, numbers, self._names)
            derive(impacts, ranked, doc_count, out, batches)
            out.finish(doc_count)
        except BaseException:
            out.abort()
            raise
        return mean_lengths(impacts, ranked)

    def abort(self) -> None:
        """Drop everything that was gathered and not yet written."""
        for each in self._fields.values():
            each.abort()
        self._documents.abort()


def _fill(name: str, spec: ColumnSpec, values: list[Any], doc_count: int) -> list[Any]:
    if len(values) > doc_count:
        raise ValueError(f"column {name!r} has {len(values)} values for {doc_count} documents")
    return values + [spec.default] * (doc_count - len(values))
