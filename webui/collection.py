"""The open engine behind the pages, and what is known of its collection.

One `Collection` serves every thread of the process. It follows the index to a
new generation by itself: now and then a request asks the engine to refresh.
"""

from __future__ import annotations

import difflib
import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from os import PathLike
from typing import Final

from corpus.errors import CasefinderError
from corpus.gazetteer import gazetteer
from corpus.vocabulary import resolve_funder, resolve_theme
from search import NO_VALUE, Bucket, Engine, open_engine
from search.results import EngineStats

REFRESH_SECONDS: Final = 2.0
"""How old the answer may be to "is there a newer generation?": one look at a small file."""


@dataclass(frozen=True, eq=False)
class Glance:
    """What one generation holds: its statistics, and its facet values by value."""

    stats: EngineStats

    @cached_property
    def values(self) -> dict[str, dict[str, Bucket]]:
        """Facet to value to bucket, without the "nothing recorded" value."""
        return {
            facet: {bucket.value: bucket for bucket in buckets if bucket.value != NO_VALUE}
            for facet, buckets in self.stats.values.items()
        }

    @cached_property
    def built(self) -> datetime:
        """When the generation was written (UTC); now where the engine does not say."""
        try:
            moment = datetime.fromisoformat(self.stats.built_at)
        except ValueError:
            return datetime.now(UTC).replace(microsecond=0)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    @cached_property
    def version(self) -> str:
        """A short name that changes whenever the collection does."""
        told = f"{self.stats.generation}\0{self.stats.built_at}\0{self.stats.documents}"
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

    def knows(self, facet: str, value: str) -> bool:
        """Whether a case study carries this value."""
        return value == NO_VALUE or value in self.values.get(facet, {})

    def nearest(self, facet: str, value: str) -> Bucket | None:
        """The recorded value that `value` was probably meant to be: another name of it, or the most alike."""
        known = self.values.get(facet, {})
        named = _named(facet, value)
        if named in known:
            return known[named]
        by_text = {text.casefold(): bucket for bucket in known.values() for text in (bucket.label, bucket.value)}
        found = difflib.get_close_matches(value.casefold(), by_text, n=1, cutoff=0.75)
        return by_text[found[0]] if found else None


def _named(facet: str, text: str) -> str | None:
    """The facet value that the vocabularies know under this name or alias ("OPE", "Brighton")."""
    if facet == "theme":
        theme = resolve_theme(text)
        return theme.slug if theme else None
    if facet == "funding":
        funder = resolve_funder(text)
        return funder.name if funder else None
    if facet == "council":
        council = gazetteer().resolve(text)
        return council.name if council else None
    return None


class Collection:
    """The engine of now; ask for it once a request, since it may change between two."""

    def __init__(self, source: Engine | str | PathLike[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        engine: Engine = open_engine(source) if isinstance(source, str | PathLike) else source
        # One attribute, so that no thread ever sees the engine of one generation with the glance of another.
        self._held = engine, Glance(engine.stats())
        self._lock = threading.Lock()
        self._clock = clock
        self._looked = clock()

    def now(self) -> tuple[Engine, Glance]:
        """The engine and its glance, refreshed when the last look is old.

        A replaced engine is not closed here: other threads may still be
        answering from it, and its memory maps go with its last user.
        """
        if self._clock() - self._looked > REFRESH_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._looked = self._clock()
                self._refresh()
            finally:
                self._lock.release()
        return self._held

    def _refresh(self) -> None:
        """Go over to a newer generation; one that cannot be opened leaves the last good one in service."""
        try:
            fresh = self._held[0].refresh()
            if fresh is not self._held[0]:
                self._held = fresh, Glance(fresh.stats())
        except CasefinderError as error:
            logging.getLogger("casefinder").warning("The newer index cannot be opened: %s", error)
