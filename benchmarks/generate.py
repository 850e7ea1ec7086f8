"""Case studies by the million, from a seed: Zipf words, topics, and the facet shapes of the real corpus.

    python -m benchmarks.generate --count 25000 > records.jsonl

A record speaks of a main topic and a little of a second one. Its words come
from a Zipf–Mandelbrot background and from the topics' own words; some words
pull their usual follower after them, so that phrases occur as often as in real
text. Themes, funders and councils are the real names, unevenly used, and lean
towards the topic. The same seed gives the same records, and a longer run begins
with the records of a shorter one, so one set of questions fits every size.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Final

import click
import numpy as np
import numpy.typing as npt

from benchmarks import shapes
from benchmarks.jsonl import json_line
from benchmarks.prose import as_prose
from benchmarks.shapes import FacetShape, sample_table, zipf
from benchmarks.words import vocabulary
from corpus.gazetteer import gazetteer
from corpus.model import CaseStudy
from corpus.vocabulary import funders, themes

Ids = npt.NDArray[np.int32]

SEED: Final = 20_261_122
BATCH: Final = 1_000
"""Records drawn together; part of what a seed means, so it never depends on how many are asked for."""

WORDS: Final = 150_000
"""Different words: about what 100,000 English documents of this length hold."""
WORD_FLATNESS: Final = 50.0
"""Leaves the most frequent word in about half of the records: there are content words only, no stop words."""

TOPICS: Final = 150
TOPIC_WORDS: Final = 500
TOPIC_FLATNESS: Final = 8.0
SECOND_TOPIC: Final = 0.25
"""Share of the topical words that speak of the second topic."""

TITLE_WORDS: Final = (7, 14)
SUMMARY_WORDS: Final = (21, 32)
BODY_MEDIAN, BODY_SPREAD, BODY_LIMITS = 265.0, 0.42, (60, 1_500)
"""Log-normal length of a body in words: 290 at the mean."""
TOPICAL: Final = (0.75, 0.60, 0.42)
"""Share of topical words in title, summary and body."""
FOLLOWS: Final = 0.12
"""How often a word is followed by its usual follower."""
KEYWORD_CUTS: Final = (2, 3, 5, 6)
"""Four keywords of one or two words each, cut from one stretch of the body:
   whichever way an engine joins keywords, they hold no phrase that the body does not."""


def _name_words() -> frozenset[str]:
    """Every word of the real names, which no invented word may equal."""
    names: list[str] = []
    for theme in themes().values():
        names += (theme.slug, theme.label)
    for funder in funders().values():
        names += (funder.name, *funder.aliases)
    for council in gazetteer().councils:
        names += (council.name, council.short_name, council.region, council.type, *council.aliases)
    return frozenset("".join(c if c.isalnum() else " " for c in " ".join(names).lower()).split())


class _Facet:
    """Draws the values of one facet for many records at once."""

    def __init__(self, names: Sequence[str], shape: FacetShape, rng: np.random.Generator) -> None:
        self.names = tuple(names)
        self._most = len(shape.sizes) - 1
        self._loyalty = shape.loyalty
        self._sizes = sample_table(shape.sizes, 12, rng)
        # Popularity has nothing to do with the order of the list, so the ranks are shuffled.
        self._values = rng.permutation(len(names))[sample_table(shape.popularity(len(names)), 14, rng)].astype(np.int32)
        self._favourites = self._values[rng.integers(0, len(self._values), (TOPICS, shape.favourites))]

    def draw(self, topics: Ids, rng: np.random.Generator) -> list[tuple[int, ...]]:
        """For each record's topic, its values as ordinals into `names`, without repetition."""
        shape = (len(topics), self._most)
        sizes = self._sizes[rng.integers(0, len(self._sizes), len(topics))]
        values = self._values[rng.integers(0, len(self._values), shape)]
        own = self._favourites[topics[:, None], rng.integers(0, self._favourites.shape[1], shape)]
        rows = np.where(rng.random(shape) < self._loyalty, own, values).tolist()
        return [tuple(dict.fromkeys(row[:size])) for row, size in zip(rows, sizes.tolist(), strict=True)]


