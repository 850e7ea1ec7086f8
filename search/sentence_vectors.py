"""Questions as sentence vectors, for an index that was built with a model.

The model is read when the first question needs it. It must be the one that made the index's vectors;
where it cannot be had, ranking does without, and `problem` says why.
"""

from __future__ import annotations

import os
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from corpus.errors import BadInput
from index.generations import Generation
from search.parse import ParsedQuery
from search.query_syntax import is_plain

if TYPE_CHECKING:
    from index.sentence_model import Floats, SentenceModel


class QuestionVectors:
    """Turns questions into unit vectors by the model of one generation. Safe to share between threads."""

    def __init__(self, generation: Generation) -> None:
        self._noted = generation.manifest.model
        self._of_text = lru_cache(maxsize=256)(self._encoded)

    def of(self, parsed: ParsedQuery, typed: str) -> Floats | None:
        """The vector of a question; None where nothing is asked in words, or where vectors cannot be used."""
        if self._noted is None or not parsed.clauses:
            return None
        asked = parsed.asked or typed
        # Signs of the query language are not prose: of such a question only the words that rank are read.
        return self._of_text(asked if is_plain(asked) else " ".join(clause.surface for clause in parsed.clauses))

    @property
    def problem(self) -> str:
        """Why the vectors of the index are not used; "" where they are, or where there are none."""
        return self._opened[1]

    @cached_property
    def _opened(self) -> tuple[SentenceModel | None, str]:
        from index.sentence_model import MODEL_VARIABLE, open_model  # an index without vectors does without it

        if self._noted is None:
            return None, ""
        try:
            model = open_model(os.environ.get(MODEL_VARIABLE) or self._noted["folder"])
        except BadInput as error:
            return None, f"The index's sentence vectors are not used. {error}"
        if model.digest != self._noted["sha256"]:
            return None, f"The index's sentence vectors are not used: {model.folder} is not the model that made them."
        return model, ""

    def _encoded(self, text: str) -> Floats | None:
        model = self._opened[0]
        return None if model is None else model.encode([text])[0]
