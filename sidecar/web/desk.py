"""The rep's desk: the card, the script and the outcome form of one task, as a page or as the region in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Response, flash, g, make_response, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from sidecar import clock
from sidecar.accounts import User
from sidecar.calls.desk.card import Card, find_card
from sidecar.calls.outcomes import frequent, wrap_up
from sidecar.calls.outcomes.dispositions import DISPOSITIONS, LANGUAGES, REASONS, REASONS_SHOWN, SKIP_REASONS
from sidecar.calls.priority.facts import shop_zone_of
from sidecar.calls.task import Call
from sidecar.calls.tasks import claims, queries
from sidecar.calls.tasks.board import Board
from sidecar.calls.tasks.snooze import REASONS as SNOOZE_REASONS
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.money import words
from sidecar.web.access import current_user
from sidecar.web.htmx import go, is_partial
from sidecar.web.shell import current_store
from sidecar.web.wired import is_demo

_UNKNOWN: Any = object()


def rep() -> User:
    """Who is signed in, loaded for the whole request: a commit does not make it be read again."""
    user = current_user()
    if user in session():
        session().expunge(user)
    return user


def keep_loaded() -> None:
    """Lets go of what was read, so that the page can be written after the commit without reading it again."""
    session().flush()
    session().expunge_all()


def held_card(user: User) -> Card | None:
    """The card of the task that this rep holds, or None."""
    task = claims.held_by(user)
    return find_card(task.id, user, None, now=clock.now()) if task else None


def show(user: User, card: Card | None, *, status: int = 200, undo: Call | None = _UNKNOWN, **more: Any) -> Response:
    """The desk alone for htmx, with the parts around it that follow; else the whole page.

    `more` may hold said (for the live region), obstacle (beside Call), stale, errors and sent (the form as it came).
    """
    now = clock.now()
    context: dict[str, Any] = {"said": "", "obstacle": "", "stale": "", "errors": [], "sent": MultiDict(), **more}
    context |= {"undo": wrap_up.undoable(user, now=now) if undo is _UNKNOWN else undo, **words_of(user, card)}
    whole = {} if is_partial() else board(user)
    if card is None and not context["stale"]:
        context |= quiet(user, whole.get("board"))
    if is_partial():
        response = make_response(render_template("queue/_desk.html", partial=True, **context), status)
        response.headers["HX-Trigger"] = '{"queue-moved": {"target": "#list"}}'
    else:
        response = make_response(render_template("queue/board.html", **(whole | context)), status)
    response.vary.add("HX-Request")
    return response


def words_of(user: User, card: Card | None) -> dict[str, Any]:
    """What every part of the desk says: the card, whose it is, and the lists to choose from."""
    return {
        "card": card,
        "user": user,
        "outcomes": DISPOSITIONS,
        "reasons": _reasons(card),
        "reason_words": REASONS,
        "languages": LANGUAGES,
        "skip_reasons": SKIP_REASONS,
        "snooze_reasons": SNOOZE_REASONS,
        "clock_now": clock.now(),
        "beat_seconds": 4 if is_demo() else 30,  # the sample store stands beside us: asking it costs nothing
    }


def show_card(user: User, card: Card, *, status: int = 200, said: str = "", **more: Any) -> Response:
    """The card alone for htmx, with the foot below it: the outcome form keeps what is typed in it. Else the page."""
    if not is_partial():
        return show(user, card, status=status, said=said, **more)
    now = clock.now()
    context: dict[str, Any] = {"obstacle": "", "stale": "", "undo": wrap_up.undoable(user, now=now), **more}
    context |= {"card": card, "user": user, "outcomes": DISPOSITIONS, "snooze_reasons": SNOOZE_REASONS}
    context |= {"clock_now": now, "partial": True}
    response = make_response(render_template("queue/_card_alone.html", **context), status)
    response.vary.add("HX-Request")
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#card", "outerHTML"
    events: dict[str, dict[str, str]] = {"queue-moved": {"target": "#list"}}
    if said:
        events["said"] = {"target": "#desk", "words": said}
    response.headers["HX-Trigger"] = json.dumps(events)
    return response


def stamp() -> str:
    """The queue's stamp, asked once in a request and before what is shown under it: a change that comes in between is
    then news to the next look."""
    if "queue_stamp" not in g:
        g.queue_stamp = queries.stamp(now=clock.now())
    found: str = g.queue_stamp
    return found


def board(user: User) -> dict[str, Any]:
    """The list beside the card, and the day's figures, for the tab that the address names."""
    now, zone = clock.now(), shop_zone_of(current_store())
    tab = request.args.get("tab", "due")
    return {
        "stamp": stamp(),
        "board": queries.board(user, tab if tab in queries.TABS else "due", now=now, zone=zone),
        "figures": queries.figures(user, now=now, zone=zone),
        "user": user,
    }


def quiet(user: User, shown: Board | None = None) -> dict[str, Any]:
    """What stands where the card would be: who is first, or who comes next. `shown` is the board beside it, if any."""
    now, zone = clock.now(), shop_zone_of(current_store())
    found = shown if shown and shown.tab == "due" else queries.board(user, "due", now=now, zone=zone)
    free = [row for row in found.rows if not row.held]
    return {
        "first": free[0] if free else None,
        "free": len(free),
        "many": found.more,
        "next_up": "" if free else queries.next_up(now=now, zone=zone),
    }


def then(said: str) -> AnyResponse:
    """Back to the queue as a whole page, saying what was done."""
    if said:
        flash(said)
    return go("/queue")


def next_said(card: Card | None, first: str = "") -> str:
    """What the live region says: "Saved. Next: Jo Kaya, €960."."""
    if card is None:
        return f"{first} Nobody waits.".strip()
    return f"{first} Next: {card.name}, {words(card.cart.total_minor, card.cart.currency, short=True)}.".strip()


def as_error(refused: Refused) -> dict[str, str]:
    """A refusal as the form's error summary shows it."""
    return {"field": refused.field or "", "text": refused.reason}


def as_sent(call: Call) -> MultiDict[str, str]:
    """The form as it was when this call was saved: undo puts it back."""
    pairs = [("outcome", call.disposition), ("note", call.note), *(("reason", reason) for reason in call.reasons)]
    return MultiDict(pairs)


def _reasons(card: Card | None) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
    """The reasons in sight, this shop's most frequent first, and those under More; after a failed payment that one is
    in sight whatever is frequent."""
    codes = list(REASONS) if card is None else list(frequent.reasons_of(card.task.store_id, now=clock.now()))
    if card is not None and card.cart.failed_payments and "payment_declined" not in codes[:REASONS_SHOWN]:
        codes.remove("payment_declined")
        codes.insert(REASONS_SHOWN - 1, "payment_declined")
    every = [(code, REASONS[code]) for code in codes]
    return every[:REASONS_SHOWN], every[REASONS_SHOWN:]
