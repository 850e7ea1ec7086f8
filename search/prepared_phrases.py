"""The curators' phrases as one file that a process can read at once.

Cutting, folding and sorting 2,000 names and phrases takes longer than all else in a process's first answer, and always
gives the same. `tools/prepare_phrases.py` writes the outcome to `data/known_phrases.json`. The file tells which
lists it was made from: where a curator has changed one since, the lists themselves are read, as if there were no file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from corpus import tables as corpus_tables
from corpus.digests import blake2b
from index import words
from search import places, synonyms
from search.known_phrases import KnownPhrase, PhraseTable, grouped
from search.places import Place
from search.synonyms import Synonym
from search.tables import DATA

FILE: Final = DATA / "known_phrases.json"

Meaning = Synonym | Place

_SOURCES: Final = (
    DATA / synonyms.FILE,
    DATA / places.FILE,
    corpus_tables.DATA / "councils.csv",
    words.DATA / words.STOP_WORDS,
)


def curators_phrases() -> PhraseTable[Meaning]:
    """The synonyms and places, listed and derived. Raises `BadInput` for a list that cannot be used."""
    plain = _read(FILE)
    if plain.get("sources") == sources():
        return PhraseTable(_Prepared(plain["meanings"], plain["phrases"]))
    return PhraseTable(made())


def made() -> Mapping[str, Sequence[KnownPhrase[Meaning]]]:
    """The phrases from the lists themselves."""
    return grouped((*synonyms.synonyms(), *places.places()))


def prepared() -> str:
    """What belongs into the file."""
    phrases = made()
    numbers: dict[Meaning, int] = {}
    rows = {
        first: [
            [
                " ".join(phrase.words),
                " ".join(phrase.written),
                int(phrase.capitals),
                [numbers.setdefault(meaning, len(numbers)) for meaning in phrase.meanings],
            ]
            for phrase in group
        ]
        for first, group in phrases.items()
    }
    meanings = ",\n".join(_compact(_plain(meaning)) for meaning in numbers)
    groups = ",\n".join(f"{_compact(first)}:{_compact(group)}" for first, group in rows.items())
    # A line for each, so that a change of the lists shows as what it is.
    return f'{{"sources":"{sources()}",\n"meanings":[\n{meanings}\n],\n"phrases":{{\n{groups}\n}}}}\n'


def _compact(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def sources() -> str:
    """A hex digest of the lists."""
    digest = blake2b(digest_size=8)
    for path in _SOURCES:
        # A line may end otherwise where the lists were checked out on another system.
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return plain if isinstance(plain, dict) else {}


def _plain(meaning: Meaning) -> list[Any]:
    if isinstance(meaning, Synonym):
        return [meaning.text, meaning.weight, meaning.reason]
    plain = [meaning.name, list(meaning.councils), meaning.reason]
    return [*plain, list(meaning.regions)] if meaning.regions else plain


class _Prepared(Mapping[str, Sequence[KnownPhrase[Meaning]]]):
    """The phrases of the file by their first word, made when they are asked for."""

    def __init__(self, meanings: list[list[Any]], phrases: dict[str, list[list[Any]]]) -> None:
        self._meanings = meanings
        self._phrases = phrases

    def __getitem__(self, first: str) -> Sequence[KnownPhrase[Meaning]]:
        return tuple(self._phrase(*row) for row in self._phrases[first])

    def __iter__(self) -> Iterator[str]:
        return iter(self._phrases)

    def __len__(self) -> int:
        return len(self._phrases)

    def _phrase(self, held: str, written: str, capitals: int, numbers: list[int]) -> KnownPhrase[Meaning]:
        meanings = tuple(self._meaning(*self._meanings[number]) for number in numbers)
        return KnownPhrase(tuple(held.split(" ")), tuple(written.split(" ")), bool(capitals), meanings)

    @staticmethod
    def _meaning(name: str, given: Any, reason: str, regions: Sequence[str] = ()) -> Meaning:
        if isinstance(given, list):
            return Place(name, tuple(given), reason, tuple(regions))
        return Synonym(name, given, reason)
