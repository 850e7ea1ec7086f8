"""Case studies: the record, the controlled vocabularies, and the readers that turn files into records.

    from corpus import CaseStudy, read_corpus

Importing this package is quick: data files and the YAML reader are loaded on first use.
"""

from corpus.model import CaseStudy

__all__ = ["CaseStudy"]
