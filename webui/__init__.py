"""The pages and the JSON interface: a Flask application over one engine.

    from webui import create_app
    app = create_app("var/index")

Importing this package does not import Flask; making an application does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from flask import Flask

    from search import Engine

__all__ = ["create_app"]


def create_app(source: Engine | str | PathLike[str], *, base_url: str | None = None) -> Flask:
    """The web application; see `webui.app.create_app`."""
    from webui.app import create_app as build

    return build(source, base_url=base_url)
