"""Serving the pages with waitress: one process, some threads, one open index."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from os import PathLike, environ

from corpus.errors import BadInput
from webui.app import create_app

MAX_HEADER = 64 * 1024
"""Bytes of a request's head: an address with every allowed filter stays under it."""


def serve(
    index_path: str | PathLike[str],
    host: str = "127.0.0.1",
    port: int = 8000,
    threads: int = 4,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until interrupted. `ready` is called with the address once it answers.

    Port 0 takes a free one. CASEFINDER_BASE_URL in the environment names the
    public address when a proxy stands before the server. Raises `BadInput` when
    the address cannot be had, and what `open_engine` raises.
    """
    from waitress.server import create_server  # type: ignore[import-untyped]

    with closing(_listen(host, port)) as listening:
        app = create_app(index_path, base_url=environ.get("CASEFINDER_BASE_URL") or None)
        server = create_server(
            app,
            sockets=[listening],
            threads=threads,
            ident=None,
            max_request_header_size=MAX_HEADER,
            max_request_body_size=MAX_HEADER,
            channel_timeout=60,
            clear_untrusted_proxy_headers=True,
        )
        shown = f"[{host}]" if ":" in host else host
        if ready is not None:
            ready(f"http://{shown}:{listening.getsockname()[1]}")
        try:
            server.run()
        finally:
            server.close()


def _listen(host: str, port: int) -> socket.socket:
    """A socket at the address; bound before the index is opened, since it is the quicker way to find out."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "a port is 0 to 65535"
        reason = reason.partition(" (while")[0]
        raise BadInput(f"Cannot serve at {host}:{port}: {reason}. Choose another port or host.") from error
