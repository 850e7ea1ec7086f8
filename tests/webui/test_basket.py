"""The basket: in the browser's cookie or in an address, never on the server."""

from __future__ import annotations

import rispy
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from page import Page
from plain_engine import PlainEngine

from corpus.model import CaseStudy
from webui import basket, create_app

ids = st.lists(st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,9}){0,3}", fullmatch=True), unique=True, max_size=60)


@given(ids)
def test_cookie_round_trip(kept: list[str]) -> None:
    """What is written into the cookie is read back; what does not belong there is passed over."""
    assert basket.read(basket.write(kept)) == tuple(kept)
    assert basket.read(basket.write([*kept, "<b>", "A", "-x", ""])) == tuple(kept)


@given(st.text())
def test_any_cookie_is_read(cookie: str) -> None:
    """A cookie may hold anything: the basket is bounded and holds ids only."""
    kept = basket.read(cookie)
    assert len(kept) <= basket.MOST
    assert all(map(basket.is_id, kept))


def test_put_in_show_and_take_out(app: Flask, records: list[CaseStudy]) -> None:
    """Without JavaScript: a form puts in and returns to its page; the basket lists, exports, takes out, empties."""
    client = app.test_client()
    first, second = records[0], records[1]
    answer = client.post("/basket", data={"add": first.id, "back": "/search?q=x"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/search?q=x")
    client.post("/basket", data={"add": [second.id, second.id, "no-such-case-study"]})
    page = Page(client.get("/basket").get_data(as_text=True))
    assert page.one("h1").text == "Your basket: 2 case studies"
    taken = client.get(next(held["href"] for held in page.all("a") if held.text == "RIS")).get_data(as_text=True)
    assert [held["id"] for held in rispy.loads(taken)] == [first.id, second.id]
    shared = page.link("The address of this basket")
    stranger = Page(app.test_client().get(shared).get_data(as_text=True))
    assert stranger.one("h1").text == "Shared basket: 2 case studies"
    client.post("/basket", data={"remove": first.id})
    assert Page(client.get("/basket").get_data(as_text=True)).one("h1").text == "Your basket: 1 case study"
    client.post("/basket", data={"clear": "1"})
    assert "There is nothing in it yet." in client.get("/basket").get_data(as_text=True)


def test_for_the_script(app: Flask, records: list[CaseStudy]) -> None:
    """The script gets the new count as JSON."""
    client = app.test_client()
    answer = client.post("/basket", data={"add": records[0].id}, headers={"Accept": "application/json"})
    assert answer.get_json() == {"count": 1, "full": False, "ids": [records[0].id]}


def test_full_basket_says_so(app: Flask, records: list[CaseStudy]) -> None:
    """What does not fit is not put in, and nothing is lost."""
    client = app.test_client()
    client.post("/basket", data={"add": [record.id for record in records[:40]]})
    answer = client.post("/basket", data={"add": [record.id for record in records[:300]]})
    assert answer.headers["Location"] == "/basket?full=1"
    page = Page(client.get("/basket?full=1").get_data(as_text=True))
    assert page.one("h1").text == "Your basket: 40 case studies"
    assert "Your basket is full." in page.html


def test_returns_only_to_this_site(app: Flask, records: list[CaseStudy]) -> None:
    """The form's way back never leads to another host."""
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "", "\t//evil.example"):
        answer = app.test_client().post("/basket", data={"add": records[0].id, "back": back})
        assert answer.headers["Location"] == "/basket"


def test_cookie_is_closed_to_scripts_and_strangers(app: Flask, records: list[CaseStudy]) -> None:
    """No script and no other site can use the cookie, and pages are cached apart from it."""
    answer = app.test_client().post("/basket", data={"add": records[0].id})
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert "Cookie" in app.test_client().get("/search").headers["Vary"]
    public = create_app(PlainEngine(records[:2]), base_url="https://cases.example.org").test_client()
    assert "Secure" in public.post("/basket", data={"add": records[0].id}).headers["Set-Cookie"].split("; ")


def test_large_bodies_are_refused(app: Flask) -> None:
    """A form of megabytes is refused before it is read."""
    assert app.test_client().post("/basket", data={"add": "x" * 200_000}).status_code == 413
