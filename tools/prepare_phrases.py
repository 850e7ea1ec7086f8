"""Write search/data/known_phrases.json from the curators' lists, so that a process need not work them out.

python tools/prepare_phrases.py
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Write the file."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from search.prepared_phrases import FILE, prepared

    FILE.write_text(prepared(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
