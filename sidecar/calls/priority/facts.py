"""What the pure modules of calls need to know, read off one task."""

from __future__ import annotations

from datetime import datetime

from sidecar.accounts import User
from sidecar.calls.outcomes.next_step import Situation
from sidecar.calls.priority.learning import chances_of, may_draw_lots
from sidecar.calls.priority.ranking import Facts
from sidecar.calls.task import CallTask
from sidecar.calls.window import Window
from sidecar.carts.cart import Cart
from sidecar.contacts import phone
from sidecar.contacts.permission import Permission
from sidecar.contacts.zones import billing_zones, is_zone, place_of, zones_of
from sidecar.settings import Settings
from sidecar.settings.notation import Hours
from sidecar.stores.connection import Store


def facts_of(task: CallTask, *, now: datetime) -> Facts:
    """What the task's place in the queue follows from."""
    cart = task.cart
    return Facts(
        first_name=short_name(task),
        total_minor=cart.total_minor,
        goods_minor=cart.goods_minor,
        currency=cart.currency,
        threshold_minor=task.threshold_minor,
        margin=task.margin,
        active_at=cart.active_at,
        failed_payments=cart.failed_payments,
        past_orders=task.past_orders,
        attempts=task.attempts,
        zone=zone_of(task),
        callback_at=task.callback_at,
        link_sent=task.link_sent,
        clicked_at=task.clicked_at,
        replied_at=task.replied_at,
        handed=task.handed_at is not None and task.for_user_id is not None,
        chances=chances_of(task.store_id, now=now),
        lot=cart.id if may_draw_lots(task.store_id, now=now) else None,
    )


def window_of(task: CallTask, settings: Settings) -> Window:
    """When this task's customer may be called, by the number and address on the order as they are now; by what they
    said themselves if they asked for the call."""
    cart = task.cart
    if task.asked_zone:
        return asked_window(task.asked_zone, number_of(task), settings["calls.hours"])
    place = place_of(phone.known(cart.phone_e164), cart.country, cart.region)
    return Window(tuple(call_zones(cart)), *place, settings["calls.hours"])


def asked_window(zone: str, number: str, hours: Hours, *, country: str = "") -> Window:
    """When somebody may be called who says where they are, on the E.164 number they gave: by the hours of that zone and
    the law of the number's country (`country` while there is no number). A number that says where it rings, or is of
    another country than the zone, must be right there too: nobody is rung at night by a zone that was made up."""
    known = phone.known(number) if number else None
    country = known.country if known else country
    at_home = billing_zones(country, "")
    also = known.zones if known and (known.is_geographic or zone not in at_home) else ()
    zones = (zone, *(also or (() if zone in at_home or not known else at_home)))
    return Window(tuple(dict.fromkeys(one for one in zones if is_zone(one))), country, "", hours)


def number_of(task: CallTask) -> str:
    """The E.164 number that is rung: the one they asked to be called on, else the order's; "" when there is none."""
    return task.asked_number or task.cart.phone_e164


def call_zones(cart: Cart) -> list[str]:
    """The zones a call must be right in, the one to show first: the number's own, if it says where its owner lives."""
    number = phone.known(cart.phone_e164)
    found = zones_of(number, cart.country, cart.region)
    shown = number.zones[0] if number and number.is_geographic and number.zones else ""
    return sorted(found, key=lambda zone: zone != shown)


def situation_of(task: CallTask, settings: Settings, *, writing: Permission) -> Situation:
    """The task as it stands when the rep decides. `writing` says whether an email may follow, or why not."""
    cart = task.cart
    return Situation(
        first_name=short_name(task),
        window=window_of(task, settings),
        attempts=task.attempts,
        first_attempt_at=task.first_attempt_at,
        tried_parts=tuple(task.tried_parts),
        busy_before=task.busy_before,
        is_callback=task.callback_at is not None,
        callback_tries=task.callback_tries,
        settled=task.done_reason is not None,
        voicemail_left=task.voicemail_left,
        may_write=writing.allowed and bool(cart.email),
        why_not=writing.reason if cart.email else "There is no email address to write to.",
        writes_after_calls=settings["outreach.after_calls"],
        most_tries=settings["calls.most_tries"],
        link_is_out=task.link_at is not None,
        support_to=settings["calls.support_email"] or settings["sender.reply_to"],
    )


def zone_of(task: CallTask) -> str:
    """The time zone to show the customer's time in."""
    return task.zones[0] if task.zones else "UTC"


def short_name(task: CallTask) -> str:
    """The first name as it can be said aloud: one line, at most 40 characters; "" when there is none."""
    return " ".join(task.contact.first_name.split())[:40]


def ring_back_of(user: User, settings: Settings) -> str:
    """The number to ring back on that this rep says: their own as people write it, else the shop's; "" for none."""
    own = phone.known(user.phone) if user.phone else None
    return own.national if own else str(settings["calls.number"])


def shop_zone_of(store: Store | None) -> str:
    """The shop's time zone by name; a fixed offset of whole hours has one too, anything else reads as UTC."""
    if store is None:
        return "UTC"
    if store.timezone and is_zone(store.timezone):
        return store.timezone
    hours, rest = divmod(store.gmt_offset_minutes, 60)
    return f"Etc/GMT{-hours:+d}" if hours and not rest else "UTC"
