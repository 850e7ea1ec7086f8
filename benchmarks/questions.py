"""The questions of a benchmark: 300 of each kind, drawn from a seed and the first 2,500 records.

Because a larger collection begins with the records of a smaller one, the same
questions fit every size, and every phrase really occurs.

    or        2 to 4 words of mixed frequency, any of them; total and facet counts
    filtered  the same under one or two filters; the filters bind all counts
    widen     the same, but no facet's counts are bound by the facet's own filter
    phrase    two or three neighbouring words; total and facet counts
    and       2 or 3 words, all of them; total and facet counts
    prefix    the beginning of some words; total and facet counts
    top       as "or", but only the ten best
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, get_args

from corpus.model import CaseStudy
from corpus.value import Value, made

if TYPE_CHECKING:
    import numpy as np

Kind = Literal["or", "filtered", "widen", "phrase", "and", "prefix", "top"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

TITLES: Final[Mapping[Kind, str]] = {
    "or": "faceted OR",
    "filtered": "filtered",
    "widen": "filtered, widening counts",
    "phrase": "phrase",
    "and": "AND",
    "prefix": "prefix",
    "top": "top 10 only",
}

COUNTED: Final = ("theme", "funding", "council")
"""The facets that every question but "top" asks to be counted."""

SAMPLE: Final = 2_500
"""Records that the questions are drawn from: the smallest size that is measured."""

FREQUENT, MIDDLING, RARE = (0.08, 0.40), (0.01, 0.08), (0.001, 0.01)
"""Shares of records that hold a frequent, a middling and a rare word."""
MIX: Final = ((FREQUENT, 0.3), (MIDDLING, 0.45), (RARE, 0.25))
"""Which words people type: mostly middling ones, some vague, some telling."""

TWO_FILTERS: Final = 0.4
"""Share of the filtered questions that filter on two facets."""
TWO_VALUES: Final = 0.25
"""Share of the filters that choose two values (any of them)."""
FILTER_CHANCES: Final[Mapping[str, float]] = {
    "theme": 0.45,
    "funding": 0.12,
    "council": 0.12,
    "region": 0.2,
    "council_type": 0.11,
}
"""What people filter on: most of all by theme."""

PREFIX_LETTERS: Final = (3, 4, 5)
LONG_PHRASE: Final = 0.25
"""Share of the phrases that have three words."""


class Question(Value):
    """One question, told apart from any engine's query language.

    `filters` maps a facet to values of which a record must carry any.
    `words` holds the one prefix of a "prefix" question.
    """

    kind: Kind
    words: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]] = made(dict)


def values_of(record: CaseStudy, facet: str) -> tuple[str, ...]:
    """The values of one facet of a record; empty when nothing is recorded."""
    match facet:
        case "theme":
            return record.themes
        case "funding":
            return record.funding
        case "council":
            return record.councils
        case "region" | "council_type":
            value = str(getattr(record, facet))
            return (value,) if value else ()
        case "year":
            return () if record.year is None else (str(record.year),)
        case _:
            raise ValueError(f"There is no facet {facet!r}.")


class _Sample:
    """The records that questions are drawn from, counted once."""

    def __init__(self, records: Sequence[CaseStudy], name_words: frozenset[str]) -> None:
        self.records = records
        self.texts = [record.body.split() for record in records]
        holders: Counter[str] = Counter()
        self.phrases: Counter[tuple[str, ...]] = Counter()
        for record, text in zip(records, self.texts, strict=True):
            holders.update({*record.title.split(), *record.summary.split(), *text})
            self.phrases.update({*pairwise(text), *zip(text, text[1:], text[2:], strict=False)})
        self.share = {word: count / len(records) for word, count in holders.items()}
        self.name_starts = frozenset(word[:length] for word in name_words for length in PREFIX_LETTERS)


class _Maker:
    """Draws questions whose words stand together in one record, as the words of a person's question do."""

    def __init__(self, sample: _Sample, rng: np.random.Generator) -> None:
        self._sample = sample
        self._rng = rng

    def _pick(self) -> int:
        return int(self._rng.integers(len(self._sample.records)))

    def _of_classes(self, text: Sequence[str], count: int) -> tuple[str, ...] | None:
        chosen: list[str] = []
        classes = self._rng.choice(len(MIX), count, p=[chance for _, chance in MIX])
        for number in classes:
            low, high = MIX[number][0]
            fitting = sorted({word for word in text if low <= self._sample.share[word] < high} - set(chosen))
            if not fitting:
                return None
            chosen.append(fitting[int(self._rng.integers(len(fitting)))])
        return tuple(chosen)

    def words(self, fewest: int, most: int) -> tuple[tuple[str, ...], CaseStudy]:
        """Different words of mixed frequency and the record that they come from."""
        while True:
            at = self._pick()
            found = self._of_classes(self._sample.texts[at], int(self._rng.integers(fewest, most + 1)))
            if found:
                return found, self._sample.records[at]

    def filters(self, record: CaseStudy) -> dict[str, tuple[str, ...]]:
        """One or two filters that the record passes; {} when it has too few values."""
        from numpy import array  # as below

        names = [name for name in FILTER_CHANCES if values_of(record, name)]
        wanted = 2 if self._rng.random() < TWO_FILTERS else 1
        if len(names) < wanted:
            return {}
        chances = array([FILTER_CHANCES[name] for name in names])
        chosen: dict[str, tuple[str, ...]] = {}
        for at in self._rng.choice(len(names), wanted, replace=False, p=chances / chances.sum()):
            values = [str(self._rng.choice(values_of(record, names[at])))]
            if self._rng.random() < TWO_VALUES:
                other = values_of(self._sample.records[self._pick()], names[at])
                values += [value for value in other[:1] if value not in values]
            chosen[names[at]] = tuple(values)
        return chosen

    def filtered(self) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
        """Words and filters that some record passes together."""
        while True:
            words, record = self.words(2, 4)
            filters = self.filters(record)
            if filters:
                return words, filters

    def phrase(self) -> tuple[str, ...]:
        """Neighbouring words of some body that also stand together in another record."""
        length = 3 if self._rng.random() < LONG_PHRASE else 2
        while True:
            text = self._sample.texts[self._pick()]
            at = int(self._rng.integers(len(text) - length + 1))
            words = tuple(text[at : at + length])
            # Words of middling frequency: what people put between quotes is a name or a term of art.
            usual = self._sample.phrases[words] >= 2
            if usual and all(RARE[0] <= self._sample.share[word] < FREQUENT[1] for word in words):
                return words

    def prefix(self) -> tuple[str, ...]:
        """The beginning of a word of some body, with which no word of a real name begins."""
        while True:
            text = self._sample.texts[self._pick()]
            word = text[int(self._rng.integers(len(text)))]
            start = word[: int(self._rng.choice(PREFIX_LETTERS, p=(0.15, 0.45, 0.40)))]
            if start not in self._sample.name_starts and len(start) < len(word):
                return (start,)


