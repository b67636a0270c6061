"""Every command of the queue's page, once: the keymap, the palette and the sheet of keys all read this list.

A command is done by the element that carries its name in `data-do`: a button, a link or a choice that is on the page
without script too. keys.js only finds it and presses it.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sidecar.calls.outcomes.dispositions import DISPOSITIONS


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `keys` as keys.js reads them: a letter works alone, "Ctrl+Enter" while typing too."""

    name: str
    label: str
    keys: tuple[str, ...]
    group: str
    also: str = ""  # other words it is found by

    @property
    def caps(self) -> list[list[str]]:
        """The keys as they are printed on them: [["Ctrl", "Enter"]]."""
        return [[_CAPS.get(part, part.upper()) for part in _parts(key)] for key in self.keys]


_CAPS = {"Ctrl": "Ctrl", "Shift": "Shift", "Enter": "Enter", "Escape": "Esc"}

_CALL = (
    Command("call", "Call, then: call ended", ("c",), "This call", "phone dial ring copy number"),
    Command("copy-number", "Copy the number", (), "This call", "phone"),
    Command("send-link", "Send the pay link", ("l",), "This call", "email checkout"),
    Command("copy-link", "Copy the pay link", (), "This call", "checkout"),
    Command("offers", "See what you may offer", ("i",), "This call", "incentive discount coupon"),
    Command("snippets", "Snippets: into the note or copied", ("s",), "This call", "text template"),
    Command("note", "Write the note", ("a",), "This call"),
    Command("snooze", "Put it off", ("h",), "This call", "snooze later"),
    Command("hand-over", "Hand over to a colleague", (), "This call", "give colleague"),
    Command("extend", "Hold it longer", (), "This call", "lease keep extend"),
)
_SAVING = (
    Command("save", "Save and next", ("Ctrl+Enter",), "Outcome"),
    Command("save-pause", "Save and pause", ("Ctrl+Shift+Enter",), "Outcome", "break"),
    Command("undo", "Undo the last save", ("u", "Ctrl+z"), "Outcome", "take back"),
)
_QUEUE = (
    Command("next", "Take the next cart", ("n",), "Queue", "claim"),
    Command("row-after", "Next row", ("j",), "Queue"),
    Command("row-before", "Row before", ("k",), "Queue"),
    Command("open", "Open the row", ("Enter",), "Queue"),
    Command("find", "Find a name, number or order", ("/",), "Queue", "search"),
    Command("pause", "Take a break, come back", ("p",), "Queue", "pause resume available"),
    Command("refresh", "Show what changed", (), "Queue", "new reload"),
    Command("tab-due", "Show who is due", (), "Queue"),
    Command("tab-callbacks", "Show callbacks", (), "Queue"),
    Command("tab-mine", "Show what is mine", (), "Queue"),
    Command("tab-later", "Show who waits for later", (), "Queue", "snoozed put off"),
    Command("tab-done", "Show today's calls", (), "Queue"),
)
_PAGE = (
    Command("palette", "Every command", ("Ctrl+k",), "Page"),
    Command("keys", "Sheet of keys", ("?", "Ctrl+/"), "Page", "shortcuts help keyboard"),
    Command("close", "Close, leave a field", ("Escape",), "Page"),
    Command("profile", "Profile and hours", (), "Page", "settings look password"),
)


@functools.cache
def commands() -> tuple[Command, ...]:
    """All of them, by group, in the order in which they are shown."""
    return (*_CALL, *_outcomes(), *_SAVING, *_QUEUE, *_PAGE)


def groups() -> list[tuple[str, Sequence[Command]]]:
    """The sheet of keys: the commands that have one, under their headings."""
    keyed = [command for command in commands() if command.keys]
    return [(group, list(found)) for group, found in groupby(keyed, key=lambda command: command.group)]


def caps(name: str) -> list[str]:
    """The first key of a command as it is printed, for the button that does it; [] when it has none."""
    found = _by_name()[name].caps
    return found[0] if found else []


@functools.cache
def _by_name() -> dict[str, Command]:
    return {command.name: command for command in commands()}


def _outcomes() -> list[Command]:
    return [
        Command(
            f"outcome-{each.code}",
            each.label,
            ((each.key,) if each.key else ()) + (("b",) if each.code == "callback" else ()),
            "Outcome",
            "outcome result",
        )
        for each in DISPOSITIONS.values()
    ]


def _parts(key: str) -> list[str]:
    """ "Ctrl+Enter" in its parts; "+" alone is a key."""
    return key.split("+") if len(key) > 1 else [key]
