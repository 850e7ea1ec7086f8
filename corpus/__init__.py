"""Case studies: the record, the controlled vocabularies, and the readers that turn files into records.

    from corpus import CaseStudy, read_corpus, CorpusError

Importing this package is quick: the readers, the YAML parser and the data
files are loaded when they are first used (PEP 562), because every command and
every worker imports it and few of them read files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corpus.model import CaseStudy

if TYPE_CHECKING:
    from corpus.problems import CorpusError, Problem, Problems
    from corpus.readers import Report, check_corpus, read_corpus, starter_corpus

__all__ = [
    "CaseStudy",
    "CorpusError",
    "Problem",
    "Problems",
    "Report",
    "check_corpus",
    "read_corpus",
    "starter_corpus",
]

_HOMES = {
    "CorpusError": "corpus.problems",
    "Problem": "corpus.problems",
    "Problems": "corpus.problems",
    "Report": "corpus.readers",
    "check_corpus": "corpus.readers",
    "read_corpus": "corpus.readers",
    "starter_corpus": "corpus.readers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
