"""The compiled loops of a build, and doing something with them and without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from index import chunks, documents, stretches, tokens
from index.codec import doc_lists, first_bits, form_postings, form_writer, impacts, posting_lists

try:
    # Whatever the switch says: the run that turns the loops off compares them too.
    from index import _kernel as built
except ImportError:
    built: Any = None  # type: ignore[no-redef]  # then both sides of each comparison are numpy's


@contextmanager
def using(kernel: Any) -> Iterator[None]:
    """The modules that have both forms with this kernel, or with none."""
    users: tuple[Any, ...] = (
        *(chunks, doc_lists, documents, first_bits, form_postings),
        *(form_writer, impacts, posting_lists, stretches, tokens),
    )
    before = [module.kernel for module in users]
    for module in users:
        module.kernel = kernel
    try:
        yield
    finally:
        for module, own in zip(users, before, strict=True):
            module.kernel = own


def plain(arrays: Sequence[Any]) -> list[list[int]]:
    """Arrays as lists."""
    return [each.tolist() for each in arrays]
