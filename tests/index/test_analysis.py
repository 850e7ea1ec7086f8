"""The analyser, word by word, and its promises for any text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import BREAK, BREAK_GAP, MAX_WORD, RAW_WORD, Analyser, fold
from index.whoosh_analysis import ExactAnalyser, StemmedAnalyser

ANALYSER = Analyser()


# A text → its unstemmed terms and its stems, each in the order of `Analyser.tokens`.
TABLE = [
    ("", [], []),
    ("   \n\t ", [], []),
    ("!?…—", [], []),
    ("🦊 🎉", [], []),
    ("Health", ["health"], ["health"]),
    ("HEALTH", ["health"], ["health"]),
    ("the", ["the"], []),
    ("councils", ["councils"], ["council"]),
    ("council's", ["councils"], ["council"]),
    ("council’s", ["councils"], ["council"]),
    ("councils’", ["councils"], ["council"]),
    ("'council'", ["council"], ["council"]),
    ("don't", ["dont"], []),
    ("children's", ["childrens"], ["child"]),
    ("organisation", ["organisation"], ["organis"]),
    ("organization", ["organization"], ["organis"]),
    ("organisations", ["organisations"], ["organis"]),
    ("analyze", ["analyze"], ["analys"]),
    ("O'Brien", ["obrien"], ["obrien"]),
    ("O’Brien", ["obrien"], ["obrien"]),
    ("café", ["cafe"], ["cafe"]),
    ("cafe\u0301", ["cafe"], ["cafe"]),
    ("Ynys Mo\u0302n", ["ynys", "mon"], ["ynys", "mon"]),
    ("Straße", ["strasse"], ["strass"]),
    ("ﬁnance", ["finance"], ["financ"]),
    ("co\u00adoperate", ["cooperate"], ["cooper"]),
    ("20mph", ["20mph", "20", "mph"], ["20mph", "20", "mph"]),
    ("20 mph", ["20", "20mph", "mph"], ["20", "20mph", "mph"]),
    ("20-mph", ["20mph", "20", "mph"], ["20mph", "20", "mph"]),
    ("COVID-19", ["covid19", "covid", "19"], ["covid19", "covid", "19"]),
    ("Covid 19", ["covid", "covid19", "19"], ["covid", "covid19", "19"]),
    ("£1.2m", ["1.2m", "1.2", "m"], ["1.2m", "1.2", "m"]),
    ("£1.2 million", ["1.2", "1.2m", "million"], ["1.2", "1.2m", "million"]),
    ("1,200", ["1200"], ["1200"]),
    ("£1,234,567.89", ["1234567.89"], ["1234567.89"]),
    ("2015-16", ["2015", "16"], ["2015", "16"]),
    ("wellbeing", ["wellbeing"], ["wellb"]),
    ("well-being", ["wellbeing", "well", "being"], ["wellb", "well"]),
    ("well being", ["well", "wellbeing", "being"], ["well", "wellb"]),
    ("co-production", ["coproduction", "co", "production"], ["coproduct", "co", "product"]),
    ("co‑production", ["coproduction", "co", "production"], ["coproduct", "co", "product"]),
    ("coproduction", ["coproduction"], ["coproduct"]),
    ("co production", ["co", "coproduction", "production"], ["co", "coproduct", "product"]),
    ("co, production", ["co", "production"], ["co", "product"]),
    ("co\nproduction", ["co", "production"], ["co", "product"]),
    ("A&E", ["ae", "a", "e"], ["ae", "e"]),
    ("snake_case", ["snake", "case"], ["snake", "case"]),
    ("http://example.org/a", ["http", "example", "org", "a"], ["http", "exampl", "org"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "exact", "stems"), TABLE)
def test_the_table_of_words(text: str, exact: list[str], stems: list[str]) -> None:
    """Every kind of word that councils write, as it is indexed."""
    assert ANALYSER.exact_terms(text) == exact
    assert ANALYSER.stems(text) == stems


# Spellings of one thing: they share a stem, which is what makes them find each other.
MEET = [
    ("organisation", "organization"), ("organise", "organizing"), ("analyse", "analyzed"), ("behaviour", "behavior"),
    ("centre", "center"), ("neighbourhood", "neighborhood"), ("programme", "programmes"), ("labour", "labor"),
    ("policing", "police"), ("regeneration", "regenerating"), ("library", "libraries"), ("child", "children"),
    ("child", "children's"), ("person", "persons"), ("co-production", "coproduction"),
    ("co-production", "co production"),
    ("well-being", "wellbeing"), ("well being", "wellbeing"), ("20mph", "20 mph"), ("20-mph", "20 mph"),
    ("£1.2m", "£1.2 million"), ("£3bn", "£3 billion"), ("COVID-19", "Covid 19"), ("covid19", "COVID-19"),
    ("café", "cafe"), ("O'Brien", "O’Brien"), ("O'Brien", "OBrien"), ("policy", "policies"), ("ageing", "aging"),
    ("inequality", "inequalities"), ("e-mail", "email"), ("key worker", "keyworkers"), ("1,200", "1200"),
    ("100 per-cent", "per cent"), ("50 kilometres", "50km"), ("Gwynedd", "GWYNEDD"), ("Ynys Môn", "Ynys Mon"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), MEET)
def test_spellings_of_one_word_meet(left: str, right: str) -> None:
    """British and American, open, hyphenated and closed, with and without accents, apostrophes or units."""
    assert set(ANALYSER.stems(left)) & set(ANALYSER.stems(right))


# Words that a stemmer throws together although they mean different things.
APART = [
    ("policing", "policy"), ("police", "policies"), ("university", "universal"), ("universities", "universe"),
    ("organ", "organisation"), ("general", "generic"), ("busy", "bus"), ("important", "import"),
    ("relative", "relation"),
    ("emergency", "emerging"), ("internal", "international"), ("nursery", "nursing"), ("several", "severe"),
    ("community", "commune"), ("experience", "experiment"), ("20mph", "30mph"), ("£1.2m", "£1.3m"),
    ("author", "authority"),
    ("resident", "residential"), ("army", "arms"), ("pastor", "past"), ("resize", "resis"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), APART)
def test_words_that_only_look_alike_stay_apart(left: str, right: str) -> None:
    """Their closed or only forms differ."""
    assert ANALYSER.stems(left)[0] != ANALYSER.stems(right)[0]


def test_positions_of_parts_follow_each_other() -> None:
    """Parts stand at successive positions, closed forms where their first part stands, stop words keep theirs."""
    tokens = list(ANALYSER.tokens("The well-being of co production"))
    assert [(token.exact, token.position) for token in tokens] == [
        ("the", 0), ("wellbeing", 1), ("well", 1), ("being", 2), ("of", 3), ("co", 4), ("coproduction", 4),
        ("production", 5),
    ]  # fmt: skip


def test_a_break_keeps_its_sides_apart() -> None:
    """Two values of one field are too far from each other for any phrase."""
    first, second = ANALYSER.tokens(f"co{BREAK}production")
    assert second.position - first.position > BREAK_GAP


def test_offsets_point_at_the_raw_word() -> None:
    """Every term knows where its word stands in the text."""
    text = "A ’20 mph’ zone: £1.2m!"
    assert {token.exact: text[token.start : token.end] for token in ANALYSER.tokens(text)} == {
        "a": "A", "20": "20", "20mph": "20 mph", "mph": "mph", "zone": "zone",
        "1.2m": "1.2m", "1.2": "1.2m", "m": "1.2m",
    }  # fmt: skip


def test_very_long_words_are_cut() -> None:
    """Encoded data cannot fill an index with terms of any length, nor take long."""
    for text in ("x" * 100_000, "x-" * 50_000, "9" * 100_000, "é" * 100_000, "1.2" * 50_000):
        assert all(len(term) <= MAX_WORD for term in ANALYSER.exact_terms(text))


def test_forgetting_changes_nothing() -> None:
    """A small cache, dropped all the time, gives what a large one gives."""
    text = "The councils’ co-production of 20mph zones in Ynys Môn, organised and organized"
    assert list(Analyser(cache_size=1).tokens(text)) == list(ANALYSER.tokens(text))


def test_known_stems_are_believed() -> None:
    """An index that knows a word's stem spares the stemmer; stop words have none either way."""
    analyser = Analyser(known_stem={"libraries": "known"}.get)
    assert analyser.stems("the libraries councils") == ["known", "council"]


