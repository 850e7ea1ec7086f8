"""Whether this machine can build the compiled loops: where tests run for everybody it must."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path


def can_compile() -> bool:
    """There is a C compiler, and Python's headers for it; always so in continuous integration."""
    headers = Path(sysconfig.get_path("include"), "Python.h")
    return "CI" in os.environ or (shutil.which("cc") is not None and headers.is_file())
