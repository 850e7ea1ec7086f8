"""Case studies like one that is being read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.model import CaseStudy
from index import build_index
from index.analysis import Analyser
from search import Engine, open_engine
from search.similar import lift, reasons, similar_terms

BRENT = "London Borough of Brent"


def study(id: str, title: str, **fields: object) -> CaseStudy:
    """A case study."""
    return CaseStudy(id=id, title=title, **fields)  # type: ignore[arg-type]


TELECARE = study(
    "telecare-brent", "Brent: telecare sensors keep people at home",
    summary="Sensors in 40 homes tell carers of falls.", keywords=("assistive technology", "telecare"),
    councils=(BRENT,), themes=("adult-social-care",), funding=("Better Care Fund",),
)  # fmt: skip

RECORDS = (
    TELECARE,
    study("telecare-wigan", "Wigan: telecare and assistive technology", summary="Sensors and carers.",
          councils=("Wigan Metropolitan Borough Council",), themes=("adult-social-care",),
          funding=("Better Care Fund",)),
    study("technology", "Leeds: assistive technology in every home", summary="Falls fell."),
    study("brent-parks", "Brent: parks for Brent", summary="Forty trees for Brent.", councils=(BRENT,)),
    study("twin-b", "Swimming pools warmed by chips", summary="Pools."),
    study("twin-a", "Swimming pools warmed by chips", summary="Pools."),
    study("twin-c", "Swimming pools warmed by chips", summary="Pools."),
    study("alone", "Xylophones", summary="Quite another thing."),
)  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The real engine over the records."""
    path: Path = tmp_path_factory.mktemp("similar")
    build_index(RECORDS, path)
    opened = open_engine(path)
    yield opened
    opened.close()


def test_the_same_work_elsewhere_comes_first(engine: Engine) -> None:
    """Records about the same thing are found, best first; the record itself and other work of the council are not."""
    found = engine.similar("telecare-brent")
    assert [hit.id for hit in found] == ["telecare-wigan", "technology"]
    assert found[0].score > found[1].score > 0
    assert found[0].record == RECORDS[1]
    assert found[0].reasons[0].startswith("Both mention assistive technology")
    assert found[0].reasons[1:] == ("Same theme: Adult social care", "Same funding: Better Care Fund")


def test_equal_records_come_by_id_and_the_limit_holds(engine: Engine) -> None:
    """Ties are broken by id; at most `limit` come, none for an unknown id or a record like no other."""
    assert [hit.id for hit in engine.similar("twin-b")] == ["twin-a", "twin-c"]
    assert [hit.id for hit in engine.similar("twin-b", 1)] == ["twin-a"]
    assert engine.similar("twin-b", 0) == ()
    assert engine.similar("no-such-record") == ()
    assert engine.similar("alone") == ()


def test_the_most_telling_terms_are_chosen() -> None:
    """Terms come by telling power, without numbers, useless words and the record's own council."""
    idf = {"telecar": 5.0, "sensor": 4.0, "assist": 3.0, "technolog": 3.0, "40": 9.0, "brent": 9.0, "carer": 0.0}
    terms = similar_terms(TELECARE, Analyser(), lambda stem: idf.get(stem, 0.0))
    assert [stem for stem, _ in terms] == ["telecar", "sensor", "assist", "technolog"]
    assert terms[0][1] == 1.0
    assert all(0.0 < weight <= 1.0 for _, weight in terms)
    assert similar_terms(TELECARE, Analyser(), lambda stem: idf.get(stem, 0.0), limit=2) == terms[:2]
    assert similar_terms(study("x", "The"), Analyser(), lambda stem: 1.0) == []


def test_what_is_shared_lifts_a_little() -> None:
    """Shared themes, funders and councils lift a score by less than a half in all; nothing shared, not at all."""
    full = study(
        "a", "A", councils=(BRENT,), themes=("housing", "planning", "public-health", "parking"), funding=("F",)
    )
    assert lift(full, full) == pytest.approx(0.37)
    assert lift(full, study("b", "B")) == 0.0
    assert 0.0 < lift(full, study("c", "C", councils=(BRENT,))) < lift(full, study("d", "D", themes=("housing",)))


def test_reasons_are_words_for_the_reader() -> None:
    """Every kind of thing shared is named, in our order, with labels for themes."""
    one = study("a", "A", councils=(BRENT, "Other Council"), themes=("housing", "public-health"), funding=("Fund",))
    other = study("b", "B", councils=("Other Council", BRENT), themes=("public-health", "housing"), funding=("Fund",))
    assert reasons(one, other, ["telecare", "falls", "homes"]) == (
        "Both mention telecare, falls and homes",
        "Same themes: Housing and Public health",
        "Same funding: Fund",
        "Same councils: London Borough of Brent and Other Council",
    )
    assert reasons(one, study("c", "C", themes=("housing",))) == ("Same theme: Housing",)
    assert reasons(one, study("d", "D")) == ()
