"""Completion of what is being typed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import IndexDamaged
from index.completion_sources import phrase_completions, title_completions, value_completions
from index.completions import KINDS, Completion, Completions, completion_key, write_completions
from search.results import Suggestion
from search.suggest import Completer

COUNTS = {
    "theme": {"public-health": 116, "housing": 60, "health-and-care-integration": 56},
    "funding": {"One Public Estate": 23, "Public Health Grant": 3, "A fund of their own": 1},
    "council": {"Brighton and Hove City Council": 10, "Cumberland Council": 2, "London Borough of Brent": 4},
}
TITLES = [
    ("brighton-chargers", "Brighton & Hove: asking residents where electric car chargers should go"),
    ("cafe", "Café culture in O'Neill's Łódź"),
    ("open", "Darlington: open spaces strategy"),
    ("health-a", "Arun: health in all policies"),
    ("health-b", "Health visitors lead the way"),
]
KEYWORDS = [("Air quality at schools", ["air quality", "COVID-19"]), ("B", ["air quality"]), ("C", ["COVID-19"])]


@pytest.fixture(scope="module", params=["memory", "file"])
def completer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Completer:
    """A completer over a small collection, in memory and from a file."""
    values = list(value_completions(COUNTS))
    entries = [*values, *phrase_completions(KEYWORDS, values), *title_completions(TITLES)]
    if request.param == "memory":
        return Completer(Completions.of(entries))
    path = tmp_path_factory.mktemp("index") / "completions.words"
    write_completions(path, entries)
    return Completer(Completions.open(path))


def labels(completer: Completer, prefix: str, limit: int = 8) -> list[str]:
    """The labels offered."""
    return [suggestion.label for suggestion in completer.complete(prefix, limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("ope", "One Public Estate"),
        ("OPE", "One Public Estate"),
        ("one pub", "One Public Estate"),
        ("Brigh", "Brighton and Hove City Council"),
        ("brighton & h", "Brighton and Hove City Council"),
        ("LB Brent", "London Borough of Brent"),
        ("hou", "Housing"),
        ("allerd", "Cumberland Council"),
        ("cafe cul", "Café culture in O'Neill's Łódź"),
        ("oneill", "Café culture in O'Neill's Łódź"),
        ("open sp", "Darlington: open spaces strategy"),
        ("chargers electric bright", "Brighton & Hove: asking residents where electric car chargers should go"),
        ("covid 1", "COVID-19"),
        ("air q", "air quality"),
        ("  Integration ", "Health and care integration"),
    ],
)
def test_what_is_typed_leads_to_a_label(completer: Completer, typed: str, first: str) -> None:
    """Any word of a label may begin it; case, accents, signs, aliases and order of words do not matter."""
    assert labels(completer, typed)[0] == first


def test_kinds_come_in_order_and_share_the_list(completer: Completer) -> None:
    """Themes, funders, councils, phrases, titles; what begins as typed before what goes on so, then by count."""
    assert completer.complete("health") == (
        Suggestion("theme", "health-and-care-integration", "Health and care integration", 56),
        Suggestion("theme", "public-health", "Public health", 116),
        Suggestion("funding", "Public Health Grant", "Public Health Grant", 3),
        Suggestion("title", "health-b", "Health visitors lead the way", 0),
        Suggestion("title", "health-a", "Arun: health in all policies", 0),
    )


def test_one_kind_does_not_crowd_out_the_others() -> None:
    """Many councils leave room for titles, and fill the list when there is nothing else."""
    councils = [Completion("council", f"Co {at}", f"Co {at}", at) for at in range(20)]
    titles = [Completion("title", str(at), f"Co title {at}") for at in range(20)]
    mixed = [found.kind for found in Completer(Completions.of([*titles, *councils])).complete("co", 8)]
    assert mixed == ["council"] * 2 + ["title"] * 6
    alone = Completer(Completions.of(councils)).complete("co", 8)
    assert [found.label for found in alone] == [f"Co {at}" for at in range(19, 11, -1)]


def test_nothing_typed_and_nothing_found(completer: Completer) -> None:
    """Empty and unknown prefixes give nothing, and so does an empty collection."""
    for typed in ("", "  ", "!?", "zebra", "one zebra", "\ud800", "x" * 10_000):
        assert completer.complete(typed) == ()
    assert completer.complete("health", 0) == ()
    assert Completer(Completions.of([])).complete("health") == ()


def test_phrases_are_shared_keywords_and_runs_of_titles() -> None:
    """A phrase is shared by several records, crosses no punctuation, and is no part of a longer or a proper name."""
    titles = [(f"Town {at}: one public estate saves warm homes fund money", ["solar panels"]) for at in "abc"]
    values = list(value_completions(COUNTS))
    found = {phrase.label: phrase.count for phrase in phrase_completions([*titles, ("Solar panels", [])], values)}
    assert found["solar panels"] == 3
    assert "one public estate" not in found
    assert "a one" not in found
    assert "warm homes" not in found
    assert found["warm homes fund"] == 3


def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    """No flipped byte gives a wrong label."""
    path = tmp_path / "completions.words"
    write_completions(path, title_completions(TITLES))
    data = bytearray(path.read_bytes())
    data[data.find(b"Darlington")] ^= 1
    path.write_bytes(data)
    completions = Completions.open(path)
    with pytest.raises(IndexDamaged):
        Completer(completions).complete("darl")
    with pytest.raises(IndexDamaged):
        completions.verify()


def test_few_of_100000_titles_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many titles begin as typed, only those that are shown are taken out of the arrays one by one."""
    rng = random.Random(5)
    words = [f"{first}{rest}" for first in "abcdefgh" for rest in ("ouncil", "ommunity", "are", "ealth", "ome")]
    titles = ((str(at), " ".join(rng.choices(words, k=8))) for at in range(100_000))
    completer = Completer(Completions.of(title_completions(titles)))
    read: list[int] = []
    entry = Completions.entry
    monkeypatch.setattr(Completions, "entry", lambda self, at: read.append(at) or entry(self, at))
    for typed in ("c", "co", "community health", "health council"):
        read.clear()
        assert len(completer.complete(typed, 8)) == len(read) <= 8


label = st.lists(st.sampled_from(["care", "Carers", "council", "co-op", "É", "20", "a", "the"]), min_size=1, max_size=5)


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), label.map(" ".join)), max_size=30),
    label.map(" ".join),
    st.integers(1, 9),
)
def test_every_completion_has_what_was_typed(rows: list[tuple[str, str]], typed: str, limit: int) -> None:
    """Whatever is offered holds every typed word as the beginning of a word, once, by kind; nothing is held back."""
    entries = [Completion(kind, str(at), text, at) for at, (kind, text) in enumerate(rows)]
    found = Completer(Completions.of(entries)).complete(typed, limit)
    assert len({suggestion.value for suggestion in found}) == len(found) <= limit
    key = completion_key(typed)
    for suggestion in found:
        words = completion_key(suggestion.label).split()
        assert all(any(word.startswith(part) for word in words) for part in key.split())
    straight = {entry.value for entry in entries if f" {key}" in f" {completion_key(entry.label)}"}
    assert len(found) >= min(limit, len(straight))
    kinds = [KINDS.index(suggestion.kind) for suggestion in found]
    assert kinds == sorted(kinds)
