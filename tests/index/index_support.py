"""Small corpora and child processes for tests that build indexes."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import strategies as st
from whoosh.index import create_in, open_dir

from corpus import CaseStudy
from index.codec import ColumnarCodec, FieldPostings, segment_arrays
from index.documents import whoosh_document
from index.schema import EXACT_FIELDS, codec_settings, schema
from search import SearchRequest, open_engine

ROOT = Path(__file__).parents[2]

PIECES = (
    "housing", "The", "co-production", "co production", "20 mph", "20mph", "£1.2m", "well being", "O’Brien",
    "care leavers", "caring", "cared care",
    "house houses", "housed", "café", "R&D", ". ", "\n\n## ", "of the", "x_y", "covid 19", "2019-20",
    "__", "don't", "1,200",
)  # fmt: skip

TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=30)

RECORDS = st.lists(
    st.builds(
        CaseStudy,
        id=st.just(""),
        title=TEXTS.map(lambda text: text or "Untitled"),
        summary=TEXTS,
        body=TEXTS,
        keywords=st.lists(TEXTS, max_size=2).map(tuple),
        councils=st.lists(st.sampled_from(("Leeds City Council", "London Borough of Brent")), max_size=2).map(tuple),
        themes=st.lists(st.sampled_from(("housing", "planning", "transport")), max_size=3).map(tuple),
        funding=st.lists(st.sampled_from(("One Public Estate", "Towns Fund")), max_size=2).map(tuple),
        year=st.none() | st.integers(1990, 2026),
    ),
    max_size=7,
).map(lambda made: [named(record, number) for number, record in enumerate(made)])


def named(record: CaseStudy, number: int) -> CaseStudy:
    """The record with an id that puts ids in another order than documents."""
    return CaseStudy.from_dict({**record.to_dict(), "id": f"r{(number * 7) % 10}-{number}"})


Segment = dict[str, object]


def segment(folder: Path) -> Segment:
    """What the only segment of an index holds, by file without the segment's random part.

    The bytes of each file; but of a field of words that may share the postings of their stems, what it says of each.
    """
    found: Segment = {
        path.name.split(".", 1)[1]: path.read_bytes()
        for path in folder.iterdir()
        if path.name.startswith("MAIN_") and "." in path.name and "_exact." not in path.name
    }
    with open_dir(str(folder)).reader() as reader:
        for arrays in segment_arrays(reader):
            arrays.verify()
            for name in EXACT_FIELDS:
                if (field := arrays.field(name)) is not None:
                    found[name] = (
                        [said(field, ordinal) for ordinal in range(field.term_count)],
                        field.lengths().tolist(),
                    )
    return found


def said(field: FieldPostings, ordinal: int) -> tuple[object, ...]:
    """Everything that a field says of a term."""
    offsets, positions = field.positions(ordinal)
    arrays = field.docs(ordinal), field.freqs(ordinal), offsets, positions
    return field.term(ordinal), field.df(ordinal), field.cf(ordinal), *(each.tolist() for each in arrays)


def by_whoosh(folder: Path, records: list[CaseStudy]) -> Segment:
    """What Whoosh's own writer makes of the records."""
    writer = create_in(str(folder), schema()).writer(codec=ColumnarCodec(codec_settings()))
    for record in records:
        writer.add_document(**whoosh_document(record))
    writer.commit()
    return segment(folder)


def record(number: int, body: str = "housing and health in the parks", **values: object) -> CaseStudy:
    """A short record with the id r000, r001, …"""
    themes = (("housing", "public-health", "planning")[number % 3],)
    plain = {
        "id": f"r{number:03}",
        "title": f"Case study {number}",
        "body": body,
        "themes": themes,
        "year": 2010 + number % 9,
    }
    return CaseStudy.from_dict({**plain, **values})


def records(count: int) -> list[CaseStudy]:
    return [record(number) for number in range(count)]


def answers(index: Path) -> dict[str, CaseStudy]:
    """Every record that the index answers with, by id."""
    engine = open_engine(index)
    try:
        hits = engine.search(SearchRequest(limit=1000, snippets=False)).hits
        return {hit.id: hit.record for hit in hits}
    finally:
        engine.close()


def python(script: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """A child process that runs a script from the root of the tree; `records` of this module is at hand."""
    head = (
        "import sys, time; sys.path[:0] = ['.', 'tests/index']\nfrom pathlib import Path\nfrom index_support import *\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + textwrap.dedent(script), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def until(child: subprocess.Popen[str], word: str) -> None:
    """Wait until the child has printed this word."""
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the child ended ({child.wait()}) without saying {word!r}")


def unlike(left: Sequence[CaseStudy], right: Callable[[str], CaseStudy | None]) -> list[str]:
    """Ids of the records that `right` does not answer as they are."""
    return [record.id for record in left if right(record.id) != record]
