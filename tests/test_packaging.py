"""The wheel holds everything, and does everything from any folder once it is installed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from c_compiler import can_compile

import cli
from index.distribution import check_distribution

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("corpus", "index", "search", "webui")
PATIENCE = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the tree, so that neither leaves traces in the other."""
    source = tmp_path_factory.mktemp("source") / "casefinder"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source)
    for module in ROOT.glob("cli*.py"):
        shutil.copy2(module, source)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(source))
    return next(target.glob("casefinder-*.whl"))


def _pip(*arguments: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment with the wheel in it; its folder of programs.

    The dependencies come from the environment of the tests through a path
    file, because downloading them once more would prove nothing about the wheel.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = next(folder / place / "python" for place in ("bin", "Scripts") if (folder / place).is_dir())
    _pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    site = next(folder.rglob("site-packages"))
    dependencies = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(dependencies) + "\n", encoding="utf-8")
    return python.parent


Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def casefinder(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Call the installed program in a folder of its own."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(environment / "casefinder"), *arguments],
            cwd=elsewhere,
            env=_clean_environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    built = call("index", "build")
    assert built.returncode == 0, built.stderr
    assert built.stdout.startswith("Indexed 550 case studies")
    assert (elsewhere / "var" / "index" / "CURRENT").is_file()
    return call


def _clean_environment() -> dict[str, str]:
    """The environment without what would let the tree itself be found."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CASEFINDER_INDEX")}


def test_wheel_holds_the_data(wheel: Path) -> None:
    """Every file inside the packages is in the wheel: case studies, vocabularies, templates, static files."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.name.startswith(".")
        # The compiled loops are there as a library, under a name of the machine's own.
        and path.suffix not in (".c", ".h", ".pyi", ".so", ".pyd")
    }
    assert sorted(wanted - inside) == []
    assert sum(name.startswith("corpus/case_studies/") for name in inside) == 550


def test_wheel_holds_the_compiled_loops(wheel: Path) -> None:
    """Built with the stable interface, so that one wheel serves every Python from 3.11 on; none without a compiler."""
    libraries = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith((".so", ".pyd"))]
    assert len(libraries) == 2 * int(can_compile())
    assert "-cp311-abi3-" in wheel.name


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    """No test, benchmark or tool is installed on users' machines."""
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    modules = {path.name for path in ROOT.glob("cli*.py")}
    assert {top for top in tops if not top.endswith(".dist-info")} == {*PACKAGES, *modules}


def test_installed_search_answers(casefinder: Call) -> None:
    """The installed program finds Darlington's open spaces on the first page, from another folder."""
    found = casefinder("search", "health inequalities deprived areas", "--json")
    assert found.returncode == 0, found.stderr
    assert "darlington-open-spaces-strategy" in [hit["id"] for hit in json.loads(found.stdout)["hits"]]


def test_installed_update_and_verify(casefinder: Call) -> None:
    """The installed program finds nothing to update in what it built, and the index sound."""
    assert casefinder("index", "build", "--if-changed").stdout.strip() == "The index var/index is up to date."
    assert casefinder("index", "update").stdout.startswith("0 added, 0 replaced, 0 removed, 550 unchanged")
    assert casefinder("index", "verify").returncode == 0


def test_installed_server_answers(casefinder: Call, environment: Path, tmp_path: Path) -> None:
    """The installed server gives pages with their style sheet, and the JSON interface."""
    index = tmp_path / "index"
    assert casefinder("--index", str(index), "index", "build").returncode == 0
    with subprocess.Popen(
        [str(environment / "casefinder"), "--index", str(index), "serve", "--port", "0"],
        cwd=tmp_path,
        env=_clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1]
            page = _read(f"{address}/search?q=parks")
            assert "<h1" in page
            style = page.partition('rel="stylesheet"')[0].rpartition("<link")[2] + page.partition('rel="stylesheet"')[2]
            assert _read(address + style.partition('href="')[2].partition('"')[0])
            assert json.loads(_read(f"{address}/api/v1/search?q=parks"))["total"] > 0
            assert _read(f"{address}/case-studies/darlington-open-spaces-strategy").count("Darlington") > 1
        finally:
            server.send_signal(signal.SIGINT)


def _read(address: str) -> str:
    with urlopen(address, timeout=PATIENCE) as answer:
        text: str = answer.read().decode("utf-8")
        return text


def test_pinned_whoosh_is_installed() -> None:
    """The environment of the tests holds the pinned Whoosh and nothing that overwrites it."""
    assert check_distribution() is None


def test_version_is_told_in_the_changelog(wheel: Path) -> None:
    """The wheel's version is that of `casefinder --version`, and the changelog has a heading for it."""
    assert wheel.name.startswith(f"casefinder-{cli.VERSION}-")
    assert f"## {cli.VERSION} " in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_core_dependencies_are_few() -> None:
    """Whoever installs Casefinder installs eight packages by name; each has its reason in decision 2."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    decision = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text("utf-8")
    assert [wanted for wanted in project["dependencies"] if f"`{wanted}`" not in decision] == []
    assert len(project["dependencies"]) == 8
