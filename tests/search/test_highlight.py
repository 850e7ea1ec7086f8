"""Passing over words that cannot match changes no match."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import BREAK
from search.highlight import Highlighter
from search.matched_forms import MatchedForms

TOKENS = (
    *("council", "Council\u2019s", "councils", "COUNCIL-led", "state", "of", "the", "art", "co", "production"),
    *("co-production", "coproduction", "20", "mph", "20mph", "1,200", "caf\u00e9", "cafe", "cafe\u0301", "na\u00efve"),
    *("well", "being", "well-being", "wellbeing", "regeneration", "Regenerative", "x", "-", "\u2013", "*", "("),
    *("R&D", "O'Brien", "under_score", "AND", "\u00a3", "\u017ftate"),
)
GAPS = (" ", " ", " ", "\n", "\u00a0", ", ", ". ", " - ", "  ", "", BREAK, "_", "/", " * * ")
FORMS = {
    "council": ["council", "councils"],
    "state": ["state", "states"],
    "cafe": ["cafe", "cafes"],
    "wellb": ["wellbeing"],
}
WORDS = ("council", "co", "coproduction", "20", "20mph", "mph", "the", "naive", "obrien", "rd", "1200", "score")
PHRASES = (("state", "of", "the", "art"), ("co", "production"), ("20", "mph"), ("well", "being"), ("of", "the"))

texts = st.lists(st.tuples(st.sampled_from(TOKENS), st.sampled_from(GAPS)), max_size=25).map(
    lambda pairs: "".join(token + gap for token, gap in pairs)
)
asked = st.builds(
    MatchedForms,
    stems=st.frozensets(st.sampled_from(sorted(FORMS))),
    words=st.frozensets(st.sampled_from(WORDS), max_size=3),
    phrases=st.lists(st.sampled_from(PHRASES), max_size=2).map(tuple),
    prefixes=st.lists(st.sampled_from(["regen", "co", "s", "2"]), max_size=2).map(tuple),
)


@settings(max_examples=1_000)
@given(texts, asked)
def test_only_what_cannot_match_is_passed_over(text: str, matched: MatchedForms) -> None:
    """The matches are those of looking at every word."""
    quick = Highlighter(matched, forms=lambda stem: FORMS.get(stem, ()))
    slow = Highlighter(matched, forms=lambda stem: FORMS.get(stem, ()))
    slow._candidate = None
    assert quick.matches(text) == slow.matches(text)
