"""Imported by every Python that starts with this folder on its path.

CLOCK_AHEAD_SECONDS sets its clock forward. NOTED_ADDRESSES names a file that gets each address it connects to or
looks up, one a line.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

_PATH = os.environ.get("NOTED_ADDRESSES")
_AHEAD = os.environ.get("CLOCK_AHEAD_SECONDS")
_ASKED = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _PATH and event in _ASKED:
        place = arguments[_ASKED[event]]
        with open(_PATH, "a", encoding="utf-8") as file:
            file.write(f"{place[0] if isinstance(place, tuple) else place}\n")


if _PATH:
    sys.addaudithook(_note)
if _AHEAD:
    import time_machine

    time_machine.travel(datetime.now(UTC) + timedelta(seconds=int(_AHEAD)), tick=True).start()
