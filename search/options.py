"""Which steps of ranking an engine takes beyond the words themselves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from corpus.value import Value


class RankingOptions(Value):
    """`proximity`: words near each other raise a record. `learned`: so do neighbours and latent vectors,
    where the generation has them. `burst`: words that come several times wherever they come count
    more. `sentences`: likeness of sentence vectors raises a record, where the generation has them and the
    model is at hand. `docs/ranking.md` shows what each gives and costs.
    """

    proximity: bool = True
    learned: bool = True
    burst: bool = True
    sentences: bool = True

    @property
    def looks_closer(self) -> bool:
        """Whether the best matches are looked at again after the words were scored."""
        return self.proximity or self.learned or self.sentences


RANKINGS: Final[Mapping[str, RankingOptions]] = MappingProxyType(
    {
        "words": RankingOptions(proximity=False, learned=False, sentences=False),
        "lexical": RankingOptions(learned=False, sentences=False),
        "full": RankingOptions(sentences=False),
    }
)
"""The options by the names that people give on the command line."""

CONFIGURATIONS: Final = (*RANKINGS, "semantic", "bm25")
"""What `casefinder evaluate` measures: those, all with sentence vectors, and the baseline."""

PLAIN: Final = RankingOptions(proximity=False, learned=False, burst=False, sentences=False)
"""Nothing but the words and the textbook's idf: the baseline of measurements."""
