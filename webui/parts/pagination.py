"""The pages of a result: which links to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pagination:
    """`steps` are page numbers in order, None for a gap between them."""

    page: int
    last: int
    steps: tuple[int | None, ...]

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.last else None


def paginate(total: int, page: int, size: int) -> Pagination:
    """First and last page, the current one and a neighbour on each side."""
    last = max(1, -(-total // size))
    wanted = sorted({n for n in (1, page - 1, page, page + 1, last) if 1 <= n <= last})
    steps: list[int | None] = []
    for before, n in zip([0, *wanted], wanted, strict=False):
        if n - before == 2:
            steps.append(n - 1)
        elif n - before > 2:
            steps.append(None)
        steps.append(n)
    return Pagination(page, last, tuple(steps))
