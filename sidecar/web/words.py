"""Words, icons and tones for what carts, routes and events are called in code. Colour is never alone."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import NamedTuple

from sidecar.recovery.decisions.upcoming import Upcoming
from sidecar.web.filters import local_time


class Mark(NamedTuple):
    """A badge: tone (go, wait, warn, stop, info or none), icon, word."""

    tone: str
    icon: str
    word: str


ROUTES = {
    "call": Mark("go", "phone", "Call"),
    "sequence": Mark("info", "mail", "Messages"),
    "personal": Mark("info", "note", "Personal email"),
    "hold": Mark("stop", "ban", "On hold"),
}
STATES = {
    "watching": Mark("", "clock", "Just left"),
    "abandoned": Mark("wait", "cart", "Left"),
    "contacted": Mark("info", "people", "Contacted"),
    "recovered": Mark("go", "check", "Paid"),
    "closed": Mark("", "cross", "Closed"),
}
HOLDOUT = Mark("", "split", "Holdout")
# Tone, icon and, where its sentence is no heading, heading of an event in a cart's story.
EVENTS = {
    "seen": Mark("", "cart", ""),
    "changed": Mark("", "rotate", ""),
    "abandoned": Mark("", "clock", ""),
    "routed": Mark("", "split", "Decided"),
    "quarantined": Mark("stop", "ban", ""),
    "released": Mark("go", "check", ""),
    "claimed": Mark("", "user", ""),
    "called": Mark("go", "phone", ""),
    "call": Mark("go", "phone", ""),
    "callback": Mark("wait", "callback", ""),
    "asked": Mark("wait", "callback", ""),
    "put_off": Mark("wait", "clock", ""),
    "mailed": Mark("go", "mail", ""),
    "planned": Mark("", "mail", ""),
    "left_out": Mark("", "ban", ""),
    "clicked": Mark("go", "link", ""),
    "message": Mark("", "mail", ""),
    "replied": Mark("info", "mail", ""),
    "sent": Mark("go", "mail", ""),
    "cancelled": Mark("", "cross", ""),
    "stopped": Mark("", "pause", ""),
    "held": Mark("wait", "pause", ""),
    "failed": Mark("stop", "declined", ""),
    "paid": Mark("go", "check", ""),
    "recovered": Mark("go", "check", ""),
    "closed": Mark("", "cross", ""),
    "reopened": Mark("", "undo", ""),
    "opted_in": Mark("go", "check", ""),
    "opted_out": Mark("stop", "ban", ""),
    "store": Mark("", "store", ""),
}
_PLAIN = Mark("", "info", "")


def mark_of(state: str, route: str | None, reason_code: str | None = None) -> Mark:
    """The badge of a cart: what became of it, else where it goes."""
    if state in ("recovered", "closed", "watching") or route is None:
        return STATES.get(state, _PLAIN)
    if route == "hold" and reason_code == "holdout":
        return HOLDOUT
    return ROUTES.get(route, _PLAIN)


def event_mark(kind: str) -> Mark:
    """Icon and tone of something that happened."""
    return EVENTS.get(kind, _PLAIN)


def next_words(steps: list[Upcoming], state: str, zone: tzinfo, *, is_live: bool, now: datetime) -> str:
    """What comes next, in a few words: "Call Tue 14:30, held by Sam", "Email 14:32", "Email at Go live", "Nothing"."""
    if not steps:
        return {"recovered": "Done", "closed": "Nothing", "watching": "Decided soon"}.get(state, "Nothing planned")
    step = steps[0]
    when = "now" if step.due_at <= now else local_time(step.due_at, zone, today=now)
    if step.kind != "call" and step.due_at <= now and not is_live:
        when = "at Go live"
    held = f", held by {step.held_by}" if step.held_by else ""
    return f"{'Call' if step.kind == 'call' else 'Email'} {when}{held}"


def told(kind: str, text: str) -> tuple[str, str]:
    """Heading and the rest of something that happened: "A payment failed", "The provider says: …"."""
    if event_mark(kind).word:
        return event_mark(kind).word, text
    first, dot, rest = text.partition(". ")
    return (first, rest) if dot and rest else (text.removesuffix("."), "")
