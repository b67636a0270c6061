"""What a rep hands over to the shop's support: a mail with everything about the case. It never goes to a customer.

It leaves a minute after saving, so that the rep can take it back. No transaction is open while the mail server is
asked: reserve, send, record. After a mail server's silence nobody knows whether it arrived; it is not sent again, and
the cart's story says so.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr

from markupsafe import escape
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from sidecar.accounts import User
from sidecar.calls.outcomes.situation import Answers
from sidecar.calls.task import Call, CallTask
from sidecar.carts.cart import Cart
from sidecar.carts.story import tell
from sidecar.db import one_row, rest, session, transaction
from sidecar.errors import GatewayError
from sidecar.money import words
from sidecar.outreach.delivery import leaving
from sidecar.outreach.delivery.support_mail import SupportMail
from sidecar.outreach.letters import plain
from sidecar.outreach.sequences import schedule
from sidecar.ports import Gateways, Mail
from sidecar.settings import Settings
from sidecar.stores.connection import Store

LEASE = timedelta(minutes=5)
_DROPPED_AFTER = timedelta(days=3)
_ITEMS = 20
_IN_DOUBT = "Nobody knows whether the mail to support arrived. Ask there."

log = logging.getLogger(__name__)


def hand_over(task: CallTask, call: Call, answers: Answers, by: User, settings: Settings, *, now: datetime) -> None:
    """Plans the mail about this call, a minute from now."""
    cart, store = task.cart, session().get_one(Store, task.store_id)
    mail = SupportMail(
        store_id=task.store_id,
        cart_id=cart.id,
        call_id=call.id,
        to=settings["calls.support_email"] or settings["sender.reply_to"],
        reply_to=by.email,
        subject=f"Order {plain.one_line(cart.number, 40)}: {plain.one_line(task.contact.name, 60)} needs support",
        text=_text(task, answers, by, store),
        due_at=now + schedule.UNDOABLE,
    )
    session().add(mail)
    session().flush()


def take_back(call_id: int) -> None:
    """Cancels the mail about a call whose verdict is taken back, unless it has begun to leave."""
    session().execute(
        update(SupportMail)
        .where(SupportMail.call_id == call_id, SupportMail.state == "due")
        .values(state="cancelled")
        .execution_options(synchronize_session="fetch")
    )


def has_left(call_id: int) -> bool:
    """Whether the mail about a call is with support, or may be."""
    query = select(SupportMail.id).where(
        SupportMail.call_id == call_id, SupportMail.state.in_(("sending", "sent", "unknown"))
    )
    return session().scalar(query) is not None


def send_due(*, gateways: Gateways, clock: Callable[[], datetime], limit: int = 20) -> int:
    """How many mails to support were taken by the mail server. Those of a store that does not send now wait."""
    if gateways.mail is None:
        return 0
    _settle_left(clock())
    return sum(_send(mail_id, gateways, clock) for mail_id in _due(clock(), limit))


def _due(now: datetime, limit: int) -> list[int]:
    query = (
        select(SupportMail.id)
        .join(Store, Store.id == SupportMail.store_id)
        .where(SupportMail.state == "due", SupportMail.due_at <= now)
        .where(Store.live_at.is_not(None), Store.paused_at.is_(None), Store.disconnected_at.is_(None))
        .order_by(SupportMail.due_at, SupportMail.id)
        .limit(limit)
    )
    found = list(session().scalars(query))
    rest()
    return found


def _settle_left(now: datetime) -> None:
    """Mails whose sender died may have arrived; those that never got their turn have become too old to help."""
    lost = update(SupportMail).where(SupportMail.state == "sending", SupportMail.lease_until <= now)
    old = update(SupportMail).where(SupportMail.state == "due", SupportMail.due_at <= now - _DROPPED_AFTER)
    ends = (
        (
            lost.values(state="unknown", lease_until=None),
            _IN_DOUBT,
        ),
        (old.values(state="failed", answer="too old"), "The mail to support could not leave for days. It is dropped."),
    )
    with transaction():
        for statement, says in ends:
            for cart_id in session().scalars(statement.returning(SupportMail.cart_id)).all():
                tell(cart_id, "failed", says, at=now)


def _send(mail_id: int, gateways: Gateways, clock: Callable[[], datetime]) -> bool:
    mail = _reserve(mail_id, gateways, clock())
    if mail is None or gateways.mail is None:
        return False
    try:
        connection = gateways.mail.connect()
        try:
            answer = connection.send(mail)
        finally:
            connection.close()
    except GatewayError as error:
        _refused(mail_id, error, clock())
        return False
    _record(mail_id, "sent", answer, f"Handed over to support: {mail.to}.", clock())
    return True


def _reserve(mail_id: int, gateways: Gateways, now: datetime) -> Mail | None:
    """The mail with its intent on disk; None when somebody else has it, or it was taken back."""
    with transaction():
        taken = session().execute(
            update(SupportMail)
            .where(SupportMail.id == mail_id, SupportMail.state == "due", SupportMail.due_at <= now)
            .values(
                state="sending",
                attempt=f"support-{uuid.uuid4().hex}",
                attempts=SupportMail.attempts + 1,
                lease_until=now + LEASE,
            )
            .execution_options(synchronize_session=False)
        )
        if not one_row(taken):
            return None
        row = session().get_one(SupportMail, mail_id, populate_existing=True)
        sender = parseaddr(gateways.mail.sender if gateways.mail else "")[1]
        return Mail(
            message_id=leaving.message_id_of(row.attempt or "", leaving.domain_of(sender)),
            to=row.to,
            to_name="",
            sender=formataddr(("Ringback", sender)),
            reply_to=row.reply_to,
            subject=row.subject,
            text=row.text,
            html=f"<pre>{escape(row.text)}</pre>",
            headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: so that no machine answers
        )


def _refused(mail_id: int, error: GatewayError, now: datetime) -> None:
    if error.outcome_unknown:
        _record(mail_id, "unknown", error.reason, _IN_DOUBT, now)
        return
    if error.permanent:
        _record(mail_id, "failed", error.reason, f"The mail to support was refused: {error.reason}", now)
        return
    with transaction():
        row = session().get_one(SupportMail, mail_id, populate_existing=True)
        again = schedule.next_try(row.attempts, now=now)
        session().execute(
            update(SupportMail)
            .where(SupportMail.id == mail_id, SupportMail.state == "sending")
            .values(state="due", due_at=again, lease_until=None, answer=error.reason[:500])
            .execution_options(synchronize_session=False)
        )
    log.warning("the mail to support about call %s was not taken: %s", row.call_id, error.reason)


def _record(mail_id: int, state: str, answer: str, says: str, now: datetime) -> None:
    with transaction():
        done = session().execute(
            update(SupportMail)
            .where(SupportMail.id == mail_id, SupportMail.state == "sending")
            .values(state=state, answer=answer[:500], lease_until=None, sent_at=now if state == "sent" else None)
            .execution_options(synchronize_session=False)
        )
        if one_row(done):
            cart_id = session().get_one(SupportMail, mail_id).cart_id
            tell(cart_id, "called" if state == "sent" else "failed", says, at=now)


def _text(task: CallTask, answers: Answers, by: User, store: Store) -> str:
    """Everything support needs in plain text. The order's own words are hostile: one line each, bounded, no links."""
    query = select(Cart).where(Cart.id == task.cart_id).options(selectinload(Cart.lines))
    cart = session().scalars(query).one()
    who = [plain.one_line(task.contact.name, 80), cart.email, plain.one_line(cart.phone_e164 or cart.phone, 30)]
    items = [
        f"- {line.quantity} x {plain.without_links(line.name, 100)}: {words(line.total_minor, cart.currency)}"
        for line in cart.lines[:_ITEMS]
    ]
    failed = [f"Payment failed {cart.failed_payments} times: {plain.without_links(cart.failure_text, 300)}"]
    lines = [
        f"{by.first_name} spoke to this customer on the phone and asks for help:",
        "",
        answers.note,
        "",
        f"Customer: {', '.join(filter(None, who))}",
        f"Order: {plain.one_line(cart.number, 40)}, {words(cart.total_minor, cart.currency)}, {cart.status}",
        f"In the store: {store.url}/wp-admin/post.php?post={cart.order_id}&action=edit",
        *(failed if cart.failed_payments else []),
        "Items:",
        *items,
        "",
        f"Answer {by.first_name} by replying to this mail. Do not forward it to the customer.",
    ]
    return "\n".join(lines)