texts = st.text(max_size=80) | st.lists(
    st.sampled_from(["co", "production", "co-production", "20", "mph", "1.2m", "well", "being", "the", "’s", "-",
                     "é", "\u00ad",
                     BREAK, "&", "1,2", ".", " ", "\u00a0", "\n", "İ", "ß", "ﬁ", "\ud800", "𝟚𝟘mph", "²", "Ⅷ", "١٢"]),
    max_size=20,
).map("".join)  # fmt: skip


@given(texts)
def test_any_text_is_analysed(text: str) -> None:
    """Offsets lie inside the text and hold word characters; the positions of any one term ascend; terms are clean."""
    last: dict[str, int] = {}
    last_stem: dict[str, int] = {}
    for token in ANALYSER.tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.exact
        assert len(token.exact) <= MAX_WORD
        assert not set(token.exact) & set(" \t\n'’-&,\u00ad" + BREAK)
        assert token.position >= last.get(token.exact, -1)
        last[token.exact] = token.position
        if token.stem:
            assert token.position >= last_stem.get(token.stem, -1)
            last_stem[token.stem] = token.position


@given(st.text(alphabet="aeiouwyçñâêîôûŵŷÁÉÖŠ bcn-'’1", max_size=40))
def test_composed_and_decomposed_text_is_the_same(text: str) -> None:
    """NFC and NFD spellings of a text give the same terms."""
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert ANALYSER.exact_terms(composed) == ANALYSER.exact_terms(decomposed)
    assert ANALYSER.stems(composed) == ANALYSER.stems(decomposed)


