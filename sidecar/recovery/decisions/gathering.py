"""The facts of many carts for routing.decide, gathered in statements whose number does not grow with the carts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from sidecar.calls.task import HELD_STATES, CallTask
from sidecar.carts import statuses
from sidecar.carts.cart import Cart, CartLine
from sidecar.carts.order_text import plain
from sidecar.carts.quarantine import held_reasons
from sidecar.contacts import consent, dead, phone
from sidecar.contacts.address import recognised
from sidecar.contacts.opt_outs import refused_channels
from sidecar.contacts.zones import place_of, zones_of
from sidecar.db import session
from sidecar.ports import Sealer
from sidecar.routing.facts import Facts, Rules
from sidecar.routing.holdout import draw
from sidecar.routing.threshold import thresholds
from sidecar.stores.connection import Store


def rules_of(store: Store, carts: Sequence[Cart], settings: Mapping[str, Any], *, now: datetime) -> Rules:
    """The store's settings as decisions about these carts use them."""
    currencies = {cart.currency for cart in carts}
    return Rules(
        abandoned_after=settings["carts.abandoned_after"],
        follow_on_hold=settings["carts.on_hold"],
        thresholds=thresholds(store.id, currencies, settings["routing.call_threshold"], now=now),
        failed_factor=Decimal(str(settings["routing.failed_factor"])),
        first_call_after=settings["calls.first_after"],
        call_hours=settings["calls.hours"],
        call_backlog=settings["calls.backlog_within"],
        first_mail_after=settings["outreach.first_after"],
        mail_steps=settings["outreach.steps"],
        mail_backlog=settings["outreach.backlog_within"],
        holdout_percent=settings["holdout.percent"],
    )


def facts_of(
    store: Store, carts: Sequence[Cart], settings: Mapping[str, Any], *, vault: Sealer, now: datetime
) -> dict[int, Facts]:
    """The facts of each cart, by cart id."""
    ids = [cart.id for cart in carts]
    addresses = {cart.contact_id: (cart.email, cart.phone_e164) for cart in carts if cart.contact_id is not None}
    refused = refused_channels(store.id, addresses, vault=vault, also=addresses)
    held_back = held_reasons(ids)
    gone = dead.dead_words(store.id, [cart.email for cart in carts])
    lines = dict(session().execute(_line_counts(ids)).all())
    return {
        cart.id: _facts(
            store,
            cart,
            settings,
            refused=refused.get(cart.contact_id or 0, frozenset()),
            held_back=held_back.get(cart.id, ""),
            lines=lines.get(cart.id, 0),
            mail_dead=gone.get(recognised(cart.email), ""),
            draw=draw(store.id, cart.contact_id, vault) if cart.contact_id else 100,
            now=now,
        )
        for cart in carts
    }


def claimed(carts: Sequence[Cart]) -> set[int]:
    """The carts that a rep has in hand: they keep their course."""
    query = select(CallTask.cart_id).where(
        CallTask.cart_id.in_([cart.id for cart in carts]), CallTask.state.in_(HELD_STATES)
    )
    return set(session().scalars(query))


def _facts(
    store: Store,
    cart: Cart,
    settings: Mapping[str, Any],
    *,
    refused: frozenset[str],
    held_back: str,
    lines: int,
    mail_dead: str,
    draw: int,
    now: datetime,
) -> Facts:
    number = phone.known(cart.phone_e164) if cart.phone_e164 else None
    country, region = place_of(number, cart.country, cart.region)
    return Facts(
        meaning=statuses.meaning_of(cart.status, settings["carts.status_meanings"]),
        status=cart.status,
        notes_read=cart.notes_at is not None,
        paid_at=cart.paid_at,
        currency=cart.currency,
        total_minor=cart.total_minor,
        goods_minor=cart.goods_minor,
        lines=lines,
        active_at=cart.active_at,
        failed_payments=cart.failed_payments,
        who=_who(cart),
        email=cart.email,
        phone_typed=cart.phone,
        phone_e164=cart.phone_e164 if number else "",
        country=country,
        region=region,
        zones=zones_of(number, cart.country, cart.region),
        refused=refused,
        call_basis=consent.basis(cart, "calls", settings=settings, now=now),
        mail_basis=consent.basis(cart, "email", settings=settings, now=now),
        held_back=held_back,
        draw=draw,
        connected_at=store.connected_at,
        mail_dead=mail_dead,
    )


def _line_counts(cart_ids: Sequence[int]) -> Any:
    query = select(CartLine.cart_id, func.count()).where(CartLine.cart_id.in_(cart_ids))
    return query.group_by(CartLine.cart_id)


def _who(cart: Cart) -> str:
    """The first name, as sentences use it, or "the customer"."""
    names = plain(cart.contact.first_name if cart.contact else "", 40).split(" ")
    return names[0] if names[0] else "the customer"
