"""What is answered: immutable values that the page, the command line and the API render."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from corpus.model import CaseStudy
from corpus.value import Value, made


class Marked(Value):
    """A text with the stretches that matched the query.

    `spans` are (start, end) character offsets into `text`, ascending and
    disjoint. The text is plain: whoever renders it escapes it.
    """

    text: str
    spans: tuple[tuple[int, int], ...] = ()

    def parts(self) -> Iterator[tuple[str, bool]]:
        """The text in order as (piece, matched) pairs without empty pieces."""
        at = 0
        for start, end in self.spans:
            if start > at:
                yield self.text[at:start], False
            yield self.text[start:end], True
            at = end
        if at < len(self.text):
            yield self.text[at:], False


class Passage(Value):
    """A stretch of a case study that shows why it matched.

    `section` is the heading under which the passage stands ("" in the
    summary or before the first heading). `cut_before` and `cut_after` tell
    whether the text goes on outside the passage.
    """

    section: str
    marked: Marked
    cut_before: bool = False
    cut_after: bool = False


class Snippet(Value):
    """The best passages of a hit, in the order in which they stand."""

    passages: tuple[Passage, ...] = ()

    @property
    def text(self) -> str:
        """The passages as one plain line, cuts shown as an ellipsis."""
        return " … ".join(passage.marked.text for passage in self.passages)


_NO_SNIPPET = Snippet()


class Hit:
    """One case study that matched. `rank` counts from 1 over all pages.

    `record` may be given as a function: then it is read from the index when
    it is first looked at, which a program that wants ids and counts never does.
    `by_meaning` tells that it was found by meaning only: then it is no part of `total` or of any count.
    """

    __slots__ = ("_record", "_title", "by_meaning", "id", "rank", "score", "snippet")

    def __init__(
        self,
        id: str,
        score: float,
        rank: int,
        record: CaseStudy | Callable[[], CaseStudy],
        title: Marked | None = None,
        snippet: Snippet = _NO_SNIPPET,
        by_meaning: bool = False,
    ) -> None:
        self.id = id
        self.score = score
        self.rank = rank
        self._record = record
        self._title = title
        self.snippet = snippet
        self.by_meaning = by_meaning

    @property
    def record(self) -> CaseStudy:
        """The case study."""
        if not isinstance(self._record, CaseStudy):
            self._record = self._record()
        return self._record

    @property
    def title(self) -> Marked:
        """The title with what matched in it."""
        if self._title is None:
            self._title = Marked(self.record.title)
        return self._title

    def _values(self) -> tuple[object, ...]:
        return self.id, self.score, self.rank, self.title, self.snippet, self.by_meaning

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, Hit) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.id, self.rank))

    def __repr__(self) -> str:
        return f"Hit(id={self.id!r}, score={self.score:.4f}, rank={self.rank})"


class Bucket(NamedTuple):
    """One value of a facet and how many matches carry it."""

    value: str
    label: str
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    selected: bool = False
    excluded: bool = False


class FacetCounts(Value):
    """How the matches spread over one facet.

    Counts ignore the facet's own selection (the multi-select rule), so that
    the count on a value is the total that choosing it alone would give.
    `buckets` holds selected values first, then by count and label, cut at the
    request's `facet_limit` (selected values are never cut). `distinct` is the
    number of values that have a match, `missing` the number of matches with no
    value recorded, `total` the number of matches counted.
    """

    name: str
    buckets: tuple[Bucket, ...]
    distinct: int
    missing: int
    total: int
    missing_selected: bool = False
    missing_excluded: bool = False


class Note(Value):
    """Something the reader should know about how the query was read.

    `code` is stable, for programs ("malformed", "truncated", "corrected", "synonym", "place", "relaxed",
    "few", "meaning", "unknown-year", …); `text` is plain English. `query` is the query to run instead where
    the note offers one; where something was changed ("corrected", "synonym", "place", "relaxed") it is what was
    typed, to be run with `SearchRequest.literal`. `offers` are the single synonyms and places that the
    note speaks of, each of which `SearchRequest.omit` can take back.
    """

    code: str
    text: str
    query: str | None = None
    offers: tuple[str, ...] = ()


class WordCount(Value):
    """One word of the query and how many records hold it on its own, under the same filters."""

    word: str
    count: int


class FilterRelief(Value):
    """How many matches there would be without the filter on one facet."""

    facet: str
    total: int


class SearchResults(Value):
    """One answer. `total` is exact; `facets` has every facet asked for, in that order.

    `by_meaning` is how many records, over all pages, stand after the last match because they were found by meaning. It
    is 0 on pages that the last match does not reach: what follows is looked for when it comes into sight.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, FacetCounts]
    suggestion: str | None = None
    notes: tuple[Note, ...] = ()
    took_ms: float = 0.0
    read_as: str = ""
    """The query as it was understood, in the query language."""
    words: tuple[WordCount, ...] = ()
    """Filled when nothing was found: each word's own count."""
    reliefs: tuple[FilterRelief, ...] = ()
    """Filled when nothing was found under filters: what dropping each would give."""
    generation: str = ""
    by_meaning: int = 0


class Suggestion(Value):
    """One completion: `kind` is "title", "council", "theme", "funding" or "phrase".

    `value` is what the kind is addressed by: a record id, a council's or
    funder's name, a theme's slug, or the phrase itself.
    """

    kind: str
    value: str
    label: str
    count: int = 0


class Explanation(Value):
    """A named part of a score; `value` is the sum of the details' values where there are any."""

    name: str
    value: float
    description: str = ""
    details: tuple[Explanation, ...] = ()


class SimilarHit(Value):
    """A case study like another one, with the reasons in words."""

    id: str
    score: float
    record: CaseStudy
    reasons: tuple[str, ...] = ()


class EngineStats(Value):
    """The collection at a glance. `values` maps a facet to its (value, label, count) list."""

    documents: int
    generation: str
    built_at: str
    engine: str
    values: Mapping[str, tuple[Bucket, ...]] = made(dict)
    details: Mapping[str, object] = made(dict)
