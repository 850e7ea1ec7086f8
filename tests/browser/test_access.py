"""Access for everybody: axe, keyboard, zoom, target sizes, colour schemes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

OpenTab = Callable[..., Page]

PAGES = {
    "home": "/",
    "results": "/search?q=health+inequalities+deprived+areas",
    "filtered": "/search?q=housing&theme=housing&theme=planning&not_region=London&year_from=2015&funding=none",
    "unknown value": "/search?q=homes&theme=hosing",
    "nothing found": "/search?q=loneliness+qqqzz&mode=all&region=Wales",
    "last page": "/search?page=55",
    "beyond the last page": "/search?page=5000",
    "problem": "/search?page=x&sort=up",
    "choose": "/search/choose/funding?q=housing&find=fund&not_funding=Council+budget",
    "themes": "/themes",
    "councils": "/councils",
    "theme": "/themes/housing",
    "funder": "/funding/one-public-estate",
    "council": "/councils/leeds",
    "case study": "/case-studies/darlington-open-spaces-strategy?q=open+space&at=1",
    "help": "/help",
    "map": "/search/map?q=housing&theme=planning",
    "gap map": "/search/gaps?q=housing&across=region",
    "take away": "/export?q=homes",
    "search record": "/search/record?q=homes&theme=housing",
    "why": "/case-studies/darlington-open-spaces-strategy/why?q=open+space",
    "basket": "/basket",
    "shared basket": "/basket?id=darlington-open-spaces-strategy&id=gone",
    "interface": "/api",
    "not found": "/nowhere",
}
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing_and_text_reflows(open_tab: OpenTab, address: str) -> None:
    """axe-core has nothing to say, at desktop width in light and at phone width in dark; 320 px are enough."""
    page = open_tab(address)
    for size, scheme in ((SIZES["desktop"], "light"), (SIZES["phone"], "dark")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": size[0], "height": size[1]})
        # axe takes what is in a closed details element for hidden, though wide windows show it.
        page.locator("#filters").evaluate_all("found => found.forEach(held => { held.open = true; })")
        found = Axe().run(page, options=RULES)
        assert not found.response["violations"], (scheme, size, found.generate_report())
    # 400% zoom of a window 1280 px wide leaves 320: text reflows, nothing has to be scrolled sideways.
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("address", [PAGES["filtered"], PAGES["choose"], PAGES["case study"], PAGES["home"]])
def test_targets_are_large_enough(open_tab: OpenTab, address: str) -> None:
    """Whatever is pressed is at least 24 by 24 px, but for links within a sentence (WCAG 2.5.8)."""
    page = open_tab(address, size=(390, 844))
    small = page.evaluate(
        """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
            .filter(held => held.checkVisibility() && !held.closest('svg'))
            .filter(held => getComputedStyle(held).display !== 'inline')
            .map(held => [held.outerHTML.slice(0, 90), held, ...(held.labels ?? [])])
            .filter(targets => !targets.slice(1).map(held => held.getBoundingClientRect())
                .some(box => box.width >= 23.5 && box.height >= 23.5))
            .map(([html]) => html)"""
    )
    assert small == []


def test_from_the_keyboard(open_tab: OpenTab) -> None:
    """Search, tick, apply and open a result without a mouse; focus is always visible."""
    page = open_tab("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Search case studies")).to_be_focused()
    page.keyboard.type("homelessness")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("homelessness")

    def tab_to(selector: str, most: int = 80) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            focus = page.evaluate(
                """selector => {
                    const held = document.activeElement;
                    const seen = getComputedStyle(held).outlineStyle !== 'none' || held.tagName === 'BODY';
                    return [held.matches(selector), seen, held.outerHTML.slice(0, 80)];
                }""",
                selector,
            )
            assert focus[1], f"focus is not visible on {focus[2]}"
            if focus[0]:
                return
        raise AssertionError(f"{selector} cannot be reached")

    tab_to("#facet-theme input[type=checkbox]")
    page.keyboard.press("Space")
    # The list follows by itself; whoever tabs on meanwhile may stand on a link that is replaced.
    expect(page.locator(".chip")).to_have_count(1)
    tab_to(".apply-bar button")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    title = page.locator(".hit h3 a").first.inner_text()
    tab_to(".hit h3 a", 120)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(title)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_focus_is_never_hidden(open_tab: OpenTab, size: tuple[int, int]) -> None:
    """The bar that stays at the bottom never covers what has the focus (WCAG 2.4.11)."""
    page = open_tab("/search?q=housing", size=size, reduced_motion="reduce", java_script_enabled=False)
    if page.locator(".filters-summary").is_visible():
        page.locator(".filters-summary").click()
    boxes = page.locator("#filters input[type=checkbox]")
    page.locator("#filters input[type=checkbox]").first.focus()
    for _ in range(boxes.count() - 1):
        page.keyboard.press("Tab")
        covered = page.evaluate(
            """() => {
                const held = document.activeElement, box = held.getBoundingClientRect();
                const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                const own = held.contains(top) || top?.closest('label')?.htmlFor === held.id;
                return own || held.closest('.apply-bar') ? null : held.outerHTML.slice(0, 120);
            }"""
        )
        assert covered is None


def test_forced_colours_and_still_pictures(open_tab: OpenTab) -> None:
    """With forced colours and reduced motion the page keeps its parts, and axe finds nothing."""
    page = open_tab(PAGES["filtered"], forced_colors="active", reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.locator(".chip").first.is_visible()
    assert not Axe().run(page, options=RULES).response["violations"]
