"""A real server and a real browser. Where Chromium is missing these tests fail: they are never skipped.

Set CASEFINDER_SITE to the address of a running server to test that one instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = (1280, 900)
PHONE = (390, 844)

OpenTab = Callable[..., Page]

# Two processors, a server, a browser and other tests beside it: patience is cheaper than a false alarm.
expect.set_options(timeout=15_000)

START = """
import sys
from webui.server import serve
serve(sys.argv[1], port=0, ready=lambda address: print(address, flush=True))
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server process over the starter corpus."""
    if given := os.environ.get("CASEFINDER_SITE"):
        yield given.rstrip("/")
        return
    from corpus import read_corpus, starter_corpus
    from index import build_index

    path = tmp_path_factory.mktemp("browser") / "index"
    build_index(read_corpus(starter_corpus()), path)
    server = subprocess.Popen([sys.executable, "-c", START, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        address = server.stdout.readline().strip()
        assert address.startswith("http://"), "the server did not start"
        yield address
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "Chromium is missing (on Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def open_tab(chromium: Browser, site: str) -> Iterator[OpenTab]:
    """Opens a tab on an address of the site; a page that reports an error in its script fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(path: str = "/", *, size: tuple[int, int] = DESKTOP, **options: object) -> Page:
        context = chromium.new_context(base_url=site, viewport={"width": size[0], "height": size[1]}, **options)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    unexpected = [error for error in errors if "status of 4" not in error]
    assert not unexpected, unexpected
