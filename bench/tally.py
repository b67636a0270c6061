"""How many jobs are done, when the first began and the last ended: in a file that several processes map."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_FORM = "qdd"


class Tally:
    """One file, for one worker at a time."""

    def __init__(self, path: Path) -> None:
        path.touch()
        with path.open("r+b") as file:
            file.truncate(struct.calcsize(_FORM))
            self._memory = mmap.mmap(file.fileno(), struct.calcsize(_FORM))

    def read(self) -> tuple[int, float, float]:
        """Jobs done, first begin, last end, in seconds of the machine's steady clock."""
        count, first, last = struct.unpack_from(_FORM, self._memory)
        return count, first, last

    def reset(self) -> None:
        """None done."""
        struct.pack_into(_FORM, self._memory, 0, 0, 0.0, 0.0)

    def add(self, begun: float, ended: float) -> None:
        """One more."""
        count, first, _ = self.read()
        struct.pack_into(_FORM, self._memory, 0, count + 1, first or begun, ended)
