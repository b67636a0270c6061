"""The last look before a message leaves: whether it may, and if so, the mail itself with the intent on disk."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from sidecar.carts import statuses
from sidecar.carts.cart import Cart
from sidecar.carts.quarantine import held_reasons
from sidecar.contacts import consent, dead, phone, silence
from sidecar.contacts.contact import Contact
from sidecar.contacts.quiet_hours import may_call_at, next_call_time
from sidecar.contacts.zones import place_of, zones_of
from sidecar.db import session
from sidecar.outreach.delivery import leaving, outbox, pace
from sidecar.outreach.incentives import showing
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import caps, course, enrollment, schedule
from sidecar.outreach.sequences.sequence import follows_call, is_asked_for, step_called
from sidecar.outreach.visits import links
from sidecar.ports import Gateways, Mail, Order, Text
from sidecar.recovery.answers import following
from sidecar.recovery.delivery.outgoing import mail_of, text_of
from sidecar.recovery.incentives.offering import Offers
from sidecar.settings import Settings, settings_of
from sidecar.stores.connection import Store

OFFER_FIRST = "offer_first"
PACE_WAIT = timedelta(seconds=15)
_TOLD_ANYWAY = ("paid", "gone", "closed")  # the cart's own end stands on its story
_PAID = frozenset({"processing", "completed", "refunded"})


class _Wait(Exception):
    """It may not leave now: due again, with the reason; `state` is "planned" when it must be written anew."""

    def __init__(self, code: str, words: str | None = None, *, until: datetime | None = None, state: str = "due"):
        super().__init__(code)
        self.code, self.words, self.until, self.state = code, words, until, state


class _Never(Exception):
    """It may not leave at all, with the reason."""

    def __init__(self, code: str, words: str | None = None) -> None:
        super().__init__(code)
        self.code, self.words = code, words


class Checks:
    """The last checks of one batch. `offers` knows which messages have none yet that should have one."""

    def __init__(self, gateways: Gateways, *, offers: Offers | None = None) -> None:
        self._gateways = gateways
        self._offers = offers
        self._settings: dict[int, Settings] = {}

    def pass_or_settle(self, message_id: int, attempt: str, order: Order | None, *, now: datetime) -> Mail | Text | str:
        """The message, whose intent is on disk once the caller's transaction commits; or how it was settled:
        "put_back", "cancelled", "failed", or "lost" when the attempt is no longer ours. OFFER_FIRST when it may leave,
        but the coupon it is to name must be provided before; nothing has been done then."""
        message = _locked(message_id)
        if message is None or message.state != "sending" or message.attempt != attempt:
            return "lost"
        try:
            return self._checked(message, order, now)
        except _Wait as wait:
            leaving.put_back(message_id, attempt, wait.code, wait.words, due_at=wait.until, state=wait.state)
            return "put_back"
        except _Never as never:
            if leaving.cancel(message_id, attempt, never.code, never.words) and never.code not in _TOLD_ANYWAY:
                enrollment.tell_left_out(message.cart_id, message.step, never.code, never.words, now=now)
            return "cancelled"

    def _checked(self, message: Message, order: Order | None, now: datetime) -> Mail | Text | str:
        store = session().get_one(Store, message.store_id)
        settings = self._settings_of(store.id)
        _the_store(store)
        _the_order(message, order, settings, now)
        _the_sequence(message, store, settings, now)
        contact = _whose(message)
        again = following.ordered_again(message.cart)
        if again:
            raise _Never("ordered_again", f"The customer placed it anew: order {again}.")
        rules = _the_person(contact, message, settings, self._gateways, now)
        if self._offers is not None and self._offers.is_missing(message, settings, now=now):
            return OFFER_FIRST
        if not _is_current(message, settings, now) and not _written_anew(message, store, settings, now):
            return message.state
        if message.channel == "email":
            _the_pace(message, settings, now)
        return self._begun(message, settings, " ".join(rules), now)

    def _settings_of(self, store_id: int) -> Settings:
        if store_id not in self._settings:
            self._settings[store_id] = settings_of(store_id)
        return self._settings[store_id]

    def _begun(self, message: Message, settings: Settings, rules: str, now: datetime) -> Mail | Text | str:
        """The message, with the customer's own links put in, after the intent has been written."""
        token = links.token_of(message.id, self._gateways.vault)
        if not leaving.begin(message, token, allowed_by=rules, now=now):
            return "lost"
        if message.channel == "sms":
            return text_of(message, self._gateways)
        return mail_of(message, settings, self._gateways)


def _address(message: Message) -> str:
    return message.cart.phone_e164 if message.channel == "sms" else message.cart.email


def _locked(message_id: int) -> Message | None:
    """The message with its person and cart, locked until the commit: a stop, a decision, the sweep or another message
    to the same person come wholly before or wholly after (Postgres; SQLite has one writer).

    Person, cart, message is the order in which everybody locks them.
    """
    query = select(Cart.contact_id, Cart.id).join(Message, Message.cart_id == Cart.id).where(Message.id == message_id)
    whose = session().execute(query).one_or_none()
    if whose is None:
        return None
    session().execute(select(Contact.id).where(Contact.id == whose.contact_id).with_for_update())
    session().execute(select(Cart.id).where(Cart.id == whose.id).with_for_update())
    message = select(Message).where(Message.id == message_id).with_for_update()
    return session().scalar(message.execution_options(populate_existing=True))


