"""The compiled inner loops of a build; `index/_kernel.c` says what each does.

Arrays are contiguous and one-dimensional.
"""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

def cut(
    data: Array,
    ends: Array,
    table: Array,
    hashing: tuple[int, int, int],
    numbers: Array,
    starts: Array,
    lengths: Array,
    counts: Array,
) -> int: ...
def tokens(
    numbers: Array,
    counts: Array,
    starts: Array,
    exact: Array,
    shifts: Array,
    advances: Array,
    most: int,
    out_exact: Array,
    out_docs: Array,
    out_positions: Array,
    chunk_docs: Array,
    chunk_positions: Array,
) -> int: ...
def group(
    exact: Array,
    docs: Array,
    positions: Array,
    carrier_of: Array,
    buckets: int,
    terms: Array,
    dfs: Array,
    out_docs: Array,
    freqs: Array,
    out_positions: Array,
    words: Array,
) -> tuple[int, int, int]: ...
def stretches(
    source: Array, starts: Array, counts: Array, target: Array, targets: Array, add: int, lookup: Array | None
) -> None: ...
def join(
    parts: list[tuple[Array, Array, Array, Array, Array]],
    k1: float,
    scale: float,
    dfs: Array,
    docs: Array,
    impacts: Array,
) -> int: ...
def unfold(first: int, gaps: Array, docs: Array) -> None: ...
def unfold_lists(
    firsts: Array, kinds: Array, gaps1: Array, gaps2: Array, gaps4: Array, starts: Array, docs: Array
) -> None: ...
def spans(bits: Array, start: int, positions: int, freqs: Array) -> int: ...
def standing(
    docs: Array,
    freqs: Array | None,
    positions: Array,
    forms: Array,
    form: int,
    out_docs: Array,
    out_freqs: Array,
    out_positions: Array,
) -> tuple[int, int, int]: ...
def ascends(dfs: Array, docs: Array) -> int: ...
def fold(
    dfs: Array,
    docs: Array,
    held: tuple[int, int, int],
    firsts: Array,
    places: Array,
    gaps1: Array,
    gaps2: Array,
    gaps4: Array,
) -> tuple[int, int, int]: ...
def first_bits(freqs: Array, at: int, bits: Array) -> None: ...
def carry(
    dfs: Array,
    freqs: Array,
    words: Array,
    stems: int,
    postings: int,
    carriers: Array,
    word_dfs: Array,
    word_cfs: Array,
    last: Array,
) -> bool: ...
def json_values(values: tuple[Any, ...], kinds: bytes) -> list[bytes] | None: ...
