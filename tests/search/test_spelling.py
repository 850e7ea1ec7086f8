"""Did you mean."""

from __future__ import annotations

import random
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import Analyser
from index.lexicon import Array, Lexicon
from search import spelling
from search.edit_distance import edit_distances
from search.spelling import Speller, suggest_query

FREQUENCIES = {
    "health": 200, "heath": 3, "mental": 90, "metal": 2, "children": 120, "childrens": 30, "inequality": 20,
    "inequalities": 40, "regeneration": 35, "council": 400, "councils": 300, "government": 150, "goverment": 1,
    "wellbeing": 60, "housing": 180, "house": 50, "homes": 90, "climate": 70, "change": 110, "risk": 80, "with": 500,
    "accommodation": 12, "separate": 9, "library": 25, "and": 550, "brighton": 14, "manor": 1, "major": 90,
    "obesity": 11, "production": 30, "co": 40, "coproduction": 20, "diversionary": 1, "diversion": 70,
}  # fmt: skip


@pytest.fixture(scope="module")
def speller() -> Speller:
    """A speller over a small corpus."""
    plain = Analyser()
    lexicon = Lexicon.of((word.encode(), df, plain.stem(word).encode()) for word, df in FREQUENCIES.items())
    return Speller(lexicon, Analyser(known_stem=lexicon.stem))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("helth", "health"),
        ("heatlh", "health"),
        ("mentel helth", "mental health"),
        ("chidrens mentel helth", "childrens mental health"),
        ("inequalites", "inequalities"),
        ("regenaration", "regeneration"),
        ("accomodation", "accommodation"),
        ("seperate libary", "separate library"),
        ("obestiy", "obesity"),
        ("housng", "housing"),
        ("wiht", "with"),
        ("climatechange", "climate change"),
        ("wellbe ing", "wellbeing"),
        ("well being", None),
        ("co-prodution", "coproduction"),
        ("goverment", "government"),
        ("diversionary", None),
        ("manor", None),
        ("health", None),
        ("Separated libraries", None),
        ("Housed by councils", None),
        ("Heathfeild", None),
        ("Hounslow King's Lynn", None),
        ("Metals Bath", None),
        ("governmnt", "government"),
        ("", None),
        ("?!", None),
    ],
)
def test_words_are_corrected_from_the_corpus(speller: Speller, query: str, expected: str | None) -> None:
    """Unknown words become the likeliest known ones; known words, and other forms of them, stay."""
    assert suggest_query(query, speller) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"helth inequalites" -housng', '"health inequalities" -housing'),
        ("+title:helth  AND (housng OR Brihgton)", "+title:health  AND (housing OR Brighton)"),
        ("HELTH", "HEALTH"),
        ("Helth and HELTH", "Health and HELTH"),
        ("helth*", None),
        ("helth:x", None),
        ("BLRF VCS LRF health", None),
        ("hel", None),
        ("20mphh 2019x", None),
        ("helth " * 40, None),
    ],
)
def test_the_rest_of_a_query_stays_as_typed(speller: Speller, query: str, expected: str | None) -> None:
    """Case, quotation marks, signs, operators, fields, wildcards, acronyms and numbers are left alone."""
    assert suggest_query(query, speller) == expected


def test_short_words_get_one_edit(speller: Speller) -> None:
    """Four or five letters allow one edit, six allow two, three none."""
    assert speller.correct("hosue") is not None
    assert speller.correct("haose") is None
    assert speller.correct("hoaisng") is not None
    assert speller.correct("rik") is None


def test_only_near_certain_corrections_are_sure(speller: Speller) -> None:
    """A correction is sure when it keeps the consonants, is one edit of a long word, or two of a very long one."""
    for word, sure in {"mentel": True, "governmnt": True, "rink": False, "goverment": False}.items():
        found = speller.correct(word)
        assert found is not None
        assert found.sure is sure


def test_an_empty_lexicon_corrects_nothing() -> None:
    """An index without words has nothing to offer."""
    assert suggest_query("helth", Speller(Lexicon.of([]), Analyser())) is None


def test_few_of_half_a_million_words_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths and letters rule out nearly all words before any is compared letter by letter."""
    rng = random.Random(7)
    letters = string.ascii_lowercase
    words = {"".join(rng.choices(letters, k=rng.randint(4, 12))) for _ in range(500_000)}
    lexicon = Lexicon.of((word.encode(), 1 + at % 50, b"x") for at, word in enumerate(sorted(words)))
    speller = Speller(lexicon, Analyser())
    compared: list[int] = []

    def counted(key: bytes, letters: Array, lengths: Array, limit: int) -> Array:
        compared.append(len(lengths))
        return edit_distances(key, letters, lengths, limit)

    monkeypatch.setattr(spelling, "edit_distances", counted)
    for word in ("enviromnent", "regenaration", "wellfares"):
        speller.correct(word)
    assert compared
    assert max(compared) < 5_000


def distance(one: str, other: str) -> int:
    """Optimal string alignment, the textbook way."""
    table = [[max(i, j) if 0 in (i, j) else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            same = one[i - 1] == other[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (not same))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


few_letters = st.text("abc", min_size=1, max_size=9)


@given(few_letters, st.lists(few_letters, max_size=8), st.integers(1, 3))
def test_distances_are_those_of_the_textbook(word: str, others: list[str], limit: int) -> None:
    """The banded vector computation gives optimal string alignment, cut above the limit."""
    others = [other for other in others if abs(len(other) - len(word)) <= limit]
    width = len(word) + limit
    letters = np.zeros((width, len(others)), dtype=np.uint8)
    for column, other in enumerate(others):
        letters[: len(other), column] = np.frombuffer(other.encode(), dtype=np.uint8)
    lengths = np.array([len(other) for other in others], dtype=np.int64)
    found = edit_distances(word.encode(), letters, lengths, limit)
    assert found.tolist() == [min(distance(word, other), limit + 1) for other in others]


@given(st.sampled_from(sorted(FREQUENCIES)), st.data())
def test_no_word_within_reach_is_missed(target: str, data: st.DataObject) -> None:
    """One edit of any word of six letters or more leads to some word of the corpus."""
    place = data.draw(st.integers(0, len(target) - 1))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    typed = target[:place] + letter + target[place + 1 :]
    lexicon = Lexicon.of((word.encode(), df, word.encode()) for word, df in FREQUENCIES.items())
    found = Speller(lexicon, Analyser()).correct(typed)
    if typed not in FREQUENCIES and len(typed) >= 4:
        assert found is not None
        assert distance(typed, found.word) == found.edits <= 2


@given(st.text(max_size=60), st.sampled_from(["", "helth ", "\ud800 "]))
def test_any_text_is_read(speller: Speller, text: str, before: str) -> None:
    """No query makes the corrector fail, and what it offers differs from what was typed."""
    assert suggest_query(before + text, speller) != before + text


def test_what_was_asked_before_changes_nothing(speller: Speller) -> None:
    """Words remembered as right are read the same beside any other word."""
    queries = ("health inequalities", "helth inequalities", "health inequalites", "health", "inequalities health")
    first = [suggest_query(query, speller) for query in queries]
    assert [suggest_query(query, speller) for query in reversed(queries)] == first[::-1]
