"""Comparing names as people write them: folding, slugs and near misses."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from corpus.patterns import lazily

_APOSTROPHES = lazily("['’‘`´ʼ]")
_SEPARATORS = lazily(r"[\W_]+")


def fold(text: str) -> str:
    """The text without what writers vary: case, accents, punctuation, "&" against "and", spacing.

    "King's Lynn & West Norfolk" and "kings lynn and west norfolk" fold to the
    same string; words stay apart by one space. Empty if nothing is left.
    """
    if text.isascii():
        plain = text.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    plain = _APOSTROPHES.sub("", plain).replace("&", " and ")
    return _SEPARATORS.sub(" ", plain).strip()


def slugify(text: str) -> str:
    """Kebab-case ASCII for an address: "King's Lynn & West Norfolk" becomes "kings-lynn-and-west-norfolk"."""
    return "-".join(fold(text).encode("ascii", "ignore").decode().split())


def nearest(value: str, choices: Iterable[str], limit: int = 3, cutoff: float = 0.6) -> tuple[str, ...]:
    """The choices that look most like `value`, best first, at most `limit`.

    Similarity is difflib's ratio of the folded texts (1.0 = equal); below
    `cutoff` nothing is offered, because a far-fetched suggestion is worse than none.
    """
    from difflib import get_close_matches  # only bad input needs it

    by_folded: dict[str, str] = {}
    for choice in choices:
        by_folded.setdefault(fold(choice), choice)
    matches = get_close_matches(fold(value), list(by_folded), n=max(limit, 1), cutoff=cutoff)
    return tuple(by_folded[match] for match in matches[:limit])
