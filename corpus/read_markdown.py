"""Markdown with YAML front matter: one case study a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpus.lines import read_lines
from corpus.problems import Problem, Problems, display
from corpus.raw import RawRecord

if TYPE_CHECKING:
    import yaml

FENCE: Final = "---"
"""The line before and after the front matter."""


def read_markdown(path: Path, problems: Problems) -> Iterator[RawRecord]:
    """The record of one `.md` file: none after a problem.

    The front matter holds the fields, the text below it is the body. A file
    without an `id` takes the name of the file.
    """
    before = problems.total
    lines = list(read_lines(path, problems))
    if problems.total > before:
        return
    texts = [line.text.rstrip("\r\n") for line in lines]
    file = display(path)
    if not texts or texts[0].rstrip() != FENCE:
        expected = f"a case study: the first line must be {FENCE}, then the front matter"
        problems.add(Problem(file, 1, "", "the file", expected))
        return
    end = next((number for number in range(1, len(texts)) if texts[number].rstrip() == FENCE), None)
    if end is None:
        problems.add(Problem(file, 1, "", "the front matter", f"closed: a line {FENCE} must follow it"))
        return
    front = _front_matter(file, "\n".join(texts[1:end]), problems)
    if front is None:
        return
    values, places = front
    if "body" in values:
        hint = "write it below the front matter"
        problems.add(Problem(file, places["body"], "body", "body", "a key of the front matter", hint=hint))
        return
    values["body"] = "\n".join(texts[end + 1 :])
    places["body"] = end + 2
    if "id" not in values:
        values["id"] = path.stem
    yield RawRecord(file, 1, values, places)


_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1 does not allow in a document (its production c-printable)."""

Front = tuple[dict[str, Any], dict[str | tuple[str, int], int]]


def _front_matter(file: str, text: str, problems: Problems) -> Front | None:
    """The values of the front matter and the lines on which they stand; None after a problem."""
    import yaml  # quick to do without for those who only import the package

    # Looked for here because the two loaders count its position differently.
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + 2
        hint = f"character {unprintable.group()!r} is not allowed"
        problems.add(Problem(file, line, "", "the front matter", "valid YAML", hint=hint))
        return None
    try:
        return _parsed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1  # counted from 0, below the opening fence
        hint = ", ".join(filter(None, (error.context, error.problem)))
        problems.add(Problem(file, line, "", "the front matter", "valid YAML", hint=hint))
    except _Repeated as error:
        problems.add(Problem(file, error.line, error.key, error.key, "a new key", hint="it is given twice"))
    except _NoMapping as error:
        problems.add(Problem(file, error.line, "", "the front matter", "a list of fields such as 'title: …'"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A ValueError is a date or number that is none: "2021-13-45".
        hint = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        problems.add(Problem(file, 1, "", "the front matter", "YAML that can be read", hint=hint))
    return None


class _Repeated(Exception):
    def __init__(self, key: str, line: int) -> None:
        super().__init__(key)
        self.key = key
        self.line = line


class _NoMapping(Exception):
    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


def _parsed(text: str) -> Front:
    import yaml

    # The C loader is ten times quicker where libyaml is there; both are safe loaders.
    loader: yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return {}, {}
        if not isinstance(root, yaml.MappingNode):
            raise _NoMapping(root.start_mark.line + 2)
        loader.flatten_mapping(root)
        values: dict[str, Any] = {}
        places: dict[str | tuple[str, int], int] = {}
        for key_node, value_node in root.value:
            key = str(loader.construct_object(key_node, deep=True))
            line = key_node.start_mark.line + 2
            if key in values:
                raise _Repeated(key, line)
            values[key] = loader.construct_object(value_node, deep=True)
            places[key] = line
            if isinstance(value_node, yaml.SequenceNode):
                for index, item in enumerate(value_node.value):
                    places[key, index] = item.start_mark.line + 2
        return values, places
    finally:
        loader.dispose()
