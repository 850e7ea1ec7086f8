"""Phrases on position arrays against looking at the words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import whoosh_index

from corpus import CaseStudy
from index.codec import segment_arrays
from search.boolean import Scratch
from search.phrases import phrase_docs, places_of

WORDS = ("ash", "elm", "oak", "the")
bodies = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=12)
phrases = st.lists(st.sampled_from(WORDS), min_size=2, max_size=4)


def holds(words: list[str], phrase: list[str]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words)))


@settings(max_examples=settings().max_examples // 4)
@given(bodies, st.lists(phrases, min_size=1, max_size=12))
def test_phrases_are_those_of_the_words(drawn: list[list[str]], asked: list[list[str]]) -> None:
    """Repeated words, overlaps and words at both ends: the documents in which the words stand in a row."""
    records = [CaseStudy(f"r{at:02}", "t", body=" ".join(words)) for at, words in enumerate(drawn)]
    with whoosh_index([records]) as index, index.reader() as reader:
        (segment,) = segment_arrays(reader)
        field = segment.field("body_exact")
        assert field is not None
        for phrase in asked:
            ordinals = [field.find(word.encode()) for word in phrase]
            if min(ordinals) < 0:
                assert not any(holds(words, phrase) for words in drawn)
                continue
            found = phrase_docs(field, ordinals, Scratch(len(records))).tolist()
            assert found == [doc for doc, words in enumerate(drawn) if holds(words, phrase)]
            docs = field.docs(ordinals[0])[::2]
            expected = [
                (doc << 32) + at for doc in docs.tolist() for at, word in enumerate(drawn[doc]) if word == phrase[0]
            ]
            assert places_of(field, ordinals[0], docs).tolist() == expected
