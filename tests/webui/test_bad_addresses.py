"""Whatever comes over the network, no answer is a 5xx."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page import Page

ADDRESSES = [
    "/search?q=" + "x" * 10_000,
    "/search?q=" + "%20".join(["word"] * 2_000),
    "/search?q=%00",
    "/search?q=a%00b&theme=%00",
    "/search?q=%ED%A0%80",
    "/search?q=%FF%FE&council=%C3%28",
    "/search?q=%",
    "/search?q=%zz&theme=%u1234",
    '/search?q="unbalanced',
    "/search?q=((((((((((",
    "/search?q=AND+OR+NOT",
    "/search?" + "&".join(f"theme=t{n}" for n in range(150)),
    "/search?q=a&q=b&page=1&page=2&sort=title&sort=newest",
    "/search?&&&===",
    "/search?q=x&year_from=0001&year_to=9999",
    "/search?year=none&year=2019&year=abc",
    "/search?q[]=x&theme[a]=b",
    "/councils?find=%00%FF" + "x" * 5_000,
    "/search/choose/council?find=" + "y" * 5_000,
    "/api/v1/search?q=%00%ED%A0%80",
    "/api/v1/suggest?q=" + "x" * 5_000,
    "/api/v1/suggest",
]

REFUSED = {
    "/search?page=-1": 400,
    "/search?page=0": 400,
    "/search?page=abc": 400,
    "/search?page=1.5": 400,
    "/search?page=" + "9" * 5_000: 400,
    "/search?page=٣": 400,
    "/search?sort=up&mode=x": 400,
    "/search?year_from=-5": 400,
    "/search?year_from=2020&year_to=2010": 400,
    "/search?" + "&".join(f"theme=t{n}" for n in range(300)): 400,
    "/search?page=1000000000": 404,
    "/search/choose/colour": 404,
    "/themes/none-such": 404,
    "/councils/" + "x" * 3_000: 404,
    "/case-studies/../../etc/passwd": 404,
    "/case-studies/%00": 404,
    "/nowhere": 404,
    "/api/v1/search?page=-1": 422,
    "/api/v1/search?limit=100000000": 422,
    "/api/v1/search?facets=colour": 422,
    "/api/v1/search?colour=red": 422,
    "/api/v1/case-studies/nobody": 404,
    "/api/v1/nothing": 404,
    "/api/v2/search": 404,
}


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address[:40])
def test_odd_addresses_are_answered(client: FlaskClient, address: str) -> None:
    """Odd but harmless addresses get an ordinary page of bounded size."""
    response = client.get(address)
    assert response.status_code == 200
    assert len(response.data) < 400_000


@pytest.mark.parametrize(("address", "status"), REFUSED.items(), ids=lambda value: str(value)[:40])
def test_bad_addresses_are_refused_clearly(client: FlaskClient, address: str, status: int) -> None:
    """A bad address gets a 4xx in the form of its reader: a page for people, one JSON shape for programs."""
    response = client.get(address)
    assert response.status_code == status
    if address.startswith("/api/"):
        body = response.get_json()
        assert set(body) == {"status", "error", "errors"}
        assert body["status"] == status
    else:
        page = Page(response.get_data(as_text=True))
        assert page.one("h1").text
        assert len(page.html) < 20_000


def test_problem_page_names_every_value(client: FlaskClient) -> None:
    """All wrong values are named together, with what was expected and a link that leaves them out."""
    page = Page(client.get("/search?q=homes&page=abc&sort=up").get_data(as_text=True))
    told = [held.text for held in page.all("li")]
    assert "sort is “up”: expected one of relevance, newest, oldest, title." in told
    assert "page is “abc”: expected a page number: 1, 2, 3 and so on." in told
    assert page.link("Search without these") == "/search?q=homes"


def test_many_filters_make_a_bounded_page(client: FlaskClient) -> None:
    """Two hundred filters do not make a page of megabytes."""
    address = "/search?" + "&".join(f"council=Council+number+{n}" for n in range(200))
    response = client.get(address)
    assert response.status_code == 200
    assert len(response.data) < 600_000
    assert "and 170 more filters" in Page(response.get_data(as_text=True)).one("ul", "chips").text


def test_other_methods_are_refused(client: FlaskClient) -> None:
    """Searching is reading: nothing else is allowed."""
    for method in (client.post, client.put, client.delete, client.patch):
        assert method("/search").status_code == 405
        assert method("/api/v1/search").status_code == 405


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(
        ["/search", "/search/choose/year", "/api/v1/search", "/api/v1/suggest", "/councils", "/themes"]
    ),
    query=st.text(st.sampled_from("qpagethmsorlic=&%+0f9-/[]\"'<>;é😀"), max_size=60),
)
def test_no_query_string_breaks_the_server(client: FlaskClient, path: str, query: str) -> None:
    """Random query strings never give a 5xx."""
    assert client.get(f"{path}?{query.replace('#', '')}").status_code < 500
