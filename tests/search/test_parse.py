"""From the words of a request to a query tree, with notes on what could not be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import Analyser
from index.schema import EXACT_FIELDS
from search.parse import EXACT_BOOSTS, ParsedQuery, QueryParser
from search.query_tree import (
    And,
    AndMaybe,
    AndNot,
    DisjunctionMax,
    Every,
    NullQuery,
    Or,
    Prefix,
    Query,
    Term,
    TermRange,
    Wildcard,
)
from search.read_words import WordReader
from search.request import MAX_TEXT, MODES

PARSER = QueryParser(WordReader(Analyser(), lambda word: None))


def term(stem: str, field: str = "text") -> Query:
    return Term(field, stem)


def parsed(text: str, mode: str = "best") -> ParsedQuery:
    return PARSER.parse(text, mode)  # type: ignore[arg-type]


A, B, C = term("health"), term("hous"), term("park")


@pytest.mark.parametrize(
    ("text", "query", "read_as"),
    [
        ("health", A, "health"),
        ("health housing", Or([A, B]), "health OR housing"),
        ("health AND housing", And([A, B]), "health AND housing"),
        ("health OR housing AND park", Or([A, And([B, C])]), "health OR (housing AND park)"),
        ("+health housing", AndMaybe(A, B), "+health housing"),
        ("+health +housing", And([A, B]), "+health +housing"),
        ("health -housing", AndNot(A, B), "health -housing"),
        ("health -housing -park", AndNot(A, Or([B, C])), "health -housing -park"),
        ("-health", AndNot(Every(), A), "-health"),
        ("health NOT housing", AndNot(A, B), "health AND NOT housing"),
        ("title:health", term("health", "title"), "title:health"),
        ("year:2015", TermRange("year", "2015", "2015"), "+year:2015"),
        ("year:2015..2018", TermRange("year", "2015", "2018"), "+year:2015..2018"),
        ("year:2015..", TermRange("year", "2015", None), "+year:2015.."),
        ("year:..2018", TermRange("year", None, "2018"), "+year:..2018"),
        ('council:"Leeds"', Term("council", "Leeds City Council"), '+council:"Leeds"'),
        ('funding:"OPE"', Term("funding", "One Public Estate"), '+funding:"OPE"'),
        ('theme:"housing"', Term("theme", "housing"), '+theme:"housing"'),
        ("region:wales", Term("region", "Wales"), "+region:wales"),
    ],
)
def test_the_tree_says_what_was_written(text: str, query: Query, read_as: str) -> None:
    """Each construct of the language, and how it is shown to the reader."""
    found = parsed(text)
    assert found.query == query
    assert found.read_as == read_as
    assert found.notes == ()


def test_stars_look_in_the_exact_fields() -> None:
    """A star at the end is a prefix, one inside a pattern; accents and hyphens are folded as in the index."""
    for text, kind, pattern in (
        ("Regen*", Prefix, "regen"),
        ("he*th", Wildcard, "he*th"),
        ("Co-prod*", Prefix, "coprod"),
    ):
        query = parsed(text).query
        assert isinstance(query, DisjunctionMax)
        assert [(type(each), each.fieldname, each.text) for each in query.subqueries] == [
            (kind, name, pattern) for name in EXACT_FIELDS
        ]
        assert [each.boost for each in query.subqueries] == [EXACT_BOOSTS[name] for name in EXACT_FIELDS]


def test_modes_change_how_words_join() -> None:
    """ "all" asks for every word, "phrase" for the words as they stand, whatever signs are among them."""
    assert parsed("health housing", "all").query == And([A, B])
    assert parsed("health -housing", "all").query == AndNot(A, B)
    assert parsed("the health", "phrase").read_as == '"the health"'
    assert parsed('the "health', "phrase").read_as == '"the health"'


def test_only_what_is_wanted_is_marked() -> None:
    """Excluded words are neither marked nor counted."""
    found = parsed('health -housing "public park" regen* NOT library')
    assert found.matched.stems == {"health"}
    assert found.matched.phrases == (("public", "park"),)
    assert found.matched.prefixes == ("regen",)
    assert [clause.surface for clause in found.clauses] == ["health"]


def test_function_words_alone_are_looked_up_as_they_stand() -> None:
    """ "what if" holds no word that ranks; it is found in the exact fields."""
    found = parsed("what if")
    assert found.matched.words == {"what", "if"}
    assert found.read_as == "what AND if"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('"health', "malformed"), ("(health", "malformed"), ("health AND", "malformed"),
        ("year:soon", "unknown-year"), ("…", "no-words"), ("health " * 1_000, "truncated"),
    ],
)  # fmt: skip
def test_notes_tell_what_happened(text: str, code: str) -> None:
    """Each with its stable code."""
    assert code in [note.code for note in parsed(text).notes]


def test_nothing_asked_is_no_query() -> None:
    """Blank text matches everything and scores nothing; words of no letter match nothing."""
    for text in ("", "   ", "\x00\n"):
        assert parsed(text).query is None
    assert parsed("…").query is NullQuery


@pytest.mark.parametrize("mode", MODES)
def test_long_blanks_are_no_trouble(mode: str) -> None:
    """Blanks around the words do not count as text that was read."""
    for blank in (" " * (MAX_TEXT + 1), " " * (MAX_TEXT - 2), "\n" * 9_999):
        assert parsed(blank, mode).query is None
        assert parsed(f"{blank}health{blank}", mode) == parsed("health", mode)


@given(st.text(max_size=200), st.sampled_from(MODES))
def test_parsing_never_fails(text: str, mode: str) -> None:
    """Any text in any mode gives a tree or nothing."""
    found = parsed(text, mode)
    assert found.query is None or isinstance(found.query, Query) or found.query is NullQuery
