"""Which distribution provides Whoosh, told from the folders that pip leaves."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from index.distribution import (
    EXPECTED_NAME,
    EXPECTED_VERSION,
    Distribution,
    check_distribution,
    installed_distributions,
)

ROOT = Path(__file__).resolve().parents[2]


def install(folder: Path, name: str, version: str, *, owns: str = "whoosh/__init__.py") -> None:
    """Leave behind what pip leaves for a distribution that owns one file."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text(f"{owns},sha256=0,1\n{info.name}/RECORD,,\n")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site-packages folder that holds a package `whoosh` and nothing that says where it is from."""
    (tmp_path / "whoosh").mkdir()
    (tmp_path / "whoosh" / "__init__.py").touch()
    return tmp_path


def test_pin_is_the_same_everywhere() -> None:
    """The guard expects exactly what pyproject.toml pins."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"{EXPECTED_NAME}=={EXPECTED_VERSION}" in project["dependencies"]


def test_pinned_distribution_is_silent(site: Path) -> None:
    """The pinned distribution alone gives no warning."""
    install(site, EXPECTED_NAME, EXPECTED_VERSION)
    assert check_distribution(site) is None


def test_other_distribution_is_named(site: Path) -> None:
    """Another distribution is named with its version, and the mend is a command."""
    install(site, "Whoosh_Reloaded", "2.7.5")
    warning = check_distribution(site)
    assert warning is not None
    assert warning.startswith("The package whoosh is provided by Whoosh-Reloaded 2.7.5,")
    assert "pip uninstall --yes Whoosh-Reloaded && " in warning
    assert f"{EXPECTED_NAME}=={EXPECTED_VERSION}" in warning


def test_other_version_is_named(site: Path) -> None:
    """The right distribution in another version is not what was tested."""
    install(site, EXPECTED_NAME, "3.55.0")
    assert "provided by whoosh3 3.55.0" in (check_distribution(site) or "")


def test_several_at_once_are_all_named(site: Path) -> None:
    """Two distributions have overwritten one another: both are named, and both are to be removed."""
    install(site, EXPECTED_NAME, EXPECTED_VERSION)
    install(site, "Whoosh", "2.7.4")
    warning = check_distribution(site) or ""
    assert warning.startswith("2 distributions have overwritten one another's files")
    assert "Whoosh 2.7.4, whoosh3 3.54.0" in warning
    assert "pip uninstall --yes Whoosh whoosh3" in warning


def test_plugins_are_no_rivals(site: Path) -> None:
    """A distribution with a similar name that owns no file of the package is passed over."""
    install(site, EXPECTED_NAME, EXPECTED_VERSION)
    install(site, "whoosh_extras", "1.0", owns="whoosh_extras/__init__.py")
    assert check_distribution(site) is None


def test_forks_under_other_names_are_found(site: Path) -> None:
    """A distribution whose name does not start with "whoosh" is found by the files that it owns."""
    install(site, "semlix", "3.2.2")
    install(site, "click", "8.1.0", owns="click/__init__.py")
    assert installed_distributions(site) == (Distribution("semlix", "3.2.2"),)


def test_package_of_no_distribution(site: Path) -> None:
    """A package that nothing on record installed is said to be so."""
    assert "belongs to no installed distribution" in (check_distribution(site) or "")