def _whose(message: Message) -> Contact:
    """The person who is behind the cart by now: addresses change, and what the other one said does not count here."""
    if message.cart.contact_id is not None and message.cart.contact_id != message.contact_id:
        message.contact_id = message.cart.contact_id
        session().flush()
    return session().get_one(Contact, message.contact_id)


def _the_store(store: Store) -> None:
    code = outbox.store_reason(store)
    if code is not None:
        raise _Wait(code)


def _the_order(message: Message, order: Order | None, settings: Settings, now: datetime) -> None:
    """Whether the order, as the store shows it this moment, is still to be written about."""
    cart: Cart = message.cart
    if now >= message.not_after_at:
        raise _Never("too_late")
    if order is None or order.status == "trash":
        raise _Never("gone")
    if order.paid_at is not None or cart.paid_at is not None or order.status in _PAID or cart.state == "recovered":
        raise _Never("paid")
    if cart.state == "closed":
        raise _Never("closed", cart.closed_reason)
    # An order that is dated before what we have is not taken in, so the cart may not know this.
    meaning = statuses.meaning_of(order.status, settings["carts.status_meanings"])
    followed = (statuses.UNPAID, statuses.CANCELLED, *([statuses.ON_HOLD] if settings["carts.on_hold"] else []))
    if meaning not in followed:
        raise _Never("rerouted", f"In the store, the order is {statuses.status_words(order.status)}.")
    held_back = held_reasons([cart.id]).get(cart.id)
    if held_back is not None:
        raise _Never("rerouted", held_back)


def _the_sequence(message: Message, store: Store, settings: Settings, now: datetime) -> None:
    """Whether the cart's sequence still has this step, now, and under the conditions that the owner set."""
    cart: Cart = message.cart
    if not follows_call(message.step):
        if cart.state == "watching":
            again = schedule.due_at(step_called(message.step), cart.active_at, settings["outreach.first_after"])
            raise _Wait("cart_changed", until=max(again, now), state="planned")
        if cart.route in ("call", "hold"):
            raise _Never("rerouted", cart.reason)
    found = course.against(message, store, settings, course.courses_of([cart.id]), now=now)
    if found is not None and found.until is not None:
        raise _Wait(found.code, found.words, until=found.until, state="planned")
    if found is not None:
        raise _Never(found.code, found.words)


def _the_person(contact: Contact, message: Message, settings: Settings, gateways: Gateways, now: datetime) -> list[str]:
    """The rules by which this person may be written to at this moment: their own will, the law, the hour, the caps.

    Nobody else has them, or it waits.
    """
    held = None if follows_call(message.step) else silence.held(contact.id, now=now)
    if held is not None:
        raise _Wait("person_held", held.why or None)
    allowed = consent.permission(
        message.store_id, contact, message.cart, message.channel, settings=settings, vault=gateways.vault, now=now
    )
    if not allowed.allowed:
        raise _Never(allowed.code, f"{allowed.reason} ({allowed.rule})" if allowed.rule else allowed.reason)
    words = dead.dead_words(message.store_id, [_address(message)]) if message.channel == "email" else {}
    if words:
        raise _Never("dead_address", dead.says(*words.values()))
    rules = [allowed.rule, *_the_hour(message, settings, now)]
    cap = None if is_asked_for(message.step) else caps.cap_on(message, now=now)
    if cap is not None and cap.until is not None:
        raise _Wait(cap.code, cap.words, until=cap.until)
    if cap is not None:
        raise _Never(cap.code, cap.words)
    return [*rules, caps.rule(message.channel)]


def _the_pace(message: Message, settings: Settings, now: datetime) -> None:
    """Whether the mail's provider takes one more from us now. Asked last: it counts, and all workers wait for it."""
    provider = pace.provider_of(message.to)
    stop = pace.stopped(provider, now=now)
    if stop is not None:
        raise _Wait("blocked", stop.says, until=stop.until_at)
    if message.data_started_at is None and not pace.take_turn(
        provider, per_minute=settings["sending.per_domain_per_minute"], now=now
    ):
        raise _Wait("pacing", until=now + PACE_WAIT)


def _the_hour(message: Message, settings: Settings, now: datetime) -> list[str]:
    """The rule by which a text may arrive at this hour where the customer is. E-mails may at any."""
    if message.channel != "sms":
        return []
    cart = message.cart
    number = phone.known(cart.phone_e164)
    place, hours = place_of(number, cart.country, cart.region), settings["calls.hours"]
    zones = zones_of(number, cart.country, cart.region)
    found = may_call_at(zones, *place, hours, at=now)
    if not found.allowed:
        opens = next_call_time(zones, *place, hours, at=now)
        if opens is None:
            raise _Never("not_now", f"{found.reason} ({found.rule})")
        raise _Wait("not_now", f"{found.reason} ({found.rule})", until=opens)
    return [found.rule]


def _is_current(message: Message, settings: Settings, now: datetime) -> bool:
    """Whether it was written from the cart and the offer as they are now, and to the address they have now."""
    made_of = showing.made_of(message.cart, step_called(message.step).offer, settings, now=now)
    return message.composed_of == made_of and message.to == _address(message)


def _written_anew(message: Message, store: Store, settings: Settings, now: datetime) -> bool:
    """Composes a message whose cart has changed since; False when that settled it (emptied, or not to be written)."""
    if not outbox.write(message, store, settings, now=now):
        message.lease_until = None
        session().flush()
        return False
    message.state = "sending"
    session().flush()
    return True
