"""An offer as a customer reads it: what it takes off, its code, and until when, on the customer's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sidecar.carts.cart import Cart
from sidecar.contacts import local_time, phone, zones
from sidecar.contacts.contact import Contact
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.letters.language import Language
from sidecar.stores.connection import Store
from sidecar.stores.site_time import zone_of


@dataclass(frozen=True, slots=True)
class Offered:
    """What is offered (`title`), its `code`, a sentence about its end (`until`) and the moment alone (`ends`); empty
    for what the shop keeps without a code."""

    title: str
    code: str
    until: str
    ends: str


def offered(
    coupon: Coupon, cart: Cart, contact: Contact, store: Store, language: Language, *, now: datetime | None
) -> Offered | None:
    """The coupon in words; None when it has run out by `now`, or is of a kind that this language has no words for."""
    title = language.words["offer"].get(coupon.kind)
    if title is None or (now is not None and coupon.expires_at <= now):
        return None
    ends, whose = _when(coupon.expires_at, contact, store, language)
    until = str(language.words["offer"]["until"]).format(when=ends, zone=whose)
    return Offered(str(title).format(value=_amount(coupon, cart, language)), coupon.code, until, ends)


def _amount(coupon: Coupon, cart: Cart, language: Language) -> str:
    if coupon.kind == "percent":
        return f"{coupon.value_minor / 100:g}".replace(".", str(language.words.get("decimal", ".")))
    return language.money(coupon.value_minor, cart.currency)


def _when(at: datetime, contact: Contact, store: Store, language: Language) -> tuple[str, str]:
    """The moment in words, and whose time that is: the customer's where it is known, in doubt the store's."""
    number = phone.known(contact.phone_e164) if contact.phone_e164 else None
    found = zones.zones_of(number, contact.country, contact.region)
    clocks = {at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in found}
    if len(clocks) == 1:
        return _moment(clocks.pop(), language), str(language.words["your_time"])
    there = at.astimezone(zone_of(store))
    place = local_time.place(store.timezone) or f"UTC{there:%z}"
    return _moment(there, language), str(language.words["time_in"]).format(place=place)


def _moment(at: datetime, language: Language) -> str:
    return str(language.words["day_time"]).format(day=language.day(at.date()), time=f"{at:%H:%M}")
