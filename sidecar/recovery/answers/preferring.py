"""What a customer chooses on the page behind a message: e-mails, texts, calls, nothing about this cart, or nothing.

The page takes back what it or the unsubscribe link did. A no said on the phone, by reply, or brought by an import
stands: whoever took it has promised something.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.contacts import opt_outs
from sidecar.contacts.contact import OptOut
from sidecar.db import session
from sidecar.outreach.message import Message
from sidecar.ports import Sealer
from sidecar.recovery.answers import opting_out
from sidecar.recovery.answers.heeding import hold, start_again, stop_at_once
from sidecar.recovery.orders.settling import settle_cart

SOURCE = "preferences page"
OWN = (SOURCE, opting_out.SOURCE)
CHANNELS = ("email", "sms", "calls")
LEFT = "customer_declined"  # why a cart is closed that its customer wants to hear nothing more about
_WORDS = {"email": "emails", "sms": "texts", "calls": "calls"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a person stands to each channel: what is on, and which no was said elsewhere and cannot be taken back here.

    `cart` is "open" while we may follow it, "left" when they asked us to leave it, "over" when it has ended otherwise.
    """

    on: frozenset[str]
    stands: frozenset[str]
    cart: str

    @property
    def is_alone(self) -> bool:
        """Whether nothing at all reaches them."""
        return not self.on


def wishes_of(message: Message, *, vault: Sealer) -> Wishes:
    """How the person behind a message stands to each channel now."""
    query = select(OptOut.channel, OptOut.source).where(
        OptOut.store_id == message.store_id, OptOut.address_fingerprint.in_(_marks(message, vault))
    )
    off: set[str] = set()
    stands: set[str] = set()
    for channel, source in session().execute(query):
        channels = CHANNELS if channel == "all" else (channel,)
        off.update(channels)
        stands.update(() if source in OWN else channels)
    return Wishes(frozenset(CHANNELS) - off, frozenset(stands), _cart_stands(message.cart))


def choose(message: Message, wanted: Collection[str], *, vault: Sealer, now: datetime) -> Wishes:
    """From now on the person gets what is in `wanted` ("email", "sms", "calls"), as far as no other no stands; how they
    stood before. May be repeated."""
    hold(message.contact_id)
    before = wishes_of(message, vault=vault)
    _forget_own(message, {*wanted, "all"} if wanted else set(), vault)
    refused = [channel for channel in CHANNELS if channel not in wanted]
    for channel in refused:
        _refuse(message, channel, vault, now)
    after = wishes_of(message, vault=vault)
    stopped, begun = before.on - after.on, after.on - before.on
    if stopped:
        stop_at_once([message.contact_id], stopped, now=now)
        tell(message.cart_id, "opted_out", f"Asked for no {_listed(stopped)}, on the preferences page.", at=now)
    if begun:
        start_again(message.contact_id, now=now)
        tell(message.cart_id, "opted_in", f"Welcome again, on the preferences page: {_listed(begun)}.", at=now)
    return before


def leave_alone(message: Message, *, vault: Sealer, now: datetime) -> Wishes:
    """Nothing more to this person, on any channel; how they stood before. May be repeated."""
    hold(message.contact_id)
    before = wishes_of(message, vault=vault)
    added = [
        opt_outs.opt_out(message.store_id, "all", address, source=SOURCE, vault=vault, now=now)
        for address in _addresses(message)
    ]
    if any(added):
        tell(message.cart_id, "opted_out", "Asked to be left alone, on the preferences page.", at=now)
    stop_at_once([message.contact_id], ("all",), now=now)
    return before


def leave_cart(message: Message, *, now: datetime) -> bool:
    """Nothing more about this one cart; False when it had ended before."""
    hold(message.contact_id)
    words = "The customer asked to hear nothing more about this cart."
    return settle_cart(message.cart, "closed", LEFT, words, now=now)


def take_cart_back(message: Message, *, now: datetime) -> bool:
    """Undoes `leave_cart`: the cart is decided anew. False when it was not left like this."""
    hold(message.contact_id)
    cart = session().get_one(Cart, message.cart_id, with_for_update=True, populate_existing=True)
    if cart.state != "closed" or cart.closed_reason != LEFT:
        return False
    cart.state, cart.closed_at, cart.closed_reason = "abandoned", None, None
    cart.decide_at = now
    session().flush()
    tell(cart.id, "reopened", "Took it back: messages about this cart are welcome again.", at=now)
    return True


def _forget_own(message: Message, channels: Collection[str], vault: Sealer) -> None:
    session().execute(
        delete(OptOut).where(
            OptOut.store_id == message.store_id,
            OptOut.source.in_(OWN),
            OptOut.channel.in_(channels),
            OptOut.address_fingerprint.in_(_marks(message, vault)),
        )
    )


def _refuse(message: Message, channel: str, vault: Sealer, now: datetime) -> None:
    """Kept for the address of the message, and for calls and texts for every number too: it outlives this person."""
    addresses = {message.to} if channel == "email" else _addresses(message)
    for address in addresses:
        opt_outs.opt_out(message.store_id, channel, address, source=SOURCE, vault=vault, now=now)


def _addresses(message: Message) -> set[str]:
    """Every address and number of the person, also those that no order carries any more."""
    known = (opt_outs.addresses_of(message.contact_id, kind) for kind in ("email", "phone"))
    typed = (message.to, message.cart.email, message.cart.phone_e164)
    return {address for addresses in known for address in addresses} | {address for address in typed if address}


def _marks(message: Message, vault: Sealer) -> list[str]:
    return [opt_outs.fingerprint(address, vault) for address in sorted(_addresses(message))]


def _cart_stands(cart: Cart) -> str:
    if cart.state in ("watching", "abandoned", "contacted"):
        return "open"
    return "left" if cart.closed_reason == LEFT else "over"


def _listed(channels: Collection[str]) -> str:
    words = [_WORDS[channel] for channel in CHANNELS if channel in channels]
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1]
