"""The basket: case studies that a reader has put aside, kept in the reader's own browser.

One cookie holds their ids; the server keeps nothing. An address with `id`
parameters says the same for others. The cookie is only read and written by the
server, so that the basket works without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

COOKIE: Final = "basket"
MOST: Final = 100
"""Case studies in a basket: their ids must fit into one cookie."""
MAX_BYTES: Final = 3_800
"""Browsers take 4,096 bytes of a cookie, its name and attributes included."""
KEPT_SECONDS: Final = 365 * 24 * 3600

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def read(cookie: str | None) -> tuple[str, ...]:
    """The ids in a cookie, once each; whatever else it holds is passed over."""
    return tuple(dict.fromkeys(held for held in (cookie or "").split(".")[: 2 * MOST] if _ID.fullmatch(held)))[:MOST]


def write(ids: Iterable[str]) -> str:
    return ".".join(ids)


def fits(ids: tuple[str, ...]) -> bool:
    """Whether a basket may hold all of these."""
    return len(ids) <= MOST and len(write(ids)) <= MAX_BYTES


def is_id(text: str) -> bool:
    """Whether a text can be the id of a case study that a basket may hold."""
    return _ID.fullmatch(text) is not None
