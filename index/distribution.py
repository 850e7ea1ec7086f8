"""Which distribution provides the package `whoosh`, and whether it is the one that we pin.

Several distributions install files into the same top-level package `whoosh`
and overwrite one another without a word (docs/decisions/0001-whoosh3.md), so
whoever opens an index first asks `check_distribution()`.

The folders that pip leaves beside a package name it and its version, so one
listing of one folder answers; importing `importlib.metadata` alone would cost
20 to 30 ms.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from corpus.value import Value

EXPECTED_NAME: Final = "whoosh3"
EXPECTED_VERSION: Final = "3.54.0"
"""What pyproject.toml pins; a test keeps the two together."""

MEND: Final = (
    "Mend it with: python -m pip uninstall --yes {installed} && "
    f"python -m pip install --force-reinstall --no-deps {EXPECTED_NAME}=={EXPECTED_VERSION}"
)

_OWNED: Final = re.compile(r"^(?:\./)?whoosh/__init__\.py,", re.MULTILINE)


class Distribution(Value):
    """An installed distribution; the version is "" where none is recorded."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


def installed_distributions(folder: Path) -> tuple[Distribution, ...]:
    """Every distribution in `folder` that owns files of the package `whoosh`, ordered by name.

    All known ones have names that start with "whoosh"; only when none of
    these is there are the file lists of all the others read (tens of ms).
    """
    likely = [info for info in folder.glob("[Ww]hoosh*.dist-info") if _owns_whoosh(info)]
    owners = likely or [info for info in folder.glob("*.dist-info") if _owns_whoosh(info)]
    return tuple(sorted(map(_named, owners), key=str))


def _named(info: Path) -> Distribution:
    name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
    return Distribution(name.replace("_", "-"), version)


def _owns_whoosh(info: Path) -> bool:
    try:
        record = (info / "RECORD").read_text(encoding="utf-8", errors="replace")
    except OSError:
        # Installed by something that keeps no list: its name is all there is to go by.
        return info.name.lower().startswith("whoosh")
    return _OWNED.search(record) is not None


def _whoosh_folder() -> Path | None:
    spec = find_spec("whoosh")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))).parent


def whoosh_distribution() -> Distribution:
    """The distribution that `import whoosh` would come from; its name is "" when nothing says."""
    folder = _whoosh_folder()
    owners = installed_distributions(folder) if folder else ()
    return owners[0] if owners else Distribution("", "")


def check_distribution(folder: Path | None = None) -> str | None:
    """One or two sentences when `whoosh` is not the pinned distribution, else None.

    `folder` is the one that holds the package; None for where Python finds it.
    """
    folder = folder or _whoosh_folder()
    if folder is None:
        return f"The package whoosh is not installed. Install it with: python -m pip install {_pin()}"
    owners = installed_distributions(folder)
    if owners == (Distribution(EXPECTED_NAME, EXPECTED_VERSION),):
        return None
    if len(owners) > 1:
        names = " ".join(owner.name for owner in owners)
        return (
            f"{len(owners)} distributions have overwritten one another's files in the package whoosh: "
            f"{', '.join(map(str, owners))}. " + MEND.format(installed=names)
        )
    if not owners:
        return f"The package whoosh in {folder} belongs to no installed distribution (expected {_pin()})."
    return (
        f"The package whoosh is provided by {owners[0]}, "
        f"and Casefinder is made for {EXPECTED_NAME} {EXPECTED_VERSION}. " + MEND.format(installed=owners[0].name)
    )


def _pin() -> str:
    return f"{EXPECTED_NAME}=={EXPECTED_VERSION}"
