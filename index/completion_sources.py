"""Where completions come from: the vocabularies, the titles, and the phrases of the corpus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from corpus.gazetteer import gazetteer
from corpus.vocabulary import funders, themes
from index.completions import Completion, completion_key
from index.words import stop_words

PHRASE_RECORDS: Final = 20_000
"""Records that phrases are learned from, evenly taken: what is frequent is frequent among these too."""

LEAST_KEYWORD: Final = 2
"""Records that must share a keyword: one author's keyword is no phrase of the corpus yet."""
LEAST_RUN: Final = 3
"""Titles that must share a run of words; runs are cheaper to come by than keywords."""

MOST_PHRASES: Final = 5_000

_PUNCTUATION: Final = re.compile(r"[^\w\s'’&-]+")
"""What no phrase crosses; a hyphen, an apostrophe and "&" stand inside phrases."""


def value_completions(counts: Mapping[str, Mapping[str, int]]) -> Iterator[Completion]:
    """Themes, funders and councils that have records.

    `counts` maps the facets "theme", "funding" and "council" to the number of
    records of each value. A former council's name leads to its successors too.
    """
    theme_of, funder_of, places = themes(), funders(), gazetteer()
    for slug, count in counts.get("theme", {}).items():
        label = theme_of[slug].label if slug in theme_of else slug
        yield Completion("theme", slug, label, count)
    for name, count in counts.get("funding", {}).items():
        also = funder_of[name].aliases if name in funder_of else ()
        yield Completion("funding", name, name, count, also)
    for name, count in counts.get("council", {}).items():
        council = places.by_name.get(name)
        if council is None:
            yield Completion("council", name, name, count)
            continue
        former = (places.by_name[before] for before in council.predecessors if before in places.by_name)
        names = [council.short_name, *council.aliases, *(before.name for before in former)]
        if council.type == "London borough":
            names.append(f"LB {council.short_name}")
        yield Completion("council", name, name, count, tuple(filter(None, names)))


def title_completions(titles: Iterable[tuple[str, str]]) -> Iterator[Completion]:
    """Titles, from (record id, title) pairs."""
    return (Completion("title", id, title) for id, title in titles)


def phrase_step(records: int) -> int:
    """Every which of so many records phrases are learned from."""
    return max(1, records // PHRASE_RECORDS)


def phrase_completions(
    records: Iterable[tuple[str, Sequence[str]]], values: Iterable[Completion] = (), step: int = 1
) -> list[Completion]:
    """Phrases that several records share, most frequent first, from the (title, keywords) of every `step`-th record.

    A phrase is a keyword, or a run of two or three words of titles that begins
    and ends with no stop word and crosses no punctuation. A part of a longer phrase that
    is no more frequent than the whole is left out; so is a run of words that is part of the name
    of a council or funder among `values`, and a keyword that is one: those are completed themselves.
    """
    keywords: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    written: dict[str, str] = {}
    for title, its_keywords in records:
        keys = {completion_key(keyword): keyword for keyword in its_keywords}
        keywords.update(keys.keys())
        for key, keyword in keys.items():
            written.setdefault(key, keyword)
        runs.update(set(_runs(title)))
    shared = {key: count for key, count in runs.items() if count >= LEAST_RUN}
    shared |= {key: count for key, count in keywords.items() if count >= max(LEAST_KEYWORD, shared.get(key, 0))}
    shared.pop("", None)
    parts = {
        part
        for key, count in shared.items()
        for part in _parts(key.split())
        if shared.get(part) == count and part not in keywords
    }
    names = "".join(
        f" {completion_key(name)} \n"
        for value in values
        if value.kind != "theme"
        for name in (value.label, *value.also)
    )
    kept = (key for key in shared if key not in parts and _outside(key, names, key in keywords))
    best = sorted(kept, key=lambda key: (-shared[key], key))[:MOST_PHRASES]
    labels = [written.get(key, key) for key in best]
    return [Completion("phrase", label, label, shared[key] * step) for key, label in zip(best, labels, strict=True)]


def _outside(key: str, names: str, whole: bool) -> bool:
    """Whether a phrase is no part of the names (no name, if only `whole` ones count)."""
    return (f"\n {key} \n" if whole else f" {key} ") not in names


def _runs(title: str) -> Iterator[str]:
    stop = stop_words()
    for clause in _PUNCTUATION.split(title):
        yield from _runs_of(completion_key(clause).split(), stop)


def _runs_of(words: Sequence[str], stop: frozenset[str]) -> Iterator[str]:
    numbers = [word.isdigit() for word in words]
    ends = [not number and word not in stop for word, number in zip(words, numbers, strict=True)]
    for first in range(len(words) - 1):
        if not ends[first] or numbers[first + 1]:
            continue
        pair = f"{words[first]} {words[first + 1]}"
        if ends[first + 1]:
            yield pair
        if first + 2 < len(words) and ends[first + 2]:
            yield f"{pair} {words[first + 2]}"


def _parts(words: Sequence[str]) -> Iterator[str]:
    """The shorter runs of two or more words within a phrase."""
    for size in range(2, len(words)):
        for first in range(len(words) - size + 1):
            yield " ".join(words[first : first + size])
