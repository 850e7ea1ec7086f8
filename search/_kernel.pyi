"""The compiled inner loops; `search/_kernel.c` says what each does. Arrays are contiguous and one-dimensional."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

def combine(
    parts: list[tuple[Array, Array | None, float]],
    largest: bool,
    docs: Array,
    scores: Array,
) -> int: ...
def distinct(docs: Array, size: int, out: Array) -> int: ...
def intersect(parts: list[tuple[Array, Array | None, float]], docs: Array, scores: Array) -> int: ...
def best(keys: Array, docs: Array, ranks: Array, places: Array) -> int: ...
def count_values(
    set_of_doc: Array,
    docs: Array,
    set_starts: Array,
    set_values: Array,
    counts: Array,
    most: Array,
) -> tuple[int, int, int]: ...
def passing(
    docs: Array, filters: list[tuple[Array, Array]], places: Array, missed: Array, which: Array
) -> tuple[int, int]: ...
def phrase(
    terms: list[tuple[float, Array, Array | None, Array]],
    lengths: Array,
    base: float,
    slope: float,
    docs: Array,
    scores: Array,
) -> int: ...
def near(
    lists: list[tuple[int, int, Array, Array | None, Array]],
    candidates: Array,
    sequence: Array | bytes,
    idfs: Array,
    damping: Array,
    documents: float,
    settings: tuple[float, float, int, int],
    out: Array,
) -> int: ...
