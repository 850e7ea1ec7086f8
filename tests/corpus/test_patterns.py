"""Patterns that are compiled late find what others find."""

from __future__ import annotations

import re

import pytest

from corpus.patterns import lazily


def test_a_late_pattern_is_the_same_pattern() -> None:
    """Every method and attribute is that of the compiled pattern, flags included."""
    late, compiled = lazily(r"(?P<word>b+)", re.IGNORECASE), re.compile(r"(?P<word>b+)", re.IGNORECASE)
    for _ in range(2):
        assert late.sub("x", "aBBb") == compiled.sub("x", "aBBb") == "ax"
        assert [each.span("word") for each in late.finditer("bab")] == [(0, 1), (2, 3)]
    assert (late.pattern, late.flags, late.groupindex) == (compiled.pattern, compiled.flags, compiled.groupindex)


def test_what_a_pattern_does_not_have_is_missing() -> None:
    """An unknown attribute is an error as on any pattern; so is a pattern that cannot be compiled."""
    with pytest.raises(AttributeError):
        _ = lazily("a").nothing  # type: ignore[attr-defined]
    with pytest.raises(re.error):
        lazily("(").match("a")
