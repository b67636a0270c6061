"""A text provider that takes, loses and forgets as told, and a store that texts: for tests of what can be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sidecar.carts.queries import find_cart_by_order
from sidecar.db import session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.message import Message
from sidecar.ports import Gateways, Taken, Text, Whereabouts
from sidecar.recovery.delivery import sending
from sidecar.recovery.delivery.asking import ask_about_unknown
from sidecar.settings import Setting
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT, an_order
from tests.recovery.delivery.writing import Silent, make_live_store, take_in
from tests.shop import Shop


def fine(_text: Text) -> str:
    """The answer of a provider that takes everything."""
    return "queued"


@dataclass
class Provider:
    """Takes texts. `answer` gives the words, or raises. `lag`: how long its list takes to show what it took."""

    clock: Callable[[], datetime]
    answer: Callable[[Text], str] = fine
    settle: timedelta = timedelta(seconds=30)
    lag: timedelta = timedelta(0)
    is_down: bool = False
    accepted: list[tuple[datetime, Text]] = field(default_factory=list)
    asked: int = 0

    def send(self, text: Text) -> Taken:
        words = self.answer(text)
        self.accepted.append((self.clock(), text))
        return Taken(f"SM{len(self.accepted)}", words)

    def take_without_a_word(self, text: Text) -> str:
        """For `answer`: takes it, and the answer is lost."""
        self.accepted.append((self.clock(), text))
        raise GatewayError("No answer in 10 s.", code="timeout", outcome_unknown=True)

    def lose(self, text: Text) -> str:
        """For `answer`: it never arrives, and nobody can tell."""
        raise GatewayError("502 Bad Gateway", code="bad_gateway", outcome_unknown=True)

    def find(self, text: Text) -> Whereabouts:
        self.asked += 1
        if self.is_down:
            raise GatewayError("503 Service Unavailable", code="unavailable")
        for number, (at, one) in enumerate(self.accepted, start=1):
            if one.to == text.to and text.token in one.body and at + self.lag <= self.clock():
                return Whereabouts("found", Taken(f"SM{number}", "delivered"))
        return Whereabouts("not_there")


@dataclass
class TextDesk:
    """A live store that texts customers who said yes, at one in the afternoon where they are."""

    store_id: int
    shop: Shop
    provider: Provider
    at: list[datetime]

    @property
    def gateways(self) -> Gateways:
        """No mail server: only the provider."""
        return Gateways(
            stores=self.shop,
            mail=None,
            bell=Silent(),
            vault=VAULT,
            texts=self.provider,
            base_url="https://calls.example.com",
        )

    def clock(self) -> datetime:
        """The time, moved by hand."""
        return self.at[0]

    def wait(self, **length: float) -> None:
        """Moves the time on."""
        self.at[0] += timedelta(**length)

    def write(self, order_id: int, *, consent: str = "yes", **changes: object) -> int:
        """A text that is due about an order; its id."""
        now = self.clock()
        values = {"email": f"p{order_id}@example.com", "phone": "(212) 555-0123", "meta": {"_sms_ok": consent}}
        self.shop.put(an_order(order_id, now=now, age=timedelta(hours=1), **(values | changes)))
        with transaction():
            store = session().get_one(Store, self.store_id)
            take_in(store, [self.shop.orders[order_id]], now=now)
            cart = find_cart_by_order(store.id, order_id)
            assert cart is not None
            assert cart.contact_id is not None
            cart.state, cart.route, cart.decide_at = "abandoned", "sequence", None
            message = Message(
                store_id=store.id,
                cart_id=cart.id,
                contact_id=cart.contact_id,
                channel="sms",
                step="reminder-1",
                to=cart.phone_e164,
                text="Your cart: https://ringback.invalid/c/preview Stop: https://ringback.invalid/u/preview",
                state="due",
                composed_of=cart.content_hash,
                created_at=now,
                due_at=now,
                not_after_at=now + timedelta(hours=47),
            )
            session().add(message)
            session().flush()
            return message.id

    def send(self) -> sending.SendResult:
        """One round of sending."""
        return sending.send_due(gateways=self.gateways, clock=self.clock)

    def ask(self) -> int:
        """One round of asking."""
        return ask_about_unknown(gateways=self.gateways, clock=self.clock)

    def message(self, message_id: int) -> Message:
        """The text, read anew."""
        session().rollback()
        return session().get_one(Message, message_id, populate_existing=True)

    def state(self, message_id: int) -> tuple[str, str | None]:
        """Its state and reason."""
        message = self.message(message_id)
        return message.state, message.reason


def make_text_desk(**settings: str) -> TextDesk:
    """A live store whose orders carry consent to texts in the field _sms_ok."""
    at = [NOW]
    written = {"consent.meta_keys": "sms=_sms_ok"} | settings
    with transaction():
        store = make_live_store(live_at=NOW - timedelta(days=1), polled_at=NOW, read_at=NOW)
        for name, value in written.items():
            session().add(Setting(store_id=store.id, name=name, value=value, set_at=NOW, set_by="test"))
    return TextDesk(store.id, Shop(), Provider(lambda: at[0]), at)
