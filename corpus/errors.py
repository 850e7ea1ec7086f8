"""The one exception tree of Casefinder.

    CasefinderError
    ├── BadInput            the user's input is wrong: exit code 2, HTTP 4xx
    │   └── CorpusError     (corpus.problems) every problem of a set of records
    ├── IndexMissing        no index where one was asked for
    ├── IndexIncompatible   an index of another schema version or analyser
    ├── IndexDamaged        a file of the index is truncated, altered or missing
    ├── IndexLocked         another process is writing the index
    └── StorageFailed       the disk refused: read-only folder, no space left

Domain code raises these and nothing else on purpose; `cli.py` and `webui/`
each turn them into an exit code or a status in one place.
"""

from __future__ import annotations


class CasefinderError(Exception):
    """Base of every error that Casefinder raises on purpose.

    The message is one or more whole sentences for the user: what is wrong,
    where, and how to mend it.
    """


class BadInput(CasefinderError):
    """A value that the user gave cannot be used as it is."""


class IndexMissing(CasefinderError):
    """There is no index at the path that was asked for."""


class IndexIncompatible(CasefinderError):
    """The index was written by another schema version, analyser or stemmer."""


class IndexDamaged(CasefinderError):
    """A file of the index is truncated, altered or missing."""


class IndexLocked(CasefinderError):
    """Another process holds the writer's lock of this index."""


class StorageFailed(CasefinderError):
    """The disk refused to store the index: read-only, full, or gone."""
