"""What a query matches, for those who mark it in texts (`search.highlight`)."""

from __future__ import annotations

from collections.abc import Mapping

from corpus.value import Value, made


class MatchedForms(Value):
    """What a query matches, as terms of the index.

    `stems` are stemmed words, `words` unstemmed ones, `phrases` runs of
    unstemmed words (stop words included), `prefixes` beginnings of unstemmed words.
    `weights` says how much each tells (its idf), by stem or word, by prefix
    with a star ("regen*"), by phrase with spaces ("state of the art"); a phrase that is not
    in it weighs the sum of its words, anything else as much as the greatest weight given (1 without any):
    what people quote or cut short themselves is what they are looking for.
    """

    stems: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    phrases: tuple[tuple[str, ...], ...] = ()
    prefixes: tuple[str, ...] = ()
    weights: Mapping[str, float] = made(dict)

    def __bool__(self) -> bool:
        return bool(self.stems or self.words or self.phrases or self.prefixes)
