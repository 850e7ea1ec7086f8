"""The map of councils and the gap map: every count is the total that its link gives."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from page import Element, Page

from corpus.gazetteer import gazetteer
from search import Engine, SearchRequest
from webui.parts.gaps import ACROSS
from webui.parts.map import HEIGHT, WIDTH, place
from webui.wording import FACET_WORDS

Get = Callable[..., Page]


def total(page: Page) -> int:
    found = re.match(r"(?:All )?([\d,]+|No) case stud", page.one("h1").text)
    assert found
    return 0 if found[1] == "No" else int(found[1].replace(",", ""))


def test_every_council_has_its_dot_and_row(get: Get, engine: Engine) -> None:
    """The picture and the table tell the same, and the same as the facet."""
    page = get("/search/map?q=housing&theme=planning")
    request = SearchRequest("housing", {"theme": ["planning"]}, facets=("council",), facet_limit=None)
    counts = {held.label: held.count for held in engine.search(request).facets["council"].buckets}
    rows = dict(re.findall(r"^(.+?)(?: \(not on the map\))?: (\d+)$", "\n".join(_rows(page)), re.MULTILINE))
    assert {label: int(count) for label, count in rows.items()} == counts
    dots = {held.text.rpartition(": ")[0] for held in page.all("a", tabindex="-1")}
    assert dots == {label for label in counts if place(gazetteer().by_name[label])}


def _rows(page: Page) -> list[str]:
    names = [held.text for held in page.all("th", scope="row")]
    numbers = [held.text.split(" of ")[0] for held in page.all("td", "num")]
    return [f"{name}: {number}" for name, number in zip(names, numbers, strict=True)]


def test_a_dot_leads_to_its_case_studies(get: Get) -> None:
    """Pressing a dot gives as many case studies as it says."""
    page = get("/search/map?q=housing")
    for dot in page.all("a", tabindex="-1")[:3]:
        assert total(get(dot["href"])) == int(re.search(r": (\d+) case", dot.text)[1])  # type: ignore[index]


def test_every_position_is_inside_the_picture() -> None:
    """No council of the gazetteer falls off the map, and north is up."""
    places = {council.name: place(council) for council in gazetteer().councils}
    assert all(0 < at[0] < WIDTH and 0 < at[1] < HEIGHT for at in places.values() if at)
    leeds, kent = places["Leeds City Council"], places["Kent County Council"]
    assert leeds and kent
    assert leeds[0] < kent[0]
    assert leeds[1] < kent[1]


@pytest.mark.parametrize("across", ACROSS)
def test_gap_cells_are_totals(get: Get, across: str) -> None:
    """Each cell, filled or empty, is a link to exactly as many case studies."""
    page = get(f"/search/gaps?q=council&across={across}")
    cells = [held for held in page.all("a") if "theme=" in held["href"] and f"{across}=" in held["href"]]
    assert len(cells) > 33 * 5
    filled = [held for held in cells if held.text != "0"]
    empty: list[Element] = [held for held in cells if held.text == "0"]
    for cell in (*filled[::40], *empty[:2]):
        assert total(get(cell["href"])) == int(cell.text)


def test_gap_map_follows_the_search(get: Get) -> None:
    """Rows and columns are those asked for; everything unasked is there, with the unrecorded last."""
    page = get("/search/gaps?theme=housing&theme=planning&region=London&across=region")
    assert [held.text for held in page.all("th", scope="row")] == ["Housing", "Planning"]
    assert [held.text for held in page.all("th", scope="col")] == ["Theme", "London", "All"]
    page = get("/search/gaps?across=year")
    assert [held.text for held in page.all("th", scope="col")][-2:] == ["Not recorded", "All"]
    assert get("/search/gaps?across=colour", 404)
    assert all(f"Theme by {FACET_WORDS[choice].title.lower()}" in page.html for choice in ACROSS)
