"""The server process itself."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from corpus.errors import BadInput, IndexMissing
from webui.server import serve

START = "import sys; from webui.server import serve; serve(sys.argv[1], port=0, ready=lambda a: print(a, flush=True))"
ROOT = Path(__file__).parents[2]


def test_port_in_use_is_one_clear_line(index_path: Path) -> None:
    """A taken port is the user's to change: no traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BadInput, match=r"Cannot serve at 127\.0\.0\.1:\d+: Address already in use"):
            serve(index_path, port=taken.getsockname()[1])


def test_missing_index_is_said_before_serving(tmp_path: Path) -> None:
    """Without an index nothing is served."""
    with pytest.raises(IndexMissing):
        serve(tmp_path / "none")


def test_server_answers_and_survives_nonsense(index_path: Path) -> None:
    """A real server answers; broken requests get a 4xx or a closed connection, and it goes on answering."""
    command = [sys.executable, "-c", START, str(index_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            port = int(address.rpartition(":")[2])
            nonsense = [
                b"GET /search?q=%%%\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET /search?q=" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a b:<>\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00",
                b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n",
            ]
            for sent in nonsense:
                with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
                    link.sendall(sent)
                    link.shutdown(socket.SHUT_WR)
                    answer = link.recv(4096)
                    assert not answer.startswith(b"HTTP/1.1 5") or answer.startswith(b"HTTP/1.1 501"), answer[:80]
            with urllib.request.urlopen(f"{address}/healthz", timeout=10) as response:
                assert json.load(response)["status"] == "ok"
        finally:
            server.terminate()
            server.wait(10)
