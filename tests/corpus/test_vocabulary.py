"""Themes and funders."""

import csv
import re
from pathlib import Path

import pytest

from corpus.tables import DATA, listed, rows
from corpus.text import fold, nearest, slugify
from corpus.vocabulary import (
    funder_by_slug,
    funders,
    nearest_funders,
    nearest_themes,
    resolve_funder,
    resolve_theme,
    themes,
)

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def test_themes_are_complete() -> None:
    """33 themes, each with a slug, a label of its own and a sentence about it, in the order of the labels."""
    found = list(themes().values())
    assert len(found) == len(themes()) == 33
    assert len({theme.label for theme in found}) == 33
    assert [theme.label for theme in found] == sorted((theme.label for theme in found), key=fold)
    for slug, theme in themes().items():
        assert slug == theme.slug
        assert SLUG.fullmatch(slug)
        assert theme.description.endswith(".")


def test_funders_are_complete() -> None:
    """Every funder has a slug of its own, a kind and a sentence about it, in the order of the names."""
    found = list(funders().values())
    assert len({funder.slug for funder in found}) == len(found) == 116
    assert [funder.name for funder in found] == sorted((funder.name for funder in found), key=fold)
    kinds = {
        "government",
        "government programme",
        "devolved",
        "Europe",
        "lottery",
        "sector",
        "local",
        "health",
        "other",
    }
    for name, funder in funders().items():
        assert name == funder.name
        assert SLUG.fullmatch(funder.slug)
        assert funder.kind in kinds
        assert funder.description.endswith(".")
        assert funder_by_slug(funder.slug) is funder


def test_no_two_funders_share_a_spelling() -> None:
    """Every name, slug and alias leads to one funder only."""
    owners: dict[str, str] = {}
    for funder in funders().values():
        for spelling in {fold(text) for text in (funder.name, *funder.aliases)}:
            assert owners.setdefault(spelling, funder.name) == funder.name
            assert resolve_funder(spelling) is funder


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("OPE", "One Public Estate"),
        ("ope", "One Public Estate"),
        ("one-public-estate", "One Public Estate"),
        ("the One Public Estate programme", "One Public Estate"),
        ("LRF", "Land Release Fund"),
        ("BLRF", "Brownfield Land Release Fund"),
        ("UKSPF", "UK Shared Prosperity Fund"),
        ("ERDF", "European Regional Development Fund"),
        ("ESF", "European Social Fund"),
        ("BCF", "Better Care Fund"),
        ("iBCF", "Better Care Fund"),
        ("DFG", "Disabled Facilities Grant"),
        ("HSF", "Household Support Fund"),
        ("PSDS", "Public Sector Decarbonisation Scheme"),
        ("HLF", "National Lottery Heritage Fund"),
        ("NLHF", "National Lottery Heritage Fund"),
        ("Big Lottery Fund", "National Lottery Community Fund"),
        ("DWP", "Department for Work and Pensions"),
        ("DfE", "Department for Education"),
        ("DCMS", "Department for Culture, Media and Sport"),
        ("Department for Digital, Culture, Media & Sport", "Department for Culture, Media and Sport"),
        ("DLUHC", "Ministry of Housing, Communities and Local Government"),
        ("MHCLG", "Ministry of Housing, Communities and Local Government"),
        ("BEIS", "Department for Business, Energy and Industrial Strategy"),
        ("LEP", "Local Enterprise Partnership"),
        ("HRA", "Housing Revenue Account"),
        ("COMF", "Contain Outbreak Management Fund"),
        ("UKCRF", "UK Community Renewal Fund"),
        ("LUF", "Levelling Up Fund"),
        ("S106", "Section 106"),
        ("s.106", "Section 106"),
        ("PFI", "Private Finance Initiative"),
        ("MOPAC", "Mayor's Office for Policing and Crime"),
        ("Mayor’s Office for Policing & Crime", "Mayor's Office for Policing and Crime"),
    ],
)
def test_resolve_funder(written: str, name: str) -> None:
    """Abbreviations, old names and other punctuation lead to the funder."""
    found = resolve_funder(written)
    assert found is not None
    assert found.name == name


def test_unknown_values_have_near_ones() -> None:
    """What is not known resolves to nothing, and the nearest known values are offered."""
    assert resolve_theme("hosing") is None
    assert nearest_themes("hosing")[0] == "housing"
    assert nearest_themes("zzzzzz") == ()
    assert resolve_funder("Levelling Upp Fund") is None
    assert nearest_funders("Levelling Upp Fund")[0] == "Levelling Up Fund"
    assert nearest_funders("UKSPFF", limit=1) == ("UK Shared Prosperity Fund",)
    assert funder_by_slug("no-such-fund") is None


def test_resolve_theme_by_label() -> None:
    """A theme may be called by its label."""
    theme = resolve_theme("Children’s Services")
    assert theme is not None
    assert theme.slug == "childrens-services"


def test_vocabularies_cannot_be_changed() -> None:
    """The shared tables are read-only."""
    with pytest.raises(TypeError):
        themes()["new"] = None  # type: ignore[index]


@pytest.mark.parametrize("file", sorted(DATA.glob("*.csv")), ids=lambda path: path.name)
def test_tables_are_rectangular(file: Path) -> None:
    """Every row of a data file has as many cells as the header, and no cell is padded."""
    with file.open(encoding="utf-8", newline="") as lines:
        table = list(csv.reader(lines))
    assert {len(row) for row in table} == {len(table[0])}
    assert all(cell == cell.strip() for row in table for cell in row)
    assert len(list(rows(file.name))) == len(table) - 1


def test_fold_and_slugify() -> None:
    """Folding forgets case, accents, punctuation and "&"; a slug is ASCII."""
    assert fold("  King’s LYNN & West-Norfolk ") == "kings lynn and west norfolk"
    assert fold("Ynys Môn") == fold("YNYS MON") == "ynys mon"
    assert fold("…") == ""
    assert slugify("Children's Café & Co.") == "childrens-cafe-and-co"
    assert slugify("東京 2020") == "2020"
    assert listed(" a| b||c ") == ("a", "b", "c")


def test_nearest_keeps_the_written_form() -> None:
    """Near misses are compared folded and returned as written, at most `limit` of them."""
    assert nearest("HOUSNG", ["Housing", "Parks"]) == ("Housing",)
    assert nearest("housing", ["Housing", "Housings", "Housin"], limit=0) == ()
