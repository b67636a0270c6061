"""The command line, one file per group of commands.

COMMANDS is what `python -m sidecar` registers. A command's module is imported when it runs, not before: `--help` and
every listing start without what only others need.
"""

from __future__ import annotations

import importlib
from typing import Any

import click


class Later(click.Command):
    """Stands for a command until it is used. `name` is also the function's name in its module."""

    def __init__(self, name: str, module: str, short_help: str) -> None:
        super().__init__(name, short_help=short_help)
        self._module = module

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the real command, which click then invokes."""
        return self.real().make_context(info_name, args, parent, **extra)

    def real(self) -> click.Command:
        """The command itself."""
        module = importlib.import_module(f"sidecar.commands.{self._module}")
        found: click.Command = getattr(module, str(self.name).replace("-", "_"))
        return found


COMMANDS: list[click.Command] = [
    Later("poll", "poll", "One poll of the store in the foreground."),
    Later("carts", "listing", "Every cart, with its route and the reason."),
    Later("calls", "listing", "Every open call, in queue order."),
    Later("messages", "listing", "Every message, newest first."),
    Later("settings", "settings", "Read and change the settings of the business."),
    Later("do-not-contact", "do_not_contact", "Take in a list of people who are never contacted."),
    Later("user", "user", "Add, list and disable the people who sign in."),
    Later("go-live", "live", "Let customers be contacted."),
    Later("pause", "live", "Stop contacting customers, at once."),
    Later("resume", "live", "Go on after a pause."),
    Later("config", "config", "The effective configuration, and where it comes from."),
    Later("bench", "bench", "Measure how fast Ringback is on this machine."),
]
