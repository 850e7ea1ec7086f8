"""The query language as a tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query_syntax import (
    MAX_DEPTH,
    Both,
    Either,
    Fielded,
    Malformed,
    Negated,
    Node,
    Phrase,
    Prefix,
    Sequence,
    Sign,
    Words,
    is_plain,
    read,
)


def seq(*clauses: Node | tuple[Sign, Node]) -> Sequence:
    return Sequence(tuple(each if isinstance(each, tuple) else ("", each) for each in clauses))


A, B, C = Words("a"), Words("b"), Words("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", seq()),
        ("a", seq(A)),
        ("a b", seq(Words("a b"))),
        ("a AND b", seq(Both((A, B)))),
        ("a OR b", seq(Either((A, B)))),
        ("a AND b OR c", seq(Either((Both((A, B)), C)))),
        ("a OR b AND c", seq(Either((A, Both((B, C)))))),
        ("a AND (b OR c)", seq(Both((A, seq(Either((B, C))))))),
        ("a NOT b", seq(Both((A, Negated(B))))),
        ("a AND NOT b", seq(Both((A, Negated(B))))),
        ("NOT a", seq(("-", A))),
        ("NOT NOT a", seq(("-", Negated(A)))),
        ("+a -b c", seq(("+", A), ("-", B), C)),
        ("a -b", seq(A, ("-", B))),
        ('"a b" c', seq(Phrase("a b"), C)),
        ("“a b”", seq(Phrase("a b"))),
        ('-"a b"', seq(("-", Phrase("a b")))),
        ("a* b", seq(Prefix("a*"), B)),
        ("he*th", seq(Prefix("he*th"))),
        ("title:a", seq(Fielded("title", "a", exact=False))),
        ('council:"a b"', seq(Fielded("council", "a b", exact=True))),
        ("-theme:a", seq(("-", Fielded("theme", "a", exact=False)))),
        ("year:2015..2020", seq(Fielded("year", "2015..2020", exact=False))),
        ("ratio:a", seq(Words("ratio a"))),
        ("http://a.b", seq(Words("http://a.b"))),
        ("co-production", seq(Words("co-production"))),
        ("a - b", seq(Words("a - b"))),
        ("android ORacle", seq(Words("android ORacle"))),
        ("and or not", seq(Words("and or not"))),
    ],
)
def test_what_is_written_is_read(text: str, tree: Sequence) -> None:
    """Each sign of the language, and what only looks like one."""
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"a b', "quotation mark is not closed"),
        ("(a", "opening bracket has no closing one"),
        ("a)", "closing bracket has no opening one"),
        ("()", "brackets is empty"),
        ("a AND", "the end stands where a word is expected"),
        ("OR a", "OR stands where a word is expected"),
        ("a AND OR b", "OR stands where a word is expected"),
        ("NOT", "the end stands where"),
        ("title:(a)", "nothing stands behind title:"),
        ("(" * (MAX_DEPTH + 2) + "a" + ")" * (MAX_DEPTH + 2), "nested too deeply"),
    ],
)
def test_what_breaks_the_language_is_said(text: str, message: str) -> None:
    """The message is in words for the reader."""
    with pytest.raises(Malformed, match=message):
        read(text)


@pytest.mark.parametrize(
    "text", ["public health", "co-production in the North-East", "what if", "20 mph", "é", "a & b", "1:2"]
)
def test_most_queries_are_plain(text: str) -> None:
    """Text without a sign of the language never meets the reader of the language."""
    assert is_plain(text)


@pytest.mark.parametrize("text", ['"a"', "a*", "(a)", "+a", "a -b", "a AND b", "NOT a", "title:a", "“a”"])
def test_signs_are_noticed(text: str) -> None:
    """Each sign of the language is seen."""
    assert not is_plain(text)


SIGNS = ("a", "AND", "OR", "NOT", "(", ")", "+", "-", '"', "*", "title:", "..", "\x00")


@given(st.text(max_size=60) | st.lists(st.sampled_from(SIGNS), max_size=30).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but `Malformed` is ever raised, and plain text is one run of its words."""
    try:
        tree = read(text)
    except Malformed:
        return
    if is_plain(text) and text.strip():
        assert all(sign == "" and isinstance(node, Words) for sign, node in tree.clauses)


@pytest.mark.parametrize("text", ["NOT " * 5_000 + "a", "-" * 5_000 + "a", "(" * 5_000, "a AND " * 5_000 + "a"])
def test_deep_text_does_not_exhaust_the_stack(text: str) -> None:
    """Recursion ends long before Python's limit, or the text is refused."""
    try:
        read(text[:2_000])
    except Malformed:
        return
