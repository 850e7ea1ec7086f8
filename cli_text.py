"""Answers as plain text for a terminal; one function a kind of answer.

Matched words are bold through escape codes, which `click.echo` takes out
again when the output is not a terminal.
"""

from __future__ import annotations

import itertools
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from webui.wording import FACET_WORDS, case_studies, counted

if TYPE_CHECKING:
    from corpus.model import CaseStudy
    from corpus.readers import Report
    from corpus.stats import CorpusStats
    from index import BuildReport, IndexInfo, VerifyReport
    from search.evaluation import Evaluation
    from search.request import SearchRequest
    from search.results import Explanation, FacetCounts, Hit, Marked, SearchResults

WIDEST: Final = 100
"""Characters in a line at most: longer lines are hard to read."""

FACET_VALUES_SHOWN: Final = 5
"""Values of a facet in one line of an answer; `--json` has all that were asked for."""


def print_lines(lines: Iterable[str]) -> None:
    """Print each line as soon as it is there."""
    for line in lines:
        click.echo(line)


def print_json(value: object) -> None:
    """Print a plain value as JSON; paths become text."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def plain(value: Any) -> Any:
    """A dataclass, or None, as values that `print_json` can print."""
    from dataclasses import asdict

    return value and asdict(value)


def _width() -> int:
    import shutil

    return max(40, min(WIDEST, shutil.get_terminal_size().columns))


def _fold(text: str, indent: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        _width(),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


_START, _END = "\ue000", "\ue001"  # private characters, so that folding counts no escape codes


def _marked(text: Marked) -> str:
    return "".join(f"{_START}{piece}{_END}" if hit else piece for piece, hit in text.parts())


def _embolden(text: str) -> str:
    # A stretch that folding has broken over two lines stays bold over the break, which does no harm.
    on, off = click.style("", bold=True, reset=False), click.style("", reset=True)
    return text.replace(_START, on).replace(_END, off)


@contextmanager
def stage_bars() -> Iterator[Callable[[str, int, int | None], None] | None]:
    """What long work calls with (stage, done, total): a bar a stage on a terminal's stderr, None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        bar: Any = None

        def report(stage: str, done: int, total: int | None) -> None:
            nonlocal bar
            if bar is None or bar.label != stage:
                stack.close()
                # click wants one of a length and an iterable; one that knows no length gives a bar without an end.
                endless = None if total else (step for step in itertools.count())
                bar = stack.enter_context(
                    click.progressbar(endless, length=total, label=stage, file=sys.stderr, show_pos=True)
                )
            bar.update(done - bar.pos)

        yield report


@contextmanager
def progress_bar(label: str, expected: int | None = None) -> Iterator[Callable[[int, int | None], None] | None]:
    """What a builder calls with (done, total): a bar on a terminal's stderr, None elsewhere.

    `expected` is the total where the builder knows none.
    """
    with stage_bars() as report:
        yield report and (lambda done, total: report(label, done, total or expected))


