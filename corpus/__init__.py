"""Case studies: the record, the controlled vocabularies, and the readers that turn files into records.

    from corpus import CaseStudy, read_corpus, CorpusError

Importing this package is quick: data files and the YAML reader are loaded on first use.
"""

from corpus.model import CaseStudy
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
