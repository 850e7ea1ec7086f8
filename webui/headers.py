"""The headers that every answer carries: what a browser may do with the page, and for how long it may keep it.

The policy allows our own style sheet and script and nothing else: no inline
script or style, no other host, no frames. Pages are revalidated on each use by
an ETag that is made of the collection's generation, the program's own files and
the address, so that a page that has not changed costs no search.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from flask import Flask, Request, Response, request
from werkzeug.http import generate_etag

from webui.context import glance

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)

SECURITY: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}

UNKEPT: Final = frozenset({"healthz", "static", "record.record_page", "record.record_text"})
"""Endpoints outside the rule: liveness is never cached, static files have a
   rule of their own, and a search record says when it was made."""


def _walk(folder: Traversable) -> list[Traversable]:
    found: list[Traversable] = []
    for held in sorted(folder.iterdir(), key=lambda item: item.name):
        found += _walk(held) if held.is_dir() else [held]
    return found


@cache
def program_version() -> str:
    """A short name of the templates, the static files and the code that fills them."""
    digest = hashlib.blake2b(digest_size=8)
    for held in _walk(files("webui")):
        if held.name.endswith((".html", ".css", ".js", ".svg", ".xml", ".json", ".py")):
            digest.update(held.read_bytes())
    return digest.hexdigest()


def page_etag(asked: Request) -> str:
    """The ETag of the page at this address now."""
    varying = (
        f"{glance().version}\0{program_version()}\0{asked.full_path}\0{asked.host}\0{asked.headers.get('Cookie', '')}"
    )
    return generate_etag(varying.encode("utf-8", "surrogateescape"))


def _kept(asked: Request) -> bool:
    return asked.method in ("GET", "HEAD") and asked.endpoint is not None and asked.endpoint not in UNKEPT


def _unchanged() -> Response | None:
    if not _kept(request) or not request.if_none_match.contains_weak(page_etag(request)):
        return None
    return _dated(Response(status=304))


def _dated(response: Response) -> Response:
    response.set_etag(page_etag(request), weak=True)
    response.last_modified = glance().built
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Cookie")
    return response


def _finish(response: Response) -> Response:
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        fixed = request.args.get("v") == program_version()
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
    elif _kept(request) and response.status_code == 200 and "ETag" not in response.headers:
        _dated(response)
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def install(app: Flask) -> None:
    """Put the rules on an application."""
    app.before_request(_unchanged)
    app.after_request(_finish)
