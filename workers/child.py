"""Processes of ours: how one is started, named, and kept from outliving the one that started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence

from setproctitle import setproctitle

PR_SET_PDEATHSIG = 1  # Source: linux/prctl.h
PARENT_POLL_SECONDS = 1.0

# A fork of a loaded process shares its memory and takes milliseconds. On macOS it must execute a program, or crashes.
CAN_FORK = sys.platform != "darwin"


def start(title: str, main: Callable[[], None], program: Sequence[str]) -> int:
    """Starts a process that runs `main` in a session of its own; its process id.

    It gets SIGTERM when the caller dies, however the caller dies. `program` is executed instead where a fork may not
    go on; it calls `settle` itself.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    _forget_signals()
    if not CAN_FORK:
        os.execv(program[0], list(program))
    os._exit(_run(title, main, parent))


def settle(title: str, parent: int) -> None:
    """Names this process and ties its life to its parent's."""
    setproctitle(title)
    die_with(parent)
    random.seed()


def _run(title: str, main: Callable[[], None], parent: int) -> int:
    code = 1
    try:
        settle(title, parent)
        main()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    return code


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def die_with(parent: int) -> None:
    """Sends this process SIGTERM when `parent`, the process that started it, is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent").start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