class Generator:
    """Records and their vocabulary, all from one seed. `prose` gives bodies sentences and headings."""

    def __init__(self, seed: int = SEED, prose: bool = False) -> None:
        self.seed = seed
        self.prose = prose
        rng = np.random.default_rng([seed, 0])
        self.name_words = _name_words()
        self.words = vocabulary(WORDS, rng, self.name_words)
        self._spelled = np.array(self.words, dtype=object)
        self._background = sample_table(zipf(WORDS, WORD_FLATNESS), 20, rng)
        self._topic_words = self._draw_topics(rng)
        self._topics = sample_table(zipf(TOPICS, 20.0), 14, rng)
        # A follower is about as frequent as its leader: between a third and three times the rank.
        ranks = np.arange(WORDS) * np.exp(rng.uniform(-1.1, 1.1, WORDS)) + rng.integers(0, 30, WORDS)
        self._follower = np.minimum(ranks, WORDS - 1).astype(np.int32)
        self._councils = gazetteer().councils
        self._theme = _Facet(tuple(themes()), shapes.THEME, rng)
        self._funding = _Facet(tuple(funders()), shapes.FUNDING, rng)
        self._council = _Facet([council.name for council in self._councils], shapes.COUNCIL, rng)
        years = (*shapes.YEAR_COUNTS, sum(shapes.YEAR_COUNTS) * shapes.YEAR_MISSING / (1 - shapes.YEAR_MISSING))
        self._years = sample_table(np.array(years), 12, rng)

    @cached_property
    def year_values(self) -> tuple[int | None, ...]:
        """What the ordinals of the year table stand for."""
        return (*shapes.YEARS, None)

    def _draw_topics(self, rng: np.random.Generator) -> Ids:
        """[topic, 4096] samples of the topic's words: ranks log-uniform over the middle of the vocabulary."""
        tables = []
        for _ in range(TOPICS):
            ranks = np.exp(rng.uniform(np.log(40), np.log(WORDS // 3), TOPIC_WORDS)).astype(np.int32)
            tables.append(ranks[sample_table(zipf(TOPIC_WORDS, TOPIC_FLATNESS), 12, rng)])
        return np.stack(tables)

    def records(self, count: int) -> Iterator[CaseStudy]:
        """The first `count` records of this seed."""
        for number in range(-(-count // BATCH)):
            yield from islice(self._batch(number), count - number * BATCH)

    def _batch(self, number: int) -> Iterator[CaseStudy]:
        rng = np.random.default_rng([self.seed, 1, number])
        topics = self._topics[rng.integers(0, len(self._topics), BATCH)]
        lengths = np.stack(
            [
                rng.integers(*TITLE_WORDS, BATCH),
                rng.integers(*SUMMARY_WORDS, BATCH),
                rng.lognormal(np.log(BODY_MEDIAN), BODY_SPREAD, BATCH).clip(*BODY_LIMITS).astype(np.int64),
            ],
            axis=1,
        )
        tokens = self._spelled[self._tokens(topics, lengths, rng)].tolist()
        ends = np.cumsum(lengths.ravel()).reshape(-1, 3).tolist()
        drawn = zip(
            ends,
            self._theme.draw(topics, rng),
            self._funding.draw(topics, rng),
            self._council.draw(topics, rng),
            self._years[rng.integers(0, len(self._years), BATCH)].tolist(),
            rng.integers(0, BODY_LIMITS[0] - KEYWORD_CUTS[-1], BATCH).tolist(),
            strict=True,
        )
        at = 0
        for row, (cuts, theme, funding, council, year, stretch) in enumerate(drawn):
            title, summary, end = cuts
            body = tokens[summary:end]
            identifier = f"record-{number * BATCH + row:07d}"
            yield CaseStudy(
                id=identifier,
                title=" ".join(tokens[at:title]),
                summary=" ".join(tokens[title:summary]),
                body=as_prose(body) if self.prose else " ".join(body),
                councils=tuple(self._council.names[value] for value in council),
                region=self._shared("region", council, shapes.SEVERAL_REGIONS, shapes.SEVERAL_REGIONS),
                council_type=self._shared("type", council, shapes.SEVERAL_TYPES, ""),
                themes=tuple(self._theme.names[value] for value in theme),
                funding=tuple(self._funding.names[value] for value in funding),
                year=self.year_values[year],
                keywords=_keywords(body, stretch),
                source_url=f"https://example.org/case-studies/{identifier}",
                source_title="Generated record",
            )
            at = end

    def _tokens(self, topics: Ids, lengths: npt.NDArray[np.int64], rng: np.random.Generator) -> Ids:
        """Word ids of all texts of a batch, one after another."""
        texts = lengths.ravel()
        total = int(texts.sum())
        ids = self._background[rng.integers(0, len(self._background), total, dtype=np.uint32)]
        chance = rng.random(total, dtype=np.float32)
        topical = chance < np.repeat(np.tile(np.array(TOPICAL, dtype=np.float32), len(topics)), texts)
        second = self._topics[rng.integers(0, len(self._topics), len(topics))]
        both = np.stack([topics, second], axis=1)
        record = np.repeat(np.arange(len(topics)), lengths.sum(axis=1))[topical]
        which = (rng.random(len(record), dtype=np.float32) < SECOND_TOPIC).astype(np.intp)
        ids[topical] = self._topic_words[
            both[record, which], rng.integers(0, self._topic_words.shape[1], len(record), dtype=np.uint32)
        ]
        follows = np.flatnonzero(rng.random(total - 1, dtype=np.float32) < FOLLOWS)
        for _ in range(2):  # the second pass lets a follower have its own follower
            ids[follows + 1] = self._follower[ids[follows]]
        return ids

    def _shared(self, field: str, councils: tuple[int, ...], several: str, nobody: str) -> str:
        values = {getattr(self._councils[at], field) for at in councils}
        if len(values) > 1:
            return several
        return values.pop() if values else nobody


def _keywords(body: Sequence[str], at: int) -> tuple[str, ...]:
    starts = (0, *KEYWORD_CUTS[:-1])
    return tuple(" ".join(body[at + lo : at + hi]) for lo, hi in zip(starts, KEYWORD_CUTS, strict=True))


@click.command()
@click.option("--count", type=click.IntRange(1), default=2_500, show_default=True, help="How many records.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed gives the same records.")
@click.option("--prose", is_flag=True, help="Give bodies sentences, paragraphs and headings.")
def main(count: int, seed: int, prose: bool) -> None:
    """Write generated case studies to standard output as JSON Lines."""
    for record in Generator(seed, prose).records(count):
        sys.stdout.write(json_line(record))


if __name__ == "__main__":
    main()
