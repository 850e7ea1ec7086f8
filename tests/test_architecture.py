"""The shape of the code: which way imports point, what may live where, what start-up costs."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIPELINE = ("corpus", "index", "search", "webui")
COMMAND_LINE = ("cli", "cli_request", "cli_text")
LONGEST_MODULE = 400

NOT_SOURCE = {"var", "build", "dist", "node_modules", "__pycache__"}


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") and entry.name != ".ci":
            continue
        if entry.is_dir() and entry.name not in NOT_SOURCE and not entry.name.endswith(".egg-info"):
            yield from _walk(entry)
        elif entry.is_file():
            yield entry


@cache
def _sources(*places: str) -> tuple[Path, ...]:
    """The Python files of these top-level folders or modules."""
    found: list[Path] = []
    for place in places:
        folder = ROOT / place
        if folder.is_dir():
            found.extend(path for path in _walk(folder) if path.suffix == ".py")
        else:
            found.append(folder.with_suffix(".py"))
    return tuple(found)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every (module, line) that a file imports, at the top or inside a function."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            yield ".".join(filter(None, (base, node.module or ""))), node.lineno


def _breaches(places: tuple[str, ...], forbidden: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in _sources(*places)
        for module, line in _imported(path)
        if module.partition(".")[0] in forbidden
    ]


@pytest.mark.parametrize("package", PIPELINE)
def test_imports_point_one_way(package: str) -> None:
    """A folder imports only those to its left: corpus, index, search, webui; none imports the command line."""
    later = PIPELINE[PIPELINE.index(package) + 1 :]
    assert _breaches((package,), {*later, *COMMAND_LINE, "tests", "benchmarks"}) == []


def test_whoosh_stays_inside() -> None:
    """Only index/ and search/ know Whoosh."""
    assert _breaches(("corpus", "webui", *COMMAND_LINE), {"whoosh"}) == []


def test_interfaces_stay_outside() -> None:
    """Only webui/ and the command line know Flask, click and the server."""
    assert _breaches(("corpus", "index", "search"), {"flask", "jinja2", "werkzeug", "waitress", "click"}) == []
    assert _breaches(("webui",), {"click"}) == []
    assert _breaches(COMMAND_LINE, {"flask", "jinja2", "werkzeug", "waitress"}) == []


def test_only_interfaces_print() -> None:
    """The domain returns values and raises errors; it writes nothing to the terminal."""
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _sources("corpus", "index", "search")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert calls == []


def test_nothing_is_downloaded() -> None:
    """No part asks nltk for data: a fresh machine without a network answers."""
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _sources(*PIPELINE, *COMMAND_LINE)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "download" and ast.unparse(node.value) == "nltk"
    ]
    assert calls == []


def test_modules_are_short() -> None:
    """A module is one idea, and one idea fits in a few screens."""
    places = (*PIPELINE, *COMMAND_LINE, "benchmarks")
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in _sources(*places)}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_modules_say_what_they_are() -> None:
    """Every module that holds code opens with a docstring."""
    silent = [
        str(path.relative_to(ROOT))
        for path in _sources(*PIPELINE, *COMMAND_LINE, "benchmarks", "tests")
        if _tree(path).body and not ast.get_docstring(_tree(path))
    ]
    assert silent == []


def test_tests_state_their_rule() -> None:
    """Every test has a docstring that states the rule which it keeps."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in _sources("tests")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_no_test_is_skipped() -> None:
    """A test runs or fails: there is no skip, no xfail, no importorskip."""
    ways = {"skip", "skipif", "skipIf", "xfail", "importorskip", "skipTest"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _sources("tests")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ways and not isinstance(node.value, ast.Constant)
        if ast.unparse(node.value) in {"pytest", "pytest.mark", "unittest", "self"}
    ]
    assert found == []


@pytest.mark.parametrize("package", PIPELINE)
def test_public_names_exist(package: str) -> None:
    """`__all__` of each package names each public thing once, and all of it can be imported."""
    module = importlib.import_module(package)
    names = module.__all__
    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not hasattr(module, name)] == []


def _run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


HELP = """
import json, sys
before = set(sys.modules)
import cli
for arguments in (["--help"], ["search", "--help"], ["index", "build", "--help"], ["serve", "--help"]):
    try:
        cli.casefinder.main(args=arguments, prog_name="casefinder")
    except SystemExit as leaving:
        assert leaving.code == 0, arguments
print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
"""


def test_help_is_light() -> None:
    """`--help` imports click and little else: no Whoosh, nltk, numpy, Flask, yaml, and few modules in all."""
    run = _run(HELP)
    loaded: list[str] = json.loads(run.stderr.strip().splitlines()[-1])
    heavy = {
        "whoosh",
        "nltk",
        "numpy",
        "flask",
        "werkzeug",
        "jinja2",
        "waitress",
        "yaml",
        "markdown_it",
    }
    assert sorted({name.partition(".")[0] for name in loaded} & heavy) == []
    # 98 modules on Python 3.11 with click 8.5; the room is for other versions of them, not for ours.
    assert len(loaded) < 160, loaded


@pytest.mark.parametrize("package", ["corpus", "search", "webui"])
def test_packages_import_lightly(package: str) -> None:
    """Importing a package loads no engine: neither Whoosh nor nltk, numpy, Flask or yaml."""
    run = _run(f"import sys, {package}; print(*sys.modules)")
    heavy = {"whoosh", "nltk", "numpy", "flask", "yaml"}
    assert sorted({name.partition(".")[0] for name in run.stdout.split()} & heavy) == []


