"""The case studies that ship with Casefinder, and what is said about them."""

from pathlib import Path

import pytest

from corpus import CaseStudy, check_corpus, read_corpus, starter_corpus
from corpus.derive import derive_council_type, derive_region
from corpus.gazetteer import gazetteer
from corpus.stats import summarise
from corpus.vocabulary import funders, themes
from corpus.write import to_markdown

EXPECTED = 550


@pytest.fixture(scope="module")
def records() -> list[CaseStudy]:
    return list(read_corpus(starter_corpus()))


def test_valid_and_complete() -> None:
    """All 550 records are sound, one a file."""
    report = check_corpus(starter_corpus())
    assert (report.problems, report.files, report.records) == ((), EXPECTED, EXPECTED)


def test_files_are_named_after_the_record(records: list[CaseStudy]) -> None:
    """A record is found by its id, and is written exactly as `to_markdown` writes it."""
    for record in records:
        path = starter_corpus() / f"{record.id}.md"
        assert path.read_text(encoding="utf-8") == to_markdown(record)


def test_every_record_can_be_used(records: list[CaseStudy]) -> None:
    """Every record has a text in sections, a theme, keywords and a link to its source."""
    for record in records:
        assert record.summary
        assert record.body.startswith("## ")
        assert record.themes
        assert record.keywords
        assert record.source_title
        assert record.source_url.startswith("http")


def test_values_are_controlled(records: list[CaseStudy]) -> None:
    """Every theme, funder, council, region and type is known, and every theme and funder is used."""
    assert {slug for record in records for slug in record.themes} == set(themes())
    assert {name for record in records for name in record.funding} == set(funders())
    assert {name for record in records for name in record.councils} <= set(gazetteer().by_name)
    assert {record.region for record in records} <= {*gazetteer().regions(), "National"}
    assert {record.council_type for record in records} <= {*gazetteer().types(), "Several types", ""}


def test_other_bodies_are_organisations(records: list[CaseStudy]) -> None:
    """Fire authorities and town councils are kept, as organisations."""
    assert {name for record in records for name in record.organisations} == {
        "Cheshire Fire Authority",
        "Lowestoft Town Council",
        "Merseyside Fire and Rescue Service",
        "Staffordshire Fire and Rescue Service",
    }


def test_hashes_are_distinct(records: list[CaseStudy]) -> None:
    """No two records have the same content."""
    assert len({record.content_hash() for record in records}) == EXPECTED


def test_stats(records: list[CaseStudy]) -> None:
    """The summary counts every record, field and facet value, the commonest value first."""
    stats = summarise(iter(records))
    assert stats.records == EXPECTED
    assert stats.words == sum(len(f"{r.title} {r.summary} {r.body}".split()) for r in records)
    assert stats.coverage["title"] == EXPECTED
    assert stats.coverage["year"] == sum(record.year is not None for record in records)
    assert stats.facets["theme"][0] == ("public-health", 116)
    assert dict(stats.facets["council"])["Darlington Borough Council"] == sum(
        "Darlington Borough Council" in record.councils for record in records
    )
    assert sum(count for _, count in stats.facets["region"]) == EXPECTED
    assert sum(count for _, count in stats.facets["year"]) == stats.coverage["year"]
    plain = stats.to_dict()
    assert plain["facets"]["theme"][0] == {"value": "public-health", "count": 116}
    assert list(plain) == ["records", "words", "facets", "coverage"]


def test_stats_of_nothing() -> None:
    """No records give zeros, not an error."""
    stats = summarise([])
    assert (stats.records, stats.words, stats.facets["theme"], stats.coverage["id"]) == (0, 0, (), 0)


def test_derived_values() -> None:
    """Names that are not in the gazetteer say nothing about region and type."""
    assert derive_region(["Leeds City Council", "A body"]) == "Yorkshire and The Humber"
    assert derive_region(["A body"]) == "National"
    assert derive_council_type(["A body"]) == ""


def test_attribution_ships() -> None:
    """The sources of the facts are named where the facts are."""
    text = (Path(starter_corpus()).parent / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "mySociety" in text
    assert "CC BY 4.0" in text
