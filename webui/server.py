"""Serving the pages with waitress: one process, some threads, one open index."""

from __future__ import annotations

import errno
from collections.abc import Callable
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

    app = create_app(index_path, base_url=environ.get("CASEFINDER_BASE_URL") or None)
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_header_size=MAX_HEADER,
            max_request_body_size=MAX_HEADER,
            channel_timeout=60,
            clear_untrusted_proxy_headers=True,
        )
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL, errno.EOVERFLOW):
            raise BadInput(f"Cannot serve at {host}:{port}: {error.strerror}. Choose another port or host.") from error
        raise
    except OverflowError as error:
        raise BadInput(f"Cannot serve at port {port} (expected 0 to 65535).") from error
    bound = getattr(server, "effective_port", port)
    shown = f"[{host}]" if ":" in host else host
    if ready is not None:
        ready(f"http://{shown}:{bound}")
    try:
        server.run()
    finally:
        server.close()
