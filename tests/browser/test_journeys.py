"""What people do here, from the first word to the last page, with and without JavaScript."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

OpenTab = Callable[..., Page]


def total(page: Page) -> int:
    found = re.match(r"(?:All )?([\d,]+) case stud", page.locator("h1").inner_text())
    assert found, page.locator("h1").inner_text()
    return int(found[1].replace(",", ""))


def tick(page: Page, facet: str, place: int = 0) -> int:
    """Tick the nth free value of a facet; the count that its label promises."""
    box = page.locator(f"#facet-{facet} input[type=checkbox]:not(:checked)").nth(place)
    label = page.locator(f"label[for='{box.get_attribute('id')}'] .count").inner_text()
    box.check()
    found = re.search(r"\d[\d,]*", label)
    assert found
    return int(found[0].replace(",", ""))


def apply(page: Page) -> None:
    page.get_by_role("button", name="Apply filters").click()


def test_search_narrow_read_and_page(open_tab: OpenTab, javascript: bool) -> None:
    """Type a query, tick two facets, open a result, go back, widen again, turn to page two."""
    page = open_tab("/", java_script_enabled=javascript)
    page.get_by_label("Search case studies").fill("health inequalities deprived areas")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile(r"/search\?q=health\+inequalities\+deprived\+areas"))
    everything = total(page)
    assert everything > 10
    assert page.get_by_role("link", name=re.compile("^Darlington: open spaces strategy")).count() == 1

    promised = tick(page, "theme")
    apply(page)
    expect(page.get_by_role("link", name=re.compile("^Remove filter Theme"))).to_be_visible()
    assert total(page) == promised
    promised = tick(page, "region")
    apply(page)
    expect(page.get_by_role("link", name=re.compile("^Remove filter Region"))).to_be_visible()
    narrow = total(page)
    assert narrow == promised < everything

    first = page.locator(".hit h3 a").first
    title = first.inner_text()
    first.click()
    expect(page.locator("h1")).to_have_text(title)
    page.get_by_role("link", name="Back to the results").click()
    assert total(page) == narrow
    assert page.locator("#facet-theme input:checked").count() == 1

    page.get_by_role("link", name=re.compile("^Remove filter Region")).click()
    expect(page.get_by_role("link", name=re.compile("^Remove filter Region"))).to_have_count(0)
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.get_by_role("link", name="Clear all filters")).to_have_count(0)
    assert total(page) == everything
    page.get_by_role("link", name="Page 2", exact=True).click()
    expect(page.get_by_role("link", name="Page 2", exact=True)).to_have_attribute("aria-current", "page")
    assert page.locator("ol.hits").get_attribute("start") == "11"


def test_choose_from_the_full_list(open_tab: OpenTab, javascript: bool) -> None:
    """Find a council in the full list, keep only it; then leave a theme out."""
    page = open_tab("/search", java_script_enabled=javascript)
    everything = total(page)
    page.get_by_role("link", name=re.compile(r"^All \d+ councils")).click()
    page.get_by_label("Find in this list").fill("leeds")
    if not javascript:
        page.get_by_role("button", name="Update the list").click()
    expect(page.locator("#choices tbody tr:visible")).to_have_count(1)
    count = int(page.locator("#choices tbody tr:visible td.num").inner_text())
    page.get_by_role("checkbox", name="Only Leeds City Council").check()
    apply(page)
    assert total(page) == count
    page.get_by_role("link", name=re.compile("^Remove filter Council")).click()
    expect(page.get_by_role("link", name=re.compile("^Remove filter Council"))).to_have_count(0)

    page.get_by_role("link", name=re.compile(r"^All \d+ themes")).click()
    row = page.get_by_role("row", name=re.compile("^Public health"))
    left_out = int(row.locator("td.num").inner_text())
    page.get_by_role("checkbox", name="Leave out Public health").check()
    apply(page)
    assert total(page) == everything - left_out
    expect(page.get_by_role("link", name="Remove filter Theme: not Public health")).to_be_visible()


def test_sort_and_years(open_tab: OpenTab, javascript: bool) -> None:
    """Order by age and narrow to a range of years: every result lies in it, in order."""
    page = open_tab("/search?q=council", java_script_enabled=javascript)
    page.get_by_label("From", exact=True).fill("2018")
    page.get_by_label("To", exact=True).fill("2020")
    page.get_by_label("Order").select_option("oldest")
    apply(page)
    expect(page.get_by_role("link", name="Remove filter Year: 2018 to 2020")).to_be_visible()
    # The years and the order may arrive in two refreshes: both must be in the address, and nothing on its way.
    expect(page).to_have_url(re.compile("sort=oldest"))
    page.wait_for_load_state("networkidle")
    years = [int(text[-4:]) for text in page.locator(".hit .meta").all_inner_texts()]
    assert years == sorted(years)
    assert set(years) <= {2018, 2019, 2020}


def test_what_is_chosen_while_an_answer_is_under_way_stays(open_tab: OpenTab) -> None:
    """A choice, or a year that is being typed, is not undone by an answer that was asked for before it."""
    page = open_tab("/search?q=council")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(re.compile("/search.*year_from=2018"), hold)
    page.get_by_label("From", exact=True).fill("2018")
    page.get_by_label("From", exact=True).press("Tab")
    expect(page.locator("#main")).to_have_attribute("aria-busy", "true")
    page.get_by_label("To", exact=True).press_sequentially("20")
    held[0].continue_()
    page.get_by_label("To", exact=True).press_sequentially("20")
    page.get_by_label("Order").select_option("oldest")
    expect(page).to_have_url(re.compile("year_from=2018&year_to=2020.*sort=oldest"))
    expect(page.get_by_label("To", exact=True)).to_have_value("2020")
    expect(page.get_by_label("Order")).to_have_value("oldest")


def test_read_and_go_on(open_tab: OpenTab, javascript: bool) -> None:
    """In a case study the words are marked, sections have anchors, and the list goes on."""
    page = open_tab("/search?q=empty+homes", java_script_enabled=javascript)
    titles = [text.strip() for text in page.locator(".hit h3").all_inner_texts()]
    page.locator(".hit h3 a").first.click()
    assert page.locator("main mark").count() > 0
    page.get_by_role("link", name=re.compile("^Next")).click()
    expect(page.locator("h1")).to_have_text(titles[1])
    page.get_by_role("link", name=re.compile("^Previous")).click()
    expect(page.locator("h1")).to_have_text(titles[0])
    page.locator(".similar a").first.click()
    expect(page.locator("h1")).not_to_have_text(titles[0])
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Case studies").click()
    assert total(page) > 500


def test_from_a_council_to_its_successor(open_tab: OpenTab, javascript: bool) -> None:
    """A council that is no more leads to the one that took over, and into a search of it."""
    page = open_tab("/councils?find=wycombe&all=1", java_script_enabled=javascript)
    page.get_by_role("link", name=re.compile("Wycombe")).first.click()
    page.locator(".facts a").last.click()
    expect(page.locator("h1")).to_have_text("Buckinghamshire Council")


def test_from_the_maps_to_the_case_studies(open_tab: OpenTab, javascript: bool) -> None:
    """The map's picture and the gap map's cells lead to exactly the case studies that they count."""
    page = open_tab("/search?q=housing", java_script_enabled=javascript)
    page.get_by_role("link", name="Map", exact=True).click()
    row = page.get_by_role("row").nth(1)
    count, council = int(row.locator("td.num").inner_text().split()[0]), row.locator("th").inner_text()
    dot = page.locator(".map a").first
    assert dot.locator("title").text_content() == f"{council}: {count} case studies"
    # Dots overlap: the press is put on this one, whatever lies above its middle.
    dot.dispatch_event("click")
    expect(page.get_by_role("link", name=f"Remove filter Council: {council}")).to_be_visible()
    assert total(page) == count

    page.get_by_role("link", name="Gap map").click()
    page.get_by_role("link", name="Theme by year").click()
    cell = page.locator("td.shade-5 a").first
    count = int(cell.inner_text())
    cell.click()
    assert total(page) == count
    assert page.locator(".chip").count() == 3


def test_take_the_whole_result_away(open_tab: OpenTab, javascript: bool, tmp_path: Path) -> None:
    """Every format can be downloaded from the page, with all case studies of the result in it."""
    page = open_tab("/search?q=council", java_script_enabled=javascript, accept_downloads=True)
    everything = total(page)
    assert everything > 400
    page.get_by_role("link", name=re.compile("^Take away all")).click()
    starts = {"RIS": "TY  - ", "BibTeX": "@techreport", "CSL-JSON": '{"id"', "JSON Lines": '{"id"', "CSV": None}
    for label, start in {**starts, "Screening sheet": None}.items():
        with page.expect_download() as waiting:
            page.get_by_role("link", name=label, exact=True).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        if start is None:
            with path.open(encoding="utf-8-sig", newline="") as file:
                assert sum(1 for _ in csv.DictReader(file)) == everything
        else:
            lines = path.read_text(encoding="utf-8").splitlines()
            assert sum(line.startswith(start) for line in lines) == everything, label


def test_search_record(open_tab: OpenTab, javascript: bool) -> None:
    """The record of a search is one press away, and its text can be pasted."""
    page = open_tab("/search?q=homes&theme=housing", java_script_enabled=javascript)
    found = total(page)
    page.get_by_role("link", name="Search record").click()
    text = page.get_by_label("As text, ready to paste").input_value()
    assert "Query as typed: homes\n" in text
    assert f"Theme: Housing: {found}\n" in text
    assert "/search?q=homes&theme=housing\n" in text


def test_basket(open_tab: OpenTab, javascript: bool) -> None:
    """Put two results into the basket, look at it, share it, take one out."""
    page = open_tab("/search?q=libraries", java_script_enabled=javascript)
    titles = [text.strip() for text in page.locator(".hit h3").all_inner_texts()][:2]
    for title in titles:
        page.get_by_role("button", name=f"Put into basket {title}").click()
        expect(page.get_by_role("button", name=f"In your basket: take out {title}")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/search\?q=libraries$"))
    page.get_by_role("link", name=re.compile("^Basket 2")).click()
    expect(page.locator("h1")).to_have_text("Your basket: 2 case studies")
    page.get_by_role("button", name=f"Remove {titles[0]}").click()
    expect(page.locator("h1")).to_have_text("Your basket: 1 case study")
    page.get_by_role("link", name="The address of this basket").click()
    expect(page.locator("h1")).to_have_text("Shared basket: 1 case study")


def test_why_this_result(open_tab: OpenTab, javascript: bool) -> None:
    """A result explains its score in words."""
    page = open_tab("/search?q=empty+homes", java_script_enabled=javascript)
    title = page.locator(".hit h3").first.inner_text()
    page.get_by_role("link", name=f"Why this result for {title}").click()
    expect(page.locator("h1")).to_have_text("Why this result")
    expect(page.get_by_role("link", name=title)).to_be_visible()
    assert page.locator(".why li").count() > 3


def test_nothing_found_leads_on(open_tab: OpenTab, javascript: bool) -> None:
    """A search without results shows what each word finds, and its links work."""
    page = open_tab("/search?q=loneliness+qqqzz&mode=all&literal=1", java_script_enabled=javascript)
    assert page.locator("h1").inner_text().startswith("No case studies")
    page.locator(".nothing").get_by_role("link", name="loneliness").click()
    expect(page.locator("h1")).to_have_text(re.compile(r"^\d+ case stud"))
