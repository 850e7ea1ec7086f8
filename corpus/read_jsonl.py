"""JSON Lines: one case study a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.lines import read_lines
from corpus.problems import Problem, Problems, display
from corpus.raw import RawRecord


class _Repeated(ValueError):
    """An object names a key twice."""


def read_jsonl(path: Path, problems: Problems) -> Iterator[RawRecord]:
    """The objects of a `.jsonl` or `.jsonl.gz` file; blank lines are passed over."""
    file = display(path)
    for line in read_lines(path, problems):
        if not line.good or not line.text.strip():
            continue
        try:
            values = json.loads(line.text, object_pairs_hook=_object)
        except json.JSONDecodeError as error:
            hint = f"{error.msg} at column {error.colno}"
            problems.add(Problem(file, line.number, "", "the line", "valid JSON", hint=hint))
        except _Repeated as error:
            problems.add(Problem(file, line.number, str(error), str(error), "a new key", hint="it is given twice"))
        except (ValueError, RecursionError):
            # A number of thousands of digits, or thousands of open brackets.
            problems.add(Problem(file, line.number, "", "the line", "JSON that can be read"))
        else:
            if isinstance(values, dict):
                yield RawRecord(file, line.number, values)
            else:
                problems.add(Problem(file, line.number, "", "the line", "a JSON object"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        raise _Repeated(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return found
