"""May we write to or call this customer about this order? The basis by country, and what the person said.

Source: product.md P5. In doubt the answer is no, with the reason. `basis` is pure; `permission` adds the opt-outs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sidecar.contacts.contact import Contact
from sidecar.contacts.country_rules import INQUIRY_COUNTRIES, INQUIRY_DAYS, VERSION, country_words
from sidecar.contacts.opt_outs import is_opted_out, opt_out, refused_channels
from sidecar.contacts.permission import Permission
from sidecar.contacts.phone import known
from sidecar.contacts.proof import find_yes
from sidecar.ports import Sealer

__all__ = ["Checkout", "Permission", "basis", "is_opted_out", "opt_out", "permission"]

_YES = frozenset({"1", "yes", "y", "true", "on", "ok", "granted", "accepted", "ja", "oui", "si", "sí"})
_NO = frozenset({"0", "no", "n", "false", "off", "denied", "declined", "refused", "nein", "non"})
_CONTACTED = {"email": "written to", "calls": "called", "sms": "texted"}


class Checkout(Protocol):
    """What a basis is read from: a cart, or anything with its country, its consent fields and its last activity."""

    @property
    def country(self) -> str: ...
    @property
    def meta(self) -> Mapping[str, str]: ...
    @property
    def active_at(self) -> datetime: ...
    @property
    def email(self) -> str: ...
    @property
    def phone_e164(self) -> str: ...


def permission(
    store_id: int,
    contact: Contact | None,
    cart: Checkout,
    channel: str,
    *,
    settings: Mapping[str, Any],
    vault: Sealer,
    now: datetime,
    asked: str = "",
) -> Permission:
    """Whether a person may be contacted about a cart by "email", "sms" or "calls" now: opt-outs first, then the order
    and the law, then what the person said themselves ("please call me"); `asked` is the source of a yes to this very
    call."""
    typed = (cart.email, cart.phone_e164)
    if contact is None:
        said_no = is_opted_out(store_id, channel, typed, vault=vault)
    else:
        refused = refused_channels(store_id, [contact.id], vault=vault, also={contact.id: typed})
        said_no = bool({channel, "all"} & refused.get(contact.id, frozenset()))
    if said_no:
        return opted_out(channel)
    found = basis(cart, channel, settings=settings, now=now)
    proof = None
    if not found.allowed:
        address = cart.email if channel == "email" else cart.phone_e164
        proof = find_yes(store_id, channel, address, vault=vault, source=asked)
    return Permission(True, "asked", f"They asked for it ({proof.source}).", _rule("asked")) if proof else found


def opted_out(channel: str) -> Permission:
    """The refusal for somebody who said no."""
    reason = f"This customer asked not to be {_CONTACTED[channel]}."
    return Permission(False, "opted_out", reason, f"opt-out/{VERSION}")


def basis(cart: Checkout, channel: str, *, settings: Mapping[str, Any], now: datetime) -> Permission:
    """Whether the law of the customer's country lets us contact them by a channel, opt-outs aside. Pure."""
    key = settings["consent.meta_keys"].get(channel)
    wish = said(cart.meta.get(key)) if key else None
    if wish is True:
        return Permission(True, "consent", "The order carries the customer's consent.", _rule("consent"))
    if wish is False:
        reason = f"The order says that the customer does not want to be {_CONTACTED[channel]}."
        return Permission(False, "consent_refused", reason, _rule("consent"))
    if channel == "sms":
        return Permission(False, "no_basis", "Texts need consent, and this order carries none.", _rule("sms"))
    country = _strictest(cart, channel)
    if country in INQUIRY_COUNTRIES:
        return _inquiry(cart, country, channel, settings, now)
    return _elsewhere(country, channel, settings)


def _strictest(cart: Checkout, channel: str) -> str:
    """The country whose law counts: the address's, or for a call the number's own where that one asks for consent."""
    number = known(cart.phone_e164) if channel == "calls" and cart.phone_e164 else None
    if number is not None and number.country and number.country not in INQUIRY_COUNTRIES:
        return number.country
    return cart.country.strip().upper()


def _inquiry(cart: Checkout, country: str, channel: str, settings: Mapping[str, Any], now: datetime) -> Permission:
    rule, place = _rule(f"inquiry.{country}"), country_words(country)
    if channel == "calls" and not settings["calls.inquiry_basis"]:
        reason = f"Calls to {place} are set to need consent, and this order carries none."
        return Permission(False, "no_basis", reason, rule)
    if now - cart.active_at > timedelta(days=INQUIRY_DAYS):
        return Permission(False, "basis_expired", f"The checkout is more than {INQUIRY_DAYS} days old.", rule)
    reason = f"In {place} a started checkout may be followed up for {INQUIRY_DAYS} days."
    return Permission(True, "inquiry", reason, rule)


def _elsewhere(country: str, channel: str, settings: Mapping[str, Any]) -> Permission:
    confirmed = settings["consent.soft_opt_in"].strip()
    if channel == "email" and confirmed and country:
        reason = f"The shop confirmed a soft opt-in: {confirmed}"
        return Permission(True, "soft_opt_in", reason, _rule(f"soft-opt-in.{country}"))
    what = "Emails" if channel == "email" else "Calls"
    whither = f"to {country_words(country)}" if country else "to an unknown country"
    reason = f"{what} {whither} need consent, and this order carries none."
    return Permission(False, "no_basis", reason, _rule(f"consent.{country or 'unknown'}"))


def said(value: str | None) -> bool | None:
    """True for a yes, False for a no, None when nothing was written, or something that proves neither."""
    word = (value or "").strip().lower()
    return True if word in _YES else False if word in _NO else None


def _rule(name: str) -> str:
    return f"basis.{name}/{VERSION}"
