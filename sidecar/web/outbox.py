"""The Outbox: everything written, sent or not sent, with the reason; each message as the customer sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from sidecar.outreach import reasons
from sidecar.outreach.delivery import queries
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.sequence import step_called
from sidecar.stores.connection import Store
from sidecar.web.access import allow, current_user
from sidecar.web.filters import local_time, masked_email
from sidecar.web.htmx import region
from sidecar.web.letters import framed, harmless
from sidecar.web.shell import current_store, store_zone

bp = Blueprint("outbox", __name__)


@dataclass(frozen=True)
class Row:
    """One message as the list shows it. `mark` is tone, icon and word of its badge."""

    message: Message
    person: str
    address: str
    title: str
    label: str
    mark: tuple[str, str, str]
    why: str
    when: datetime | None


@bp.get("/outbox")
@allow("owner", "manager", "viewer")
def listing() -> ResponseReturnValue:
    """Every message, newest first, by state."""
    store = current_store()
    tab = request.args.get("state", "all")
    if tab not in queries.TABS:
        abort(404)
    before = request.args.get("before", type=int)
    page = queries.page(store.id, tab, before=before) if store else queries.Page([], None)
    return region(
        "outbox/page.html",
        "outbox/_list.html",
        store=store,
        rows=[_row(message) for message in page.messages],
        tab=tab,
        tabs=_tabs(store, tab),
        first=_address(tab) if before else None,
        following=_address(tab, page.next_before) if page.next_before else None,
        role=current_user().role,
        zone=store_zone(),
    )


@bp.get("/outbox/<int:message_id>")
@allow("owner", "manager", "viewer")
def one(message_id: int) -> ResponseReturnValue:
    """One message as the customer sees it, with what became of it."""
    message = _message(message_id)
    return render_template(
        "outbox/message.html",
        row=_row(message),
        message=message,
        text=harmless(message.text),
        zone=store_zone(),
    )


@bp.get("/outbox/<int:message_id>/letter")
@allow("owner", "manager", "viewer")
def letter(message_id: int) -> ResponseReturnValue:
    """The HTML part alone, for a frame in which nothing can happen."""
    return framed(_message(message_id).html)


def _message(message_id: int) -> Message:
    message = queries.find_message(message_id)
    if message is None:
        abort(404)
    return message


def _tabs(store: Store | None, tab: str) -> list[tuple[str, str, str, bool]]:
    """Word, address, count and whether it is the open one, of each tab."""
    found = queries.counts(store.id) if store else dict.fromkeys(queries.TABS, 0)
    most = queries.COUNT_AT_MOST
    return [
        (word, _address(key), f"{most}+" if found[key] >= most else str(found[key]), key == tab)
        for key, (word, _) in queries.TABS.items()
        if found[key] or key not in ("review", "failed") or key == tab
    ]


def _address(tab: str, before: int | None = None) -> str:
    if tab == "review" and before is None and current_user().role in ("owner", "manager"):
        return "/outbox/review"
    asked = {"state": tab if tab != "all" else None, "before": before}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/outbox?{query}" if query else "/outbox"


def _row(message: Message) -> Row:
    step = step_called(message.step)
    sees_addresses = current_user().role in ("owner", "manager")
    waits = message.state in ("planned", "due", "sending")
    return Row(
        message=message,
        person=message.cart.name or "Unnamed customer",
        address=message.to if sees_addresses else masked_email(message.to),
        title=message.subject or step.label,
        label=step.label if step.kind != "personal" else "Personal, signed by a rep",
        mark=_mark(message),
        why=_why(message),
        when=message.due_at if waits else message.sent_at,
    )


def _mark(message: Message) -> tuple[str, str, str]:
    if message.state == "due" and message.reason in ("paused", "person_held", "store_unreadable"):
        return ("info", "pause", "Paused")
    return {
        "sending": ("wait", "clock", "Leaving"),
        "sent": ("go", "check", "Sent"),
        "failed": ("stop", "warn", "Failed"),
        "cancelled": ("", "ban", "Held back"),
        "review": ("warn", "warn", "To review"),
        "unknown": ("warn", "warn", "To review"),
    }.get(message.state, ("wait", "clock", "Waiting"))


def _why(message: Message) -> str:
    if message.reason:
        return reasons.sentence(message.reason, message.reason_words)
    if message.state == "sent" and message.reason_words:
        return message.reason_words
    if message.state == "sent":
        return f"Taken by the mail server: {message.provider_answer}"
    if message.state == "planned":
        return f"Written at {local_time(message.due_at, store_zone())}, from the cart as it stands then."
    return "Leaves with the next round." if message.state == "due" else "On its way to the mail server."
