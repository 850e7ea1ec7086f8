"""Write docs/command-line.md from the commands themselves, so that the page cannot drift from them.

python tools/command_line_page.py            write the page
python tools/command_line_page.py --check    exit 1 when the page is not what would be written
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "command-line.md"

INTRODUCTION = """# The command line

`casefinder` (from a clone also `python cli.py`). This page is written by `tools/command_line_page.py` from the commands
themselves; what they are for is told in [curators.md](curators.md) and [operators.md](operators.md).

Every verb also takes `--help`. With `--json`, the answer and nothing else goes to stdout; warnings and progress go to
stderr. Facet values may be given as they are shown, as slugs, or under any name that the vocabularies know:
`--funding OPE`, `--council "LB Brent"`. Several values of one facet mean any of them; different facets must all hold.
The value `none` stands for nothing recorded.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | nothing found |
| 2 | wrong input, or an index that cannot be used |
| 130 | stopped by Ctrl-C |
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it, the root first."""
    sys.path.insert(0, str(ROOT))
    from cli import casefinder

    yield from _below("casefinder", casefinder)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for word, child in command.commands.items():
            yield from _below(f"{name} {word}", child)


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *("\n".join(section(name, command)) for name, command in commands())])


def section(name: str, command: click.Command) -> Iterator[str]:
    """One command: its call, its help, its options."""
    with click.Context(command, info_name=name) as context:
        pieces = command.collect_usage_pieces(context)
    yield f"## `{name}`\n"
    yield f"    {name} {' '.join(pieces)}\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            yield "```text\n" + paragraph.removeprefix("\b").strip("\n") + "\n```\n"
        else:
            yield " ".join(paragraph.split()) + "\n"
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    if options:
        yield "| option | meaning |"
        yield "| --- | --- |"
        yield from map(_row, options)
        yield ""


def _row(option: click.Option) -> str:
    facts = [(option.help or "").replace("|", "\\|")]
    if isinstance(option.type, click.Choice):
        facts.append(f"One of {', '.join(f'`{choice}`' for choice in option.type.choices)}.")
    if isinstance(option.type, click.IntRange):
        low, high = option.type.min, option.type.max
        facts.append(f"From {low} to {high}." if high is not None else f"From {low}.")
    if option.envvar:
        facts.append(f"Environment: `{option.envvar}`.")
    if option.show_default and option.default is not None:
        facts.append(f"Default: `{option.default}`.")
    if option.is_flag:
        value = ""
    elif isinstance(option.type, click.Choice):
        value = " …"
    else:
        value = f" {option.metavar or option.type.name.upper().removesuffix(' RANGE')}"
    names = ", ".join(f"`{name}{value}`" for name in option.opts)
    return f"| {names} | {' '.join(filter(None, facts))} |"


def main() -> int:
    """Write the page, or with --check compare it."""
    if sys.argv[1:] == ["--check"]:
        if PAGE.read_text(encoding="utf-8") == page():
            return 0
        sys.stderr.write(f"{PAGE.relative_to(ROOT)} is out of date. Run: make docs\n")
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