def questions(
    records: Sequence[CaseStudy], name_words: frozenset[str], per_kind: int, seed: int
) -> dict[Kind, tuple[Question, ...]]:
    """`per_kind` questions of every kind about the first `SAMPLE` records.

    `name_words` are the lower-case words of the facets' values: an engine may
    search them too, so no prefix begins one of them.
    """
    # Drawing takes numpy, asking does not: a fresh process whose first answer is timed loads only its engine.
    from numpy.random import default_rng

    asked: dict[Kind, tuple[Question, ...]] = {}
    sample = _Sample(records[:SAMPLE], name_words)
    for number, kind in enumerate(KINDS):
        # Each kind has its own random stream, so that asking for more of one changes no other.
        maker = _Maker(sample, default_rng([seed, 2, number]))
        asked[kind] = tuple(_one(kind, maker) for _ in range(per_kind))
    return asked


def _one(kind: Kind, maker: _Maker) -> Question:
    match kind:
        case "or" | "top":
            return Question(kind, maker.words(2, 4)[0])
        case "and":
            return Question(kind, maker.words(2, 3)[0])
        case "filtered" | "widen":
            return Question(kind, *maker.filtered())
        case "phrase":
            return Question(kind, maker.phrase())
        case "prefix":
            return Question(kind, maker.prefix())
