"""Filters: which matches each facet's selection lets through.

A facet's own counts ignore its own selection (`search.facets`), so every filter can be left out again: the
documents behind all filters, and behind all but one facet's, come from one evaluation of the query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from corpus.value import Value
from index.codec import FacetColumn, SegmentArrays, SetFacet
from index.remember import remembered
from search.compiled import kernel
from search.matches import Docs
from search.request import FACETS, NO_VALUE, SearchRequest

Mask = NDArray[np.bool_]

REMEMBERED: Final = 64
"""Filters of one column whose masks are kept at hand: who pages, sorts and narrows asks with the same ones again."""


class Filter(Value):
    """What one facet's filter lets through."""

    facet: str
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    years: tuple[int | None, int | None] = (None, None)

    @property
    def restricts_years(self) -> bool:
        """Whether a span of years is asked for."""
        return self.years != (None, None)

    def mask(self, column: FacetColumn | None, docs: Docs) -> Mask:
        """Which of the documents pass."""
        if column is None:
            return np.full(len(docs), self._passes_without_value(), dtype=np.bool_)
        allowed = self.allowed(column)
        if isinstance(column, SetFacet):
            found: Mask = allowed[column.set_of_doc[docs]]
            return found
        return allowed[docs]

    def allowed(self, column: FacetColumn) -> Mask:
        """Which sets of values pass, for a column of sets; else which documents."""
        known = _allowed.setdefault(column, {})
        mask = known.get(self)
        if mask is None:
            mask = remembered(known, self, self._mask_of(column), REMEMBERED)
            mask.flags.writeable = False
        return mask

    def _mask_of(self, column: FacetColumn) -> Mask:
        passes: Mask | None = None
        if self.wanted:
            passes = _carries(column, self.wanted)
        if self.unwanted:
            others = ~_carries(column, self.unwanted)
            passes = others if passes is None else passes & others
        if self.restricts_years:
            inside = _carries(column, [value for value in column.values if self._in_span(value)])
            passes = inside if passes is None else passes & inside
        assert passes is not None, "a filter asks for something"
        return passes

    def _in_span(self, value: str) -> bool:
        first, last = self.years
        return value.isdigit() and (first is None or int(value) >= first) and (last is None or int(value) <= last)

    def _passes_without_value(self) -> bool:
        wanted = not self.wanted or NO_VALUE in self.wanted
        return wanted and NO_VALUE not in self.unwanted and not self.restricts_years


_allowed: WeakKeyDictionary[FacetColumn, dict[Filter, Mask]] = WeakKeyDictionary()
"""Masks that were made, for as long as their columns are open."""


def filters_of(request: SearchRequest) -> list[Filter]:
    """The request's filters, one a facet, in the order of `FACETS`."""
    years = request.year_from, request.year_to
    found: list[Filter] = []
    if not (request.filters or request.exclude or years != (None, None)):
        return found
    for facet in FACETS:
        wanted, unwanted = tuple(request.filters.get(facet, ())), tuple(request.exclude.get(facet, ()))
        span = years if facet == "year" else (None, None)
        if wanted or unwanted or span != (None, None):
            found.append(Filter(facet, wanted, unwanted, span))
    return found


def _carries(column: FacetColumn, values: Iterable[str]) -> Mask:
    """Which sets, or documents, carry any of the values (or none, where `NO_VALUE` is among them)."""
    chosen = tuple(values)
    missing = NO_VALUE in chosen
    ordinals = [at for at in map(column.ordinal, chosen) if at >= 0]
    return (
        column.matches(ordinals, missing) if isinstance(column, SetFacet) else column.docs_with_any(ordinals, missing)
    )


class FilteredMatches:
    """The matches of one segment behind the filters.

    `docs` match query and filters, at the places `kept` of the query's matches.
    """

    def __init__(self, segment: SegmentArrays, matched: Docs, filters: Sequence[Filter]) -> None:
        self._matched = matched
        self._sieve: _Sieve | None = None
        self.kept: NDArray[np.intp] | None = None
        self.docs = matched
        if filters:
            columns = {each.facet: segment.facet(each.facet) for each in filters}
            compiled = kernel is not None and all(isinstance(column, SetFacet) for column in columns.values())
            self._sieve = (_CompiledSieve if compiled else _Sieve)(matched, filters, columns)
            self.kept = self._sieve.kept
            self.docs = matched[self.kept]

    def without(self, facet: str) -> Docs:
        """The documents that pass every filter but this facet's, in any order."""
        if self._sieve is None or facet not in self._sieve.facets:
            return self.docs
        if len(self._sieve.facets) == 1:
            return self._matched
        return np.concatenate((self.docs, self._matched[self._sieve.missed(facet)]))


class _Sieve:
    """Which documents pass all filters, and which are kept out by one alone.

    `kept`: places of the former.
    """

    def __init__(self, docs: Docs, filters: Sequence[Filter], columns: Mapping[str, FacetColumn | None]) -> None:
        self.facets = [each.facet for each in filters]
        self.kept = self._sift(docs, filters, columns)

    def _sift(
        self, docs: Docs, filters: Sequence[Filter], columns: Mapping[str, FacetColumn | None]
    ) -> NDArray[np.intp]:
        self._masks = {each.facet: each.mask(columns[each.facet], docs) for each in filters}
        return np.flatnonzero(np.logical_and.reduce(list(self._masks.values())))

    def missed(self, facet: str) -> NDArray[np.intp]:
        """The places of the documents that pass every filter but this facet's."""
        failing = [~mask if name == facet else mask for name, mask in self._masks.items()]
        return np.flatnonzero(np.logical_and.reduce(failing))


class _CompiledSieve(_Sieve):
    """The same in one pass, for columns of sets."""

    def _sift(
        self, docs: Docs, filters: Sequence[Filter], columns: Mapping[str, FacetColumn | None]
    ) -> NDArray[np.intp]:
        allowed = []
        for each in filters:
            column = columns[each.facet]
            assert isinstance(column, SetFacet)
            allowed.append((column.set_of_doc, each.allowed(column)))
        room = len(docs) + 1
        places = np.empty(room, np.int64)
        if len(allowed) == 1:
            passed, _ = kernel.passing(docs, allowed, places, None, None)
            return places[:passed]
        missed, which = np.empty(room, np.int64), np.empty(room, np.uint8)
        passed, near = kernel.passing(docs, allowed, places, missed, which)
        self._missed, self._which = missed[:near], which[:near]
        return places[:passed]

    def missed(self, facet: str) -> NDArray[np.intp]:
        """See `_Sieve.missed`; there must be several filters: with one, that is all the rest."""
        found: NDArray[np.intp] = self._missed[self._which == self.facets.index(facet)]
        return found
