"""What the messages of one batch share: the connection to the mail server, and the orders read together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sidecar.errors import GatewayError
from sidecar.ports import Gateways, Mail, MailConnection, MailGateway, Order, Text, TextGateway
from sidecar.ports import Taken as Accepted
from sidecar.recovery.orders.rereading import reread

READ_AT_MOST = timedelta(seconds=2)  # an order older than this is read again before its message leaves


@dataclass(frozen=True, slots=True)
class Taken:
    """One reserved message, with what is needed to check it."""

    message_id: int
    attempt: str
    attempts: int
    store_id: int
    order_id: int
    channel: str = "email"


class MailLine:
    """The one connection of a batch, opened when first needed and again after it broke."""

    says = "Mail server"
    settle: timedelta | None = None  # a mail server cannot be asked what it took

    def __init__(self, mail: MailGateway) -> None:
        self._mail = mail
        self._connection: MailConnection | None = None
        self._trouble: GatewayError | None = None

    def ready(self) -> None:
        """Raises GatewayError when there is no connection to be had; asked once, not once a message."""
        if self._trouble is not None:
            raise self._trouble
        if self._connection is None:
            try:
                self._connection = self._mail.connect()
            except GatewayError as error:
                self._trouble = error
                raise

    def send(self, mail: Mail | Text, look: Callable[[], None]) -> Accepted:
        """What the server said when it took the mail. `look` is called just before the data. Raises GatewayError."""
        if self._connection is None or not isinstance(mail, Mail):
            raise GatewayError("There is no connection.", code="connection_lost")
        try:
            return Accepted(mail.message_id, self._connection.send(mail, look))
        except GatewayError as error:
            if not error.permanent:
                self.close()
            raise

    def close(self) -> None:
        """Ends the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class TextLine:
    """The way of a batch's texts: one request each, and a provider that can be asked afterwards."""

    says = "Text provider"

    def __init__(self, texts: TextGateway) -> None:
        self._texts = texts
        self.settle: timedelta | None = texts.settle

    def ready(self) -> None:
        """A text needs no connection of its own."""

    def send(self, text: Mail | Text, look: Callable[[], None]) -> Accepted:
        """What the provider said when it took the text. `look` is called just before. Raises GatewayError."""
        if not isinstance(text, Text):
            raise GatewayError("This is not a text.", code="unsafe_text", permanent=True)
        look()
        return self._texts.send(text)

    def close(self) -> None:
        """Nothing stays open."""


def lines_of(gateways: Gateways) -> dict[str, MailLine | TextLine]:
    """A line for every channel that messages can leave by now."""
    found: dict[str, MailLine | TextLine] = {}
    if gateways.mail is not None:
        found["email"] = MailLine(gateways.mail)
    if gateways.texts is not None:
        found["sms"] = TextLine(gateways.texts)
    return found


class Orders:
    """The batch's orders as they stand now: read together, and again when they have grown too old."""

    def __init__(self, batch: list[Taken], gateways: Gateways, clock: Callable[[], datetime]) -> None:
        self._waiting = list(batch)
        self._gateways = gateways
        self._clock = clock
        self._read: dict[int, tuple[datetime, Mapping[int, Order | None]]] = {}
        self._unreadable: dict[int, GatewayError] = {}

    def now(self, taken: Taken) -> Order | None:
        """The order, at most READ_AT_MOST old; None when it is gone. Raises GatewayError when it cannot be read."""
        store_id = taken.store_id
        if store_id in self._unreadable:
            raise self._unreadable[store_id]
        orders = self._read[store_id][1] if self.is_fresh(store_id) else self._read_again(store_id, taken)
        if taken in self._waiting:
            self._waiting.remove(taken)
        if taken.order_id not in orders:  # never read as "gone": only the store says that
            raise GatewayError("The store did not answer for this order.", code="order_unread")
        return orders[taken.order_id]

    def is_fresh(self, store_id: int) -> bool:
        """Whether what was read of the store's orders is at most READ_AT_MOST old."""
        read = self._read.get(store_id)
        return read is not None and self._clock() - read[0] <= READ_AT_MOST

    def _read_again(self, store_id: int, first: Taken) -> Mapping[int, Order | None]:
        waiting = [first, *(taken for taken in self._waiting if taken != first)]
        wanted = [taken.order_id for taken in waiting if taken.store_id == store_id]
        asked_at = self._clock()  # the first of the answers may be as old as the question
        try:
            orders = reread(store_id, wanted, gateways=self._gateways, clock=self._clock, with_sales=True)
        except GatewayError as error:
            self._unreadable[store_id] = error
            raise
        self._read[store_id] = (asked_at, orders)
        return orders
