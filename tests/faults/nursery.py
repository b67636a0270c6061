"""Workers by fork: imports once, then one child for each errand on standard input, which makes a kill cheap.

Reads one JSON errand a line; answers {"pid": …} when it has started and {"status": …} when it has ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from tests.faults.sender import Errand, run

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """The parent's end: starts workers one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )

    def start(self, errand: Errand) -> int:
        """The process id of a worker that has just begun."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(errand)) + "\n")
        self._process.stdin.flush()
        return int(self._answer()["pid"])

    def wait(self) -> int:
        """How the worker ended: 0, or minus the number of the signal."""
        return os.waitstatus_to_exitcode(int(self._answer()["status"]))

    def close(self) -> None:
        """Ends the nursery; its worker has ended before."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return cast("dict[str, Any]", json.loads(self._process.stdout.readline()))


def main() -> None:
    """The nursery's own end."""
    for line in sys.stdin:
        found = json.loads(line)
        found["die_at"] = tuple(found["die_at"]) if found["die_at"] else None
        pid = os.fork()
        if pid == 0:
            _be_a_worker(Errand(**found))
        print(json.dumps({"pid": pid}), flush=True)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"status": status}), flush=True)


def _be_a_worker(errand: Errand) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    status = 1
    try:
        run(errand)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
