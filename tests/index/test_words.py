"""The word lists and the stemmer behind them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import words

ROOT = Path(__file__).parents[2]


def test_lists_hold_what_an_exact_form_looks_like() -> None:
    """Entries are folded: lower case, without apostrophes; a list that is not would never be found."""
    assert {"the", "of", "dont"} <= words.stop_words()
    for word in (*words.stop_words(), *words.units(), *words.compounds().values()):
        assert word.isalnum()
        assert word == word.lower()
    for (first, second), closed in words.compounds().items():
        assert first + second == closed


def test_units_end_at_a_unit() -> None:
    """A canonical unit is its own canonical unit, so that closed forms are stable."""
    units = words.units()
    assert all(units.get(canonical) == canonical for canonical in units.values())


@pytest.mark.parametrize(
    ("variant", "canonical"),
    [
        ("organization", "organisation"), ("realizing", "realising"), ("analyze", "analyse"),
        ("catalyzed", "catalysed"),
        ("resize", "resize"), ("size", "size"), ("prize", "prize"), ("prized", "prized"), ("seized", "seized"),
        ("behavior", "behaviour"), ("health", "health"), ("horizon", "horizon"), ("citizen", "citizen"),
    ],
)  # fmt: skip
def test_one_spelling(variant: str, canonical: str) -> None:
    """American spellings become British ones; words that only look so stay."""
    assert words.one_spelling(variant) == canonical


def test_one_spelling_is_stable() -> None:
    """The canonical spelling of a canonical spelling is itself."""
    for variant in ("organization", "behavior", "analyzing", "center", "program", "aging", "among"):
        canonical = words.one_spelling(variant)
        assert words.one_spelling(canonical) == canonical


def test_exceptions_go_before_the_stemmer() -> None:
    """A listed word has the stem that the list says; numbers are their own stems."""
    assert words.stem("policies") == "policy"
    assert words.stem("policing") == "polic"
    assert words.stem("2019") == "2019"
    assert words.stem("regeneration") == words.stem("regenerate")


SUFFIXES = (
    "s", "us", "ss", "sses", "ied", "ies", "ed", "eed", "edly", "ing", "ingly", "y", "ly", "ization", "ational", "ness",
    "biliti", "li", "ator", "izer", "ism", "iti", "enci", "ogi", "ful", "ical", "ement", "ant", "ent", "ion", "ous",
    "al", "er", "ic", "e", "l", "th", "n", "t", "k",
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    word=st.text("abcdeghilnorstuy1", max_size=7).flatmap(
        lambda start: st.lists(st.sampled_from(SUFFIXES), max_size=2).map(lambda ends: start + "".join(ends))
    )
)
def test_words_without_the_stemmer_are_their_own_stems(word: str) -> None:
    """The stemmer, asked nevertheless, gives back every word that is held to need none."""
    if words._is_own_stem(word):
        assert words._snowball()(word) == word


def test_words_of_the_corpus_without_the_stemmer_are_their_own_stems() -> None:
    """The same for every word that the shipped case studies hold."""
    found = {
        word
        for path in sorted((ROOT / "corpus" / "case_studies").glob("*.md"))
        for word in re.findall(r"[a-z0-9]+", path.read_text(encoding="utf-8").lower())
    }
    plain = {word for word in found if words._is_own_stem(word)}
    assert len(plain) > len(found) // 5
    assert [word for word in plain if words._snowball()(word) != word] == []


def test_the_stemmer_needs_no_download() -> None:
    """nltk stems with an empty data folder, in a fresh process."""
    script = "from index.words import stem; print(stem('organizations'))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "NLTK_DATA": os.devnull},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "organis\n"


def test_the_fingerprint_follows_code_and_stemmer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the analysis is another fingerprint: its index must be rebuilt."""
    before = words.fingerprint()
    monkeypatch.setattr(words, "ANALYSIS_VERSION", words.ANALYSIS_VERSION + 1)
    words.fingerprint.cache_clear()
    try:
        assert words.fingerprint() != before
    finally:
        words.fingerprint.cache_clear()
    monkeypatch.undo()
    assert words.fingerprint() == before
    assert words.stemmer_name().startswith("nltk 3.")


def test_the_stemmer_comes_without_the_rest_of_nltk() -> None:
    """Stemming loads neither nltk's packages nor SciPy, gives what nltk gives, and leaves nltk as it is for others."""
    script = """
import sys
from index.stemmer import english_stemmer
stem = english_stemmer()
assert not {name.partition(".")[0] for name in sys.modules} & {"nltk", "scipy", "numpy"}
listed = "generously apply skis dying inequalities organisation news sky early 2019 o'brien's łódź".split()
stems = [stem(word) for word in listed]
from nltk.stem.snowball import SnowballStemmer
assert stems == [SnowballStemmer("english").stem(word) for word in listed]
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
