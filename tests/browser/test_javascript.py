"""What the script adds: results in place, and completion; nothing that is not there without it."""

from __future__ import annotations

import re
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

OpenTab = Callable[..., Page]


def test_ticking_refreshes_in_place(open_tab: OpenTab) -> None:
    """A tick changes results, counts, title and address; the focus stays, and the new count is announced."""
    page = open_tab("/search?q=housing")
    page.evaluate("window.sameDocument = true")
    box = page.locator("#facet-theme input[type=checkbox]").nth(1)
    value = box.get_attribute("value")
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator(".chip")).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"/search\?q=housing&theme={value}$"))
    heading = page.locator("h1").text_content()
    assert heading
    expect(page.locator("#live")).to_have_text(heading)
    assert page.title().startswith(heading)
    assert page.evaluate("document.activeElement.value") == value
    assert page.evaluate("window.sameDocument") is True


def test_back_and_forward(open_tab: OpenTab) -> None:
    """The browser's own buttons walk through the states of the search."""
    page = open_tab("/search?q=housing")
    before = page.locator("h1").inner_text()
    page.locator("#facet-theme input[type=checkbox]").first.check()
    expect(page.locator(".chip")).to_have_count(1)
    page.go_back()
    expect(page.locator(".chip")).to_have_count(0)
    assert page.locator("h1").inner_text() == before
    page.go_forward()
    expect(page.locator(".chip")).to_have_count(1)


def test_removing_a_chip_keeps_a_place_for_the_focus(open_tab: OpenTab) -> None:
    """When what had the focus goes away, the focus moves to the heading, not to nowhere."""
    page = open_tab("/search?q=housing&theme=housing")
    page.locator(".chip").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#results-heading")).to_be_focused()


def test_turning_a_page_starts_at_its_top(open_tab: OpenTab) -> None:
    """The next page is shown from its first result, which the focus precedes."""
    page = open_tab("/search?q=council", reduced_motion="reduce")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("ol.hits")).to_have_attribute("start", "11")
    expect(page.locator("#results")).to_be_focused()
    assert page.evaluate("scrollY") < 400


def test_completion_from_the_keyboard(open_tab: OpenTab) -> None:
    """Typing opens a list; arrows move in it and are told; Escape closes it; Enter goes there."""
    page = open_tab("/")
    box = page.get_by_role("combobox", name="Search case studies")
    box.press_sequentially("leeds city")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#live")).to_have_text(re.compile(r"^\d+ suggestions?$"))
    assert not Axe().run(page).response["violations"]
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "")
    page.keyboard.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-selected", "false")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    assert box.input_value() == "leeds city"
    page.keyboard.press("ArrowDown")
    council = page.get_by_role("option", name=re.compile("Leeds City Council Council"))
    expect(council).to_be_visible()
    while council.get_attribute("aria-selected") == "false":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Leeds City Council")


def test_completion_never_stands_in_the_way(open_tab: OpenTab) -> None:
    """Enter without a chosen suggestion searches for what was typed."""
    page = open_tab("/")
    page.get_by_role("combobox", name="Search case studies").press_sequentially("leeds")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=leeds$"))
