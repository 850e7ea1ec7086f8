"""The documentation is complete and true: what it must name, what it links to, what it tells people to type."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import cli
from search.query_syntax import FIELDS
from search.request import FACETS, MODES, NO_VALUE, SORTS
from webui.api.search import EXTRA
from webui.state import PARAMETERS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
HOW_TO = ("researchers.md", "curators.md", "operators.md", "command-line.md", "api.md")


def text_of(*names: str) -> str:
    """The pages of docs/ with these names, one after another."""
    return "\n".join((DOCS / name).read_text(encoding="utf-8") for name in names)


def commands(
    command: click.Command = cli.casefinder, words: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Every command below the root, with the words that call it."""
    for name, child in command.commands.items() if isinstance(command, click.Group) else ():
        yield " ".join((*words, name)), child
        yield from commands(child, (*words, name))


def missing(wanted: Iterator[str] | frozenset[str] | tuple[str, ...], text: str) -> list[str]:
    """Which of these names do not stand in the text as words of their own."""
    return [name for name in wanted if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


def test_command_line_page_is_current() -> None:
    """docs/command-line.md says exactly what the commands say."""
    run = subprocess.run(
        [sys.executable, "tools/command_line_page.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_every_command_is_told_in_a_how_to_page() -> None:
    """Every command stands in a page that a person wrote, not only in the reference."""
    prose = text_of("researchers.md", "curators.md", "operators.md", "ranking.md") + (ROOT / "README.md").read_text(
        "utf-8"
    )
    leaves = [name for name, command in commands() if not isinstance(command, click.Group)]
    assert [name for name in leaves if f"casefinder {name}" not in prose] == []


def test_every_option_has_help() -> None:
    """Every option says what it does, or shows its choices."""
    silent = [
        f"{name} {option.opts[0]}"
        for name, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []


def test_every_facet_is_documented() -> None:
    """The API page names each facet, and researchers are told how to leave out and how to ask for nothing recorded."""
    assert missing(FACETS, text_of("api.md")) == []
    assert NO_VALUE in text_of("api.md")


def test_every_query_operator_is_documented() -> None:
    """The page for researchers shows each sign of the query language and each field."""
    page = text_of("researchers.md")
    signs = ("AND", "OR", "NOT", *(f"{field}:" for field in FIELDS))
    assert [sign for sign in signs if sign not in page] == []
    assert re.search(r"\+\w", page)
    assert re.search(r"(?<!\w)-\w", page)
    assert re.search(r"\w\*", page)
    assert re.search(r"[\"“]\w+ \w+", page)


def test_every_api_parameter_is_documented() -> None:
    """The API page names each parameter and each of the values that may be chosen."""
    page = text_of("api.md")
    assert missing(PARAMETERS | EXTRA, page.replace("not_", " not_")) == []
    assert missing((*MODES, *SORTS), page) == []


def test_every_environment_variable_is_documented() -> None:
    """Each variable that the code reads stands in the page for operators."""
    named: set[str] = set()
    for place in ("corpus", "index", "search", "webui"):
        for path in (ROOT / place).rglob("*.py"):
            named.update(_variables(path))
    named.update(_variables(ROOT / "cli.py"))
    assert missing(tuple(sorted(named)), text_of("operators.md")) == []


def _variables(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch("CASEFINDER_[A-Z_]+", node.value)
        ):
            yield node.value


def test_every_decision_is_whole() -> None:
    """A decision has a number of its own, and says context, decision and consequences."""
    pages = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    parts = ("Context", "Decision", "Consequences")
    found = {page.name: re.findall(r"^(?:## |\*\*)?(\w+)\b", page.read_text("utf-8"), re.MULTILINE) for page in pages}
    assert [(name, part) for name, words in found.items() for part in parts if part not in words] == []


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_resolve(path: Path) -> None:
    """A link inside the tree leads to a file that is there, and its fragment to a heading."""
    broken = []
    for target in LINK.findall(_without_code(path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or (fragment and fragment not in _anchors(there)):
            broken.append(target)
    assert broken == []


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _without_code(path.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


SHELL_BLOCK = re.compile(r"```(?:sh|bash|console|shell)\n(.*?)```", re.DOTALL)


def _typed(page: Path) -> Iterator[str]:
    """The casefinder commands in the shell blocks of a page."""
    for block in re.findall(
        r"```(?:sh|bash|console|shell)\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL
    ):
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*/)?casefinder (.*)", line.strip())
            if found:
                yield found[1]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_parse(path: Path) -> None:
    """What a page tells people to type is a command with options that exist."""
    for line in _typed(path):
        words = shlex.split(re.split(r"\s[|>&;]+(?:\s|$)", line)[0], comments=True)
        context = cli.casefinder.make_context("casefinder", words)
        while isinstance(context.command, click.Group):
            rest = [*context._protected_args, *context.args]
            name, command, rest = context.command.resolve_command(context, rest)
            assert command is not None
            assert name is not None
            context = command.make_context(name, rest, parent=context)


def test_make_targets_exist() -> None:
    """Every `make something` in the pages is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    named = {
        word
        for page in PAGES
        for word in re.findall(r"`make ([a-z-]+)", page.read_text("utf-8"))
        if page.name != "CHANGELOG.md"
    }
    assert named - targets == set()
