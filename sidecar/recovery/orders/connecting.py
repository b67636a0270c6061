"""Trying a connection: what the store answers, in lines a person can act on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sidecar.db import rest, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.ports import Gateways, StoreFacts
from sidecar.settings import settings_of
from sidecar.stores import health
from sidecar.stores.connection import find_store, link_of, note_facts

# WooCommerce 10.9 makes a draft only when Place order is pressed. Source: its change log, read 2026-11.
_DRAFTS_WHILE_TYPING_UNTIL = (10, 9)
_CORE = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft")


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One line of the result panel: what was found, or what to do. `tone` says how it stands."""

    tone: Literal["ok", "warn", "fail"]
    text: str


def probe_store(store_id: int, *, gateways: Gateways, clock: Callable[[], datetime]) -> list[ResultLine]:
    """What the store says, line by line, after asking it now; kept on the store as well. A store that cannot be read
    gives one line with what to do."""
    try:
        facts = _ask(store_id, gateways)
    except (GatewayError, Refused) as error:
        _note_failure(store_id, error, clock)
        return [ResultLine("fail", error.reason)]
    with transaction():
        store = find_store(store_id)
        if store is not None:
            now = clock()
            note_facts(store, facts, now=now)
            store.poll_due_at = now
    gateways.bell.ring("poll")
    return lines_of(facts)


def lines_of(facts: StoreFacts) -> list[ResultLine]:
    """The facts as lines; what the key may not see is said."""
    return [
        ResultLine("ok", f"Store: {facts.name}"),
        ResultLine("ok", "Can read orders"),
        _writing(facts),
        _version(facts),
        _known("Currency", facts.currency, "Every order names its own; the store's is only for showing."),
        ResultLine("ok", f"Time zone: {facts.timezone or _offset(facts.gmt_offset_minutes)}"),
        _known("Address", facts.address, "Enter your postal address in the settings; emails need it at their foot."),
        _hold_stock(facts),
        *_statuses(facts),
        *_signing_in(facts),
    ]


def _ask(store_id: int, gateways: Gateways) -> StoreFacts:
    store = find_store(store_id)
    if store is None:
        raise GatewayError("There is no such store.", code="no_store", permanent=True)
    link = link_of(store, gateways.vault)
    rest()
    reader = gateways.stores.open(link)
    try:
        return reader.probe(try_writing=True)
    finally:
        reader.close()


def _note_failure(store_id: int, error: GatewayError | Refused, clock: Callable[[], datetime]) -> None:
    with transaction():
        store = find_store(store_id)
        if store is not None and store.disconnected_at is None and error.code != "busy":
            longest: timedelta = settings_of(store_id)["poll.backoff_max"]
            health.note_unreadable(store, error, longest=longest, chance=random.random(), now=clock())


def _writing(facts: StoreFacts) -> ResultLine:
    if facts.can_write:
        return ResultLine("ok", "Can make coupons")
    if facts.can_write is False:
        return ResultLine("warn", "The key may only read. Offers with a code need one with Read/Write.")
    return ResultLine("warn", "Whether the key may make coupons cannot be seen.")


def _version(facts: StoreFacts) -> ResultLine:
    if facts.wc_version is None:
        return ResultLine(
            "warn", "WooCommerce's version cannot be seen with this key. Orders can be read all the same."
        )
    numbers = tuple(int(part) for part in facts.wc_version.split(".")[:2] if part.isdigit())
    if numbers >= _DRAFTS_WHILE_TYPING_UNTIL:
        return ResultLine(
            "warn",
            f"WooCommerce {facts.wc_version}: carts can be seen from Place order on. Who leaves before that cannot.",
        )
    return ResultLine("ok", f"WooCommerce {facts.wc_version}")


def _known(label: str, value: str | None, otherwise: str) -> ResultLine:
    if value:
        return ResultLine("ok", f"{label}: {value}")
    return ResultLine("warn", f"{label} cannot be seen with this key. {otherwise}")


def _offset(minutes: int) -> str:
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}" if minutes else "UTC"


def _hold_stock(facts: StoreFacts) -> ResultLine:
    held = facts.hold_stock_minutes
    if held is None:
        return ResultLine("warn", "When WooCommerce cancels unpaid orders cannot be seen. By default after 60 minutes.")
    if held == 0:
        return ResultLine("ok", "WooCommerce never cancels unpaid orders by itself")
    return ResultLine("ok", f"WooCommerce cancels unpaid orders after {held} minutes")


def _statuses(facts: StoreFacts) -> list[ResultLine]:
    added = [status for status in facts.statuses if status not in _CORE]
    if not added:
        return [ResultLine("ok", f"Order statuses: {', '.join(facts.statuses)}")]
    return [
        ResultLine(
            "warn",
            f"Statuses of the store's own: {', '.join(added)}. Say in the settings what they mean; until then such "
            "orders are on hold.",
        )
    ]


def _signing_in(facts: StoreFacts) -> list[ResultLine]:
    if facts.auth == "query":
        return [
            ResultLine(
                "warn",
                "The host removes the Authorization header, so keys go into the address, over https. Ask it to pass "
                "the header on.",
            )
        ]
    if facts.auth == "oauth":
        return [ResultLine("warn", "The store has no https. Only use it so on your own network.")]
    return []
