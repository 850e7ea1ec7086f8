"""What a request works with: the engine and the glance of one moment, and the directory of pages."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request

from search import Engine
from webui.collection import Collection, Glance
from webui.directory import Directory

EXTENSION = "casefinder"


def _now() -> tuple[Engine, Glance]:
    if "casefinder_now" not in g:
        g.casefinder_now = cast(Collection, current_app.extensions[EXTENSION]).now()
    return cast(tuple[Engine, Glance], g.casefinder_now)


def engine() -> Engine:
    """The engine that answers this request from beginning to end."""
    return _now()[0]


def glance() -> Glance:
    """What that engine's collection holds."""
    return _now()[1]


def directory() -> Directory:
    """The pages of themes, funders and councils, for that collection."""
    return Directory.of(glance())


def site_root() -> str:
    """The scheme and host of the pages, without a slash at the end: for feeds and citations."""
    configured = cast("str | None", current_app.config["CASEFINDER_BASE_URL"])
    return (configured or request.host_url).rstrip("/")
