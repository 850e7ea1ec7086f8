"""The compiled inner loops; `search/_kernel.c` says what each does. Arrays are contiguous and one-dimensional."""

from typing import Any, overload

from numpy.typing import NDArray

Array = NDArray[Any]
Opened = object
"""What is opened once and kept: a capsule."""

def combine(
    parts: list[tuple[Array, Array | None, float]],
    largest: bool,
    docs: Array,
    scores: Array,
) -> int: ...
def distinct(docs: Array, size: int, out: Array) -> int: ...
def intersect(parts: list[tuple[Array, Array | None, float]], docs: Array, scores: Array) -> int: ...
def best(keys: Array, docs: Array, ranks: Array, ascending: bool, places: Array) -> int: ...
def facet(
    set_of_doc: Array,
    set_starts: Array,
    set_values: Array,
    value_starts: Array,
    value_sets: Array,
    texts: tuple[str, ...],
    labels: tuple[str, ...],
    bucket: type[tuple[Any, ...]],
) -> Opened: ...
def count_values(
    docs: Array, facets: list[tuple[Opened, int, Array | None]]
) -> list[tuple[int, int, list[tuple[Any, ...]]]]: ...
def passing(
    docs: Array, filters: list[tuple[Array, Array]], places: Array, missed: Array | None, which: Array | None
) -> tuple[int, int]: ...
def phrase(
    terms: list[tuple[float, Opened]],
    lengths: Array,
    base: float,
    slope: float,
    docs: Array,
    scores: Array,
) -> int: ...
@overload
def places(forms: Array | None, form: int, docs: Array, freqs: Array | None, positions: Array, /) -> Opened: ...
@overload
def places(
    forms: Array | None, form: int, first: int, gaps: Array, bits: Array | None, bit: int, positions: Array, /
) -> Opened: ...
def near(
    words: list[tuple[float, tuple[tuple[int, Opened], ...]]],
    candidates: Array,
    sequence: Array | bytes,
    lengths: Array,
    settings: tuple[float, float, float, float, float, int, int],
    out: Array,
) -> int: ...
def head(record: object, names: tuple[str, ...], text: Array) -> bool: ...
def stored(
    heads: tuple[Array, bytearray, int], starts: tuple[Array, bytearray, int], type: type, names: tuple[str, ...]
) -> Opened: ...
def records(stored: Opened, source: object, docs: list[int]) -> list[Any]: ...
def lend(
    matched: Array,
    scores: Array,
    scored: Array,
    better: Array,
    docs: Array,
    neighbours: Array,
    shares: Array,
    sums: Array,
    factor: float,
    out: Array,
) -> int: ...
def alike(
    rows: Array,
    dims: int,
    docs: Array,
    ranks: Array,
    scores: Array,
    question: Array | None,
    settings: tuple[float, float, int, int],
    latent: Array,
    led: Array,
    steps: Array,
) -> int: ...
