"""What a visitor's browser sees of each kind of page: bytes, requests, time to the first byte, layout shift.

    python -m benchmarks.page_facts                      serves the shipped case studies itself
    python -m benchmarks.page_facts --site http://127.0.0.1:8000

Each page is opened in a fresh Chromium profile on this machine (a cold cache, no network in between), at desktop and at
phone width. Bytes are those of the bodies before compression, style, script and icon included.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

PAGES: Final = {
    "home": "/",
    "results": "/search?q=health+inequalities+deprived+areas",
    "results, filtered": "/search?q=housing&theme=housing&region=London",
    "nothing found": "/search?q=zzzzz",
    "full list": "/search/choose/council?q=housing",
    "case study": "/case-studies/darlington-open-spaces-strategy?q=open+space&at=1",
    "councils A to Z": "/councils",
    "council": "/councils/leeds",
    "map": "/search/map?q=housing",
    "gap map": "/search/gaps?across=region",
}
SIZES: Final = {"desktop": (1280, 900), "phone": (390, 844)}
REPEATS: Final = 3

START: Final = """
import sys
from webui.server import serve
serve(sys.argv[1], port=0, ready=lambda address: print(address, flush=True))
"""

# Reads the browser's own records of the visit; layout shifts that follow a press do not count, as in Core Web Vitals.
READ: Final = """() => new Promise(done => {
    const visit = performance.getEntriesByType('navigation')[0];
    const files = performance.getEntriesByType('resource').filter(held => !held.name.includes('/api/'));
    let shift = 0;
    new PerformanceObserver(list => {
        for (const held of list.getEntries()) if (!held.hadRecentInput) shift += held.value;
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done({
        requests: 1 + files.length,
        outside: files.filter(held => new URL(held.name).origin !== location.origin).length,
        bytes: visit.decodedBodySize + files.reduce((sum, held) => sum + held.decodedBodySize, 0),
        first_byte: visit.responseStart - visit.requestStart,
        painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
        elements: document.querySelectorAll('*').length,
        shift,
    }), 150);
})"""


@dataclass(frozen=True, slots=True)
class Facts:
    """One page at one width; times are medians in milliseconds."""

    page: str
    size: str
    requests: int
    outside: int
    bytes: int
    elements: int
    first_byte: float
    painted: float
    shift: float


@contextmanager
def own_site() -> Iterator[str]:
    """A server process over the shipped case studies."""
    from corpus import read_corpus, starter_corpus
    from index import build_index

    with TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        build_index(read_corpus(starter_corpus()), path)
        with subprocess.Popen([sys.executable, "-c", START, str(path)], stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                yield server.stdout.readline().strip()
            finally:
                server.terminate()


def visit(browser: Any, site: str, path: str, size: tuple[int, int]) -> dict[str, float]:
    """One visit with an empty cache."""
    context = browser.new_context(base_url=site, viewport={"width": size[0], "height": size[1]})
    try:
        page = context.new_page()
        page.goto(path, wait_until="load")
        found: dict[str, float] = page.evaluate(READ)
        return found
    finally:
        context.close()


def facts(site: str) -> Iterator[Facts]:
    """Every page at every width."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise click.ClickException("Chromium is missing (on Debian: apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, path in PAGES.items():
            for label, size in SIZES.items():
                visits = [visit(browser, site, path, size) for _ in range(REPEATS)]
                first = visits[0]
                yield Facts(
                    name,
                    label,
                    int(first["requests"]),
                    int(first["outside"]),
                    int(first["bytes"]),
                    int(first["elements"]),
                    median(held["first_byte"] for held in visits),
                    median(held["painted"] for held in visits),
                    max(held["shift"] for held in visits),
                )
        browser.close()


@click.command()
@click.option("--site", help="Address of a running server; without it one is started.")
def main(site: str | None) -> None:
    """Print the facts of every kind of page."""
    click.echo(
        "| page | width | requests | other hosts | KB | elements | first byte, ms | painted, ms | layout shift |"
    )
    click.echo("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")

    def show(address: str) -> None:
        for held in facts(address):
            click.echo(
                f"| {held.page} | {held.size} | {held.requests} | {held.outside} | {held.bytes / 1000:.1f} "
                f"| {held.elements} | {held.first_byte:.0f} | {held.painted:.0f} | {held.shift:.3f} |"
            )

    if site:
        show(site.rstrip("/"))
    else:
        with own_site() as address:
            show(address)


if __name__ == "__main__":
    main()