@given(texts)
def test_folding_twice_changes_nothing(text: str) -> None:
    """A folded text is folded."""
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_whoosh_hears_the_same_terms(text: str) -> None:
    """The wrappers for Whoosh pass on terms, positions and offsets as they are."""
    heard = [(token.text, token.pos, token.startchar) for token in ExactAnalyser()(text, positions=True, chars=True)]
    assert heard == [(token.exact, token.position, token.start) for token in ANALYSER.tokens(text)]
    stems = [token.text for token in StemmedAnalyser()(text)]
    assert stems == ANALYSER.stems(text)


@given(st.text(alphabet="ab1.,’'-&\u00ad\u0301 ", max_size=40))
def test_raw_words_never_overlap(text: str) -> None:
    """The pattern cuts a text into stretches that begin with a letter or digit and end with one or its accent."""
    for found in RAW_WORD.finditer(text):
        assert found[0][0].isalnum()
        assert found[0][-1].isalnum() or found[0][-1] == "\u0301"


def test_wrappers_are_equal_by_class() -> None:
    """Whoosh compares the analysers of pickled schemas."""
    assert StemmedAnalyser() == StemmedAnalyser()
    assert StemmedAnalyser() != ExactAnalyser()
    assert len({StemmedAnalyser(), StemmedAnalyser(), ExactAnalyser()}) == 2


def test_a_measure_has_one_stem_however_it_is_written() -> None:
    """ "20 tonnes" and "20tonnes" meet, since a form has the same stem wherever it comes from."""
    written = {frozenset(Analyser().stems(text)) for text in ("20 tonnes", "20tonnes")}
    assert frozenset.intersection(*written) & {Analyser().stem("20tonne")}
