"""The data folder's locks: one running Ringback for each folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_SECONDS = 20.0


class Taken(Exception):
    """Another Ringback runs on this data folder; the text says which."""


@contextlib.contextmanager
def hold(data_dir: Path) -> Iterator[None]:
    """Holds the data folder. Raises Taken while another supervisor is alive.

    Processes whose supervisor was killed may still be finishing what they were doing; those are waited for.
    """
    with (
        (data_dir / "up.lock").open("a+", encoding="ascii") as supervisor,
        (data_dir / "up.processes.lock").open("a", encoding="ascii") as processes,
    ):
        _take_alone(supervisor.fileno(), data_dir)
        _wait_for_leftovers(processes.fileno(), data_dir)
        supervisor.truncate(0)
        supervisor.write(f"{os.getpid()}\n")
        supervisor.flush()
        yield


def _take_alone(descriptor: int, data_dir: Path) -> None:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # not inherited: it ends with this very process
    except OSError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        raise Taken(
            f"Ringback already runs on {data_dir} (process {holder or 'unknown'}). "
            "Stop it, or give this one another SIDECAR_DATA_DIR."
        ) from None


def _wait_for_leftovers(descriptor: int, data_dir: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # inherited: it ends with the last process of ours
            return
        if time.monotonic() > deadline:
            raise Taken(
                f"Processes of an earlier start still work on {data_dir}. Start again when they have finished."
            )
        time.sleep(0.1)
