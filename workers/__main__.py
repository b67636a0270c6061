"""`python -m workers web`, `python -m workers worker send`, …: one role in the foreground."""

from __future__ import annotations

import os
import sys

from sidecar import logs
from sidecar.config import ConfigError, load

from . import roles
from .child import settle


def main(words: list[str]) -> int:
    """Runs the role named by `words`; the exit code."""
    role = next((role for role in roles.ALL if role.name == " ".join(words)), None)
    if role is None:
        known = ", ".join(role.name for role in roles.ALL)
        print(f"Name one role: {known}.", file=sys.stderr)  # noqa: T201
        return 2
    try:
        config = load()
        logs.set_up(config.log_format)
        settle(role.title, os.getppid())
        role.main(config)
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
