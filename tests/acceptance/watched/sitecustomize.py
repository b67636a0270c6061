"""Imported by every Python that starts with this folder on its path: notes each address it connects to or looks up.

NOTED_ADDRESSES names the file; one address a line.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_PATH = os.environ["NOTED_ADDRESSES"]
_ASKED = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _ASKED:
        place = arguments[_ASKED[event]]
        with open(_PATH, "a", encoding="utf-8") as file:
            file.write(f"{place[0] if isinstance(place, tuple) else place}\n")


sys.addaudithook(_note)
