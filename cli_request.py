"""What is typed on the command line, turned into what is meant: a request with its facet values, a corpus.

A theme may be given by slug or label, a funder by name, slug or alias
("OPE"), a council by any name of the gazetteer ("LB Brent"), a region or
council type whatever its case; "none" stands for nothing recorded.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from corpus.errors import BadInput
from search.request import FACETS, NO_VALUE, Mode, SearchRequest, Sort

if TYPE_CHECKING:
    from search import Engine

Known = Callable[[str], Iterable[str]]
"""Facet → the values that the index holds for it; asked only for what the vocabularies do not know."""


def open_for_one_answer(path: str) -> Engine:
    """The engine of a process that asks once.

    numpy's library for matrices starts its threads as soon as it is loaded and has them wait in a loop, a sixth of the
    time of a short process; one question has no use for them. Whoever has set their number is heard. And a process
    that ends at once need not look for garbage.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from search import open_engine

    return open_engine(path)


def search_request(
    engine: Engine,
    text: str,
    *,
    exclude: Sequence[str],
    year_from: int | None,
    year_to: int | None,
    mode: Mode,
    sort: Sort | None,
    page: int,
    limit: int,
    literal: bool,
    **facets: Sequence[str],
) -> SearchRequest:
    """The request that these options describe.

    `facets` holds the chosen values of each facet, `exclude` texts such as
    "theme=housing". Raises `BadInput` for what cannot be read.
    """

    def known(facet: str) -> Iterable[str]:
        return (bucket.value for bucket in engine.stats().values.get(facet, ()))

    return SearchRequest(
        text=text,
        filters=resolve_filters(facets, known),
        exclude=resolve_filters(_pairs(exclude), known),
        year_from=year_from,
        year_to=year_to,
        mode=mode,
        sort=sort or ("relevance" if text.strip() else "newest"),
        offset=(page - 1) * limit,
        limit=limit,
        literal=literal,
    )


def _pairs(texts: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        facet = name.strip().replace("-", "_")
        if not separator or facet not in FACETS:
            raise BadInput(f"--exclude {text!r} is not FACET=VALUE with a facet of {', '.join(FACETS)}.")
        found.setdefault(facet, []).append(value.strip())
    return found


def resolve_filters(filters: Mapping[str, Sequence[str]], known: Known) -> dict[str, tuple[str, ...]]:
    """The filters with every value as records hold it.

    Raises `BadInput` naming every value that is neither in the vocabularies
    nor in the index, with the nearest ones.
    """
    found: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for facet, texts in filters.items():
        values: list[str] = []
        for text in texts:
            value = _resolve(facet, text) or _same(text, known(facet))
            if value is None:
                problems.append(_unknown(facet, text, known))
            else:
                values.append(value)
        found[facet] = tuple(values)
    if problems:
        raise BadInput(" ".join(problems))
    return found


def _resolve(facet: str, text: str) -> str | None:
    if text == NO_VALUE:
        return text
    match facet:
        case "theme":
            from corpus.vocabulary import resolve_theme

            theme = resolve_theme(text)
            return theme.slug if theme else None
        case "funding":
            from corpus.vocabulary import resolve_funder

            funder = resolve_funder(text)
            return funder.name if funder else None
        case "council":
            from corpus.gazetteer import gazetteer

            council = gazetteer().resolve(text)
            return council.name if council else None
        case "region" | "council_type":
            from corpus.gazetteer import gazetteer

            places = gazetteer()
            return _same(text, places.regions() if facet == "region" else places.types())
        case "year" if text.isdecimal():
            return text
    return None


def _same(text: str, values: Iterable[str]) -> str | None:
    from corpus.text import fold

    wanted = fold(text)
    return next((value for value in values if fold(value) == wanted), None)


def _unknown(facet: str, text: str, known: Known) -> str:
    near = _nearest(facet, text, known)
    hint = f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
    name = {"council_type": "council type", "funding": "funder"}.get(facet, facet)
    return f"There is no {name} {text!r}{hint}."


def _nearest(facet: str, text: str, known: Known) -> Sequence[str]:
    match facet:
        case "theme":
            from corpus.vocabulary import nearest_themes

            return nearest_themes(text)
        case "funding":
            from corpus.vocabulary import nearest_funders

            return nearest_funders(text)
        case "council":
            from corpus.gazetteer import gazetteer

            return gazetteer().nearest(text)
    from corpus.text import nearest

    return nearest(text, known(facet))


def corpus_path(corpus: str | None) -> str:
    """The corpus that `--corpus` names; without it, the one that comes with Casefinder."""
    from corpus import starter_corpus

    return str(starter_corpus()) if corpus is None else corpus


def files_of(source: str) -> int | None:
    """How many records there are where a file is one record, else None: for the progress bar."""
    from corpus.readers import corpus_files

    files = corpus_files(source)
    return len(files) if all(file.suffix == ".md" for file in files) else None
