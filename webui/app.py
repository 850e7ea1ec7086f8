"""The application factory: it only composes."""

from __future__ import annotations

from os import PathLike
from typing import Any

from flask import Flask

from search import Engine
from webui import errors, headers
from webui.collection import Collection
from webui.context import EXTENSION, glance
from webui.templating import install as install_templating
from webui.views import blueprints

MAX_BODY = 64 * 1024
"""Bytes of a request body; only the basket's small forms have one."""


def create_app(source: Engine | str | PathLike[str], *, base_url: str | None = None) -> Flask:
    """The web application over an engine or the path of an index.

    `base_url` is the public scheme and host ("https://cases.example.org") where
    the server stands behind a proxy; otherwise the request's own host is used.
    Raises what `open_engine` raises when the index cannot be opened.
    """
    app = Flask("webui")
    app.config.update(CASEFINDER_BASE_URL=base_url, MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.extensions[EXTENSION] = Collection(source)
    install_templating(app)
    errors.install(app)
    headers.install(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)

    @app.get("/healthz")
    def healthz() -> dict[str, Any]:
        """Alive, and over which collection."""
        told = glance()
        return {"status": "ok", "documents": told.stats.documents, "generation": told.stats.generation}

    return app