def results(answer: SearchResults, request: SearchRequest) -> Iterator[str]:
    """An answer: notes, the total, the hits, the facets; or what to try after an empty one."""
    for note in answer.notes:
        yield _fold(f"Note: {note.text}", "")
    if answer.suggestion:
        yield f"Did you mean: {answer.suggestion}"
    pages = -(-(answer.total + answer.by_meaning) // request.limit)
    page = request.offset // request.limit + 1
    if page > pages > 0:
        others = f" and {answer.by_meaning:,} found by meaning" if answer.by_meaning else ""
        yield f"There is no page {page:,}: {case_studies(answer.total)}{others} make {counted(pages, 'page')}."
        return
    place = f", page {page:,} of {pages:,}" if pages > 1 else ""
    yield f"{case_studies(answer.total)}{place} ({answer.took_ms:.0f} ms)"
    matches = True
    for hit in answer.hits:
        yield ""
        if matches and hit.by_meaning:
            matches = False
            yield "Found by meaning, in no count:"
        yield from _hit(hit)
    if not answer.total:
        yield from _nothing_found(answer)
        return
    yield ""
    for facet in answer.facets.values():
        yield from _facet(facet)


def _nothing_found(answer: SearchResults) -> Iterator[str]:
    for word in answer.words:
        yield f"  {word.word}: {case_studies(word.count)} on its own"
    for relief in answer.reliefs:
        yield f"  without the filter on {FACET_WORDS[relief.facet].one}: {case_studies(relief.total)}"


def _hit(hit: Hit) -> Iterator[str]:
    record = hit.record
    number = f"{hit.rank:>3}. "
    yield _embolden(number + _fold(_marked(hit.title), " " * len(number)).lstrip())
    councils = list(record.councils[:3])
    if len(record.councils) > 3:
        councils.append(f"and {len(record.councils) - 3} more")
    facts = [", ".join(councils), str(record.year or ""), record.id]
    yield _fold(" · ".join(filter(None, facts)), " " * len(number))
    for passage in hit.snippet.passages:
        text = f"{'… ' * passage.cut_before}{_marked(passage.marked)}{' …' * passage.cut_after}"
        yield _embolden(_fold(text, " " * len(number)))


def _facet(facet: FacetCounts) -> Iterator[str]:
    shown = [
        f"{'[x] ' * bucket.selected}{bucket.label} {bucket.count:,}"
        for bucket in facet.buckets
        if bucket.count or bucket.selected
    ][:FACET_VALUES_SHOWN]
    if not shown:
        return
    more = facet.distinct - len(shown)
    if more > 0:
        shown.append(f"{more:,} more")
    label = f"{FACET_WORDS[facet.name].title}: "
    yield textwrap.fill(label + " · ".join(shown), _width(), subsequent_indent=" " * len(label), break_on_hyphens=False)


def record(study: CaseStudy) -> Iterator[str]:
    """One case study: its title, facts, summary and body."""
    yield click.style(study.title, bold=True)
    yield ""
    facts: list[tuple[str, Iterable[str] | str | int | None]] = [
        ("Id", study.id),
        ("Councils", study.councils),
        ("Organisations", study.organisations),
        ("Region", study.region),
        ("Council type", study.council_type),
        ("Themes", study.themes),
        ("Funding", study.funding),
        ("Year", study.year),
        ("Keywords", study.keywords),
        ("Source", " ".join(filter(None, (study.source_title, study.source_url)))),
        ("Licence", study.licence),
    ]
    for name, value in facts:
        text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ", ".join(value or ())
        if text:
            yield f"{name + ':':<15}{text}"
    if study.summary:
        yield ""
        yield _fold(study.summary, "")
    if study.body:
        yield ""
        for line in study.body.strip().splitlines():
            yield _fold(line, "") if line else ""


def explanation(part: Explanation, depth: int = 0) -> Iterator[str]:
    """A score as an indented tree of named parts."""
    note = f" ({part.description})" if part.description else ""
    yield f"{'  ' * depth}{part.value:8.4f}  {part.name}{note}"
    for detail in part.details:
        yield from explanation(detail, depth + 1)


def checked(path: str, report: Report) -> str:
    """What a check of records found when all is well."""
    return f"{path}: {case_studies(report.records)} in {counted(report.files, 'file')}, no problems."


def corpus_stats(stats: CorpusStats, top: int) -> Iterator[str]:
    """A set of records at a glance: how much, which values, which fields are filled."""
    yield f"{case_studies(stats.records)}, {counted(stats.words, 'word')}"
    for facet, pairs in stats.facets.items():
        words = FACET_WORDS[facet]
        yield f"\n{words.title}: {counted(len(pairs), words.one, words.many)}"
        for value, count in pairs[:top]:
            yield f"{count:>8,}  {value}"
    yield "\nFilled in"
    for field, count in stats.coverage.items():
        yield f"{count:>8,}  {field}"


def evaluation(measured: Evaluation, *, per_query: bool, missed: bool) -> Iterator[str]:
    """The figures of a collection, beside another configuration's where there is one."""
    other = measured.against
    yield f"{measured.collection}: {counted(measured.documents, 'document')}, " + (
        f"{counted(len(measured.per_query), 'judged query', 'judged queries')}, {measured.took_s:.1f} s"
    )
    yield ""
    names = f"{'':<12}{measured.configuration:>12}"
    yield names + (f"{other.configuration:>12}{'difference':>12}{'p':>9}{'better/worse':>15}" if other else "")
    for name, value in measured.figures.items():
        line = f"{name:<12}{value:>12.4f}"
        for pair in measured.comparisons:
            if other and pair.measure == name:
                line += f"{other.figures[name]:>12.4f}{pair.difference:>+12.4f}{pair.p_value:>9.4f}"
                line += f"{f'{pair.better}/{pair.worse}':>15}"
        yield line
    if per_query:
        yield ""
        for query in measured.per_query:
            figures = "  ".join(f"{name} {value:.3f}" for name, value in query.figures.items())
            yield f"{query.id}  {figures}  {query.text}"
    if missed:
        for query in measured.failing():
            yield f"\n{query.id}  ndcg@10 {query.figures['ndcg@10']:.3f}  {query.text}"
            for document in query.missed:
                place = f"at {document.rank}" if document.rank else "not found"
                yield f"    grade {document.grade}, {place}: {document.id}  {document.title}"


def built(report: BuildReport) -> str:
    """What a full build did, in one line."""
    return f"Indexed {case_studies(report.documents)} in {report.seconds:.1f} s ({report.path}, {report.generation})."


def updated(report: BuildReport) -> str:
    """What an update did, in one line."""
    changes = f"{report.added:,} added, {report.replaced:,} replaced, {report.removed:,} removed"
    return f"{changes}, {report.unchanged:,} unchanged, in {report.seconds:.1f} s ({report.path}, {report.generation})."


def verified(report: VerifyReport) -> str:
    """What a check found when all is well."""
    return f"{report.generation}: {counted(report.files, 'file')}, {_bytes(report.bytes)}, no problems."


def index_info(info: IndexInfo) -> Iterator[str]:
    """The index at a glance, names and values lined up."""
    facts = {
        "Index": info.path,
        "Generation": info.generation,
        "Built": info.created,
        "Case studies": f"{info.documents:,}",
        "Segments": f"{info.segments} ({info.deleted:,} removed records not yet merged away)",
        "Size": _bytes(info.bytes),
        "On disk": ", ".join(info.generations),
        **{name.replace("_", " ").capitalize(): value for name, value in info.details.items() if name != "impacts"},
        "Averages": ", ".join(f"{field} {length:.1f}" for field, length in info.details["averages"].items()),
    }
    widest = max(map(len, facts)) + 2
    for name, value in facts.items():
        line = f"{name + ':':<{widest}}{value}"
        yield textwrap.fill(line, _width(), subsequent_indent=" " * widest, break_on_hyphens=False)


def _bytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
