"""The pages over the starter corpus, answered by the engine that cannot be wrong and by the real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from page import Page
from plain_engine import PlainEngine

from corpus import read_corpus, starter_corpus
from corpus.model import CaseStudy
from index import build_index
from search import Engine, open_engine
from webui import create_app

Get = Callable[..., Page]


@pytest.fixture(scope="session")
def records() -> list[CaseStudy]:
    return list(read_corpus(starter_corpus()))


@pytest.fixture(scope="session")
def plain(records: list[CaseStudy]) -> PlainEngine:
    return PlainEngine(records)


@pytest.fixture(scope="session")
def index_path(records: list[CaseStudy], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("webui") / "index"
    build_index(records, path)
    return path


@pytest.fixture(scope="session", params=["plain", "whoosh"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn: the pages must be right over both."""
    if request.param == "plain":
        return cast(Engine, request.getfixturevalue("plain"))
    return open_engine(request.getfixturevalue("index_path"))


@pytest.fixture(scope="session")
def app(engine: Engine) -> Flask:
    return create_app(engine)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def get(client: FlaskClient) -> Get:
    """Ask for a page, check its status, and parse it."""

    def ask(address: str, status: int = 200) -> Page:
        response = client.get(address)
        assert response.status_code == status, response.get_data(as_text=True)[:2000]
        return Page(response.get_data(as_text=True))

    return ask
