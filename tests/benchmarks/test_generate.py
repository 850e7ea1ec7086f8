"""Generated records: the same for everyone, the same terms for every engine, shaped like the real ones."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import shapes
from benchmarks.generate import BATCH, Generator, main
from benchmarks.jsonl import json_line, read_records
from benchmarks.prose import as_prose
from benchmarks.words import vocabulary
from corpus.gazetteer import gazetteer
from corpus.model import CaseStudy
from corpus.vocabulary import funders, themes
from index.analysis import Analyser


def test_same_seed_same_records(records: list[CaseStudy]) -> None:
    """Two generators of one seed give equal records; another seed gives others."""
    assert list(Generator(7).records(50)) == records[:50]
    assert next(Generator(8).records(1)).body != records[0].body


def test_longer_runs_begin_with_shorter_ones(generator: Generator, records: list[CaseStudy]) -> None:
    """The first records do not depend on how many are asked for, over a batch's end too."""
    longer = list(generator.records(BATCH + 3))
    assert longer[:400] == records
    assert len({record.id for record in longer}) == BATCH + 3


def test_words_are_terms_as_they_are(generator: Generator) -> None:
    """No invented word is changed by the analyser: stemmed, folded, split or stopped."""
    analyser = Analyser()
    changed = [
        word for word in generator.words if analyser.exact_terms(word) != [word] or analyser.stems(word) != [word]
    ]
    assert changed == []


def test_words_together_stay_as_they_are(records: list[CaseStudy]) -> None:
    """No two invented neighbours are joined to a closed word."""
    analyser = Analyser()
    assert all(analyser.stems(record.body) == record.body.split() for record in records)


def test_words_are_distinct_and_not_real_names(generator: Generator) -> None:
    """Every invented word is new, and none is part of a council's, funder's or theme's name."""
    assert len(set(generator.words)) == len(generator.words)
    assert not generator.name_words & set(generator.words)


def test_vocabulary_says_when_it_is_exhausted() -> None:
    """More words than can be made are refused with the number that there is."""
    with pytest.raises(ValueError, match=r"There are only \d+ words of this make \(asked for 99999999\)"):
        vocabulary(99_999_999, np.random.default_rng(1))


def test_facet_values_are_real(records: list[CaseStudy]) -> None:
    """Themes, funders, councils, regions and types are those of the vocabularies."""
    councils = {council.name: council for council in gazetteer().councils}
    for record in records:
        assert set(record.themes) <= set(themes())
        assert set(record.funding) <= set(funders())
        regions = {councils[name].region for name in record.councils}
        types = {councils[name].type for name in record.councils}
        assert record.region == (regions.pop() if len(regions) == 1 else shapes.SEVERAL_REGIONS)
        assert record.council_type == (types.pop() if len(types) == 1 else shapes.SEVERAL_TYPES if types else "")


def test_facets_have_the_real_shape(generator: Generator) -> None:
    """Shares of records by number of values are those of the shape, within sampling error."""
    drawn = list(generator.records(3_000))
    funding = Counter(len(record.funding) for record in drawn)
    councils = Counter(len(record.councils) for record in drawn)
    missing_years = sum(record.year is None for record in drawn)
    assert funding[0] / 3_000 == pytest.approx(shapes.FUNDING.sizes[0], abs=0.04)
    assert councils[1] / 3_000 == pytest.approx(shapes.COUNCIL.sizes[1], abs=0.04)
    assert missing_years / 3_000 == pytest.approx(shapes.YEAR_MISSING, abs=0.04)
    assert 260 < sum(len(record.body.split()) for record in drawn) / 3_000 < 320


def test_keywords_hold_no_phrase_of_their_own(records: list[CaseStudy]) -> None:
    """Keywords joined in any way are a stretch of the body."""
    for record in records:
        assert f" {' '.join(record.keywords)} " in f" {record.body} "


def test_prose_keeps_the_words(records: list[CaseStudy]) -> None:
    """Sentences and headings change neither the words nor their order."""
    body = records[0].body
    prose = as_prose(body.split())
    text = re.sub(r"^## .*$", "", prose, flags=re.MULTILINE)
    assert re.findall(r"[a-z]+", text.lower()) == body.split()
    assert prose.startswith("## The challenge\n\n")


def test_json_lines_round_trip(records: list[CaseStudy], tmp_path: Path) -> None:
    """What is written is read back, as far as asked."""
    path = tmp_path / "records.jsonl"
    path.write_text("".join(map(json_line, records)), encoding="utf-8")
    assert list(read_records(path, 30)) == records[:30]


def test_command_writes_json_lines(records: list[CaseStudy]) -> None:
    """`python -m benchmarks.generate` prints the records of its seed."""
    done = CliRunner().invoke(main, ["--count", "3", "--seed", "7"])
    assert done.exit_code == 0
    assert done.output == "".join(map(json_line, records[:3]))