NO_NLTK_DATA = """
from corpus import CaseStudy
from index import build_index
from search import SearchRequest, open_engine

records = [
    CaseStudy(id="warm-homes", title="Warmer homes", summary="Insulating terraced houses."),
    CaseStudy(id="parks", title="Parks for health", summary="Walking in parks."),
]
build_index(records, PATH)
engine = open_engine(PATH)
print([hit.id for hit in engine.search(SearchRequest(text="insulated house")).hits])
"""


def test_nltk_needs_no_data(tmp_path: Path) -> None:
    """Building and searching work with an empty NLTK_DATA folder and no home folder to look in."""
    empty = tmp_path / "nltk_data"
    empty.mkdir()
    code = f"PATH = {str(tmp_path / 'index')!r}\n{NO_NLTK_DATA}"
    run = _run(code, NLTK_DATA=str(empty), HOME=str(tmp_path))
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "['warm-homes']"


ONE_ANSWER = """
import sys
from search import SearchRequest, open_engine

engine = open_engine(PATH)
for text in TEXTS:
    results = engine.search(SearchRequest(text=text, snippets=SNIPPETS))
    assert results.hits
    print(results.hits[0].record.title, results.facets, file=sys.stderr)
engine.close()
print(*sys.modules)
"""

TOOLKITS = {"whoosh", "nltk", "regex", "scipy", "yaml", "flask", "werkzeug", "jinja2", "click", "multiprocessing"}
"""Libraries that other parts of Casefinder need."""

STANDARD = {
    "concurrent.futures",
    "decimal",
    "importlib.metadata",
    "importlib.resources",
    "logging",
    "secrets",
    "shutil",
    "socket",
    "subprocess",
    "tempfile",
}
"""Slow modules of the standard library; `dataclasses` and `inspect` are not among them because numpy may load them."""

OTHERS_WORK = {
    *("index.build", "index.bulk", "index.chunks", "index.invert", "index.merge_runs", "index.runs", "index.update"),
    *("index.codec.builder", "index.codec.field_writer", "index.codec.impacts", "index.codec.merge"),
    *("index.codec.matcher", "index.codec.section_writer", "index.codec.term_batches", "index.codec.whoosh_codec"),
    *("index.codec.whoosh_readers", "index.codec.whoosh_segment", "index.codec.whoosh_writers"),
    *("index.completion_build", "index.completion_sources", "index.completions", "index.distribution"),
    *("index.documents", "index.latent", "index.lexicon_build", "index.locks", "index.neighbours"),
    *("index.sentence_model", "index.verify", "index.whoosh_analysis", "index.wordpiece", "index.word_lists"),
    *("corpus.lines", "corpus.problems", "corpus.raw", "corpus.readers", "corpus.validate", "corpus.write"),
    *("search.beir", "search.by_whoosh", "search.evaluation", "search.explain", "search.quality", "search.similar"),
    *("search.sentence_vectors", "search.suggest"),
}
"""Modules of ours that build, read corpora, evaluate, explain or complete."""


def _loaded_by_an_answer(path: Path, *texts: str, snippets: bool = True) -> set[str]:
    place = f"PATH = {str(path)!r}\nTEXTS = {texts!r}\nSNIPPETS = {snippets}\n"
    assert _run(place + NO_NLTK_DATA).returncode == 0
    run = _run(place + ONE_ANSWER)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def _of(loaded: set[str], libraries: set[str]) -> list[str]:
    return sorted({name.partition(".")[0] for name in loaded} & libraries)


def test_an_answer_loads_what_it_uses(tmp_path: Path) -> None:
    """Opening and asking loads no part of Whoosh or nltk, and nothing that builds, evaluates or serves."""
    loaded = _loaded_by_an_answer(tmp_path / "index", "warm homes", "insulated houses OR park*", '"in parks" -homes')
    assert _of(loaded, TOOLKITS) == []
    assert sorted(loaded & (STANDARD | OTHERS_WORK)) == []
    existing = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in _sources(*PIPELINE)}
    assert sorted(OTHERS_WORK - existing) == [], "a module was renamed: name it here as it is called now"


def test_an_answer_without_passages_loads_no_highlighter(tmp_path: Path) -> None:
    """A program that asks for ids and counts loads nothing that marks words and cuts passages."""
    loaded = _loaded_by_an_answer(tmp_path / "index", "warm homes", snippets=False)
    assert sorted(loaded & {"search.highlight", "search.snippets", "search.plain_text"}) == []


def test_an_unknown_word_loads_the_stemmer_alone(tmp_path: Path) -> None:
    """A word that no record holds, and a question in a sentence, load five files of nltk and none of its libraries."""
    loaded = _loaded_by_an_answer(tmp_path / "index", "warm homes zxcvbn what works in wigan")
    assert _of(loaded, TOOLKITS) == []
    assert sorted(loaded & OTHERS_WORK) == []


# Put together here, so that this file does not hold what it forbids.
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:work|tmp|root|home)" + r"/[\w.]")
REGISTRIES = re.compile(
    "|".join(re.escape(first + last) for first, last in (("pypi", ".org"), ("python", "hosted.org")))
)
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".json",
    ".csv",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".sh",
    ".cfg",
    "",
}


def test_no_machine_is_named() -> None:
    """No file of the tree names a path of somebody's machine or a package registry's host."""
    found = []
    for path in _walk(ROOT):
        if path.suffix not in TEXT_SUFFIXES:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if MACHINE_PATHS.search(line) or REGISTRIES.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert found == []
