"""Builds one index in a process of its own: python -m benchmarks.build_one PEER RECORDS COUNT FOLDER.

Prints the seconds it took and the peak of its memory in bytes, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.jsonl import read_records
from benchmarks.memory import own_peak_bytes
from benchmarks.peers import peer


def main(name: str, records: str, count: str, folder: str) -> None:
    """Build and report; imports are not counted."""
    engine = peer(name)
    started = time.perf_counter()
    engine.build(read_records(Path(records), int(count)), Path(folder))
    seconds = time.perf_counter() - started
    print(json.dumps([seconds, own_peak_bytes()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
