"""A test of a message: what a customer would read, sent to whoever writes it and to nobody else.

No transaction is open while the mail server is asked: the test is written down first, so that trying is limited too.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parseaddr, quote

from sqlalchemy import func, select

from sidecar import audit
from sidecar.accounts import User
from sidecar.audit import AuditEntry
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.outreach.delivery import leaving
from sidecar.outreach.letters import wording
from sidecar.outreach.letters.wording import Composed
from sidecar.ports import Gateways, Mail
from sidecar.settings import Settings

PER_HOUR = 20
ACTION = "send test"
_STAND_INS = (
    wording.PAY_STAND_IN,
    wording.UNSUBSCRIBE_STAND_IN,
    wording.PREFERENCES_STAND_IN,
    wording.ASK_STAND_IN,
)
_NOWHERE = "https://ringback.invalid"


def send_test(
    composed: Composed,
    name: str,
    *,
    user: User,
    gateways: Gateways,
    settings: Settings,
    clock: Callable[[], datetime],
) -> str:
    """The mail server's own words of acceptance. `name` ("reminder-1/en") is what the audit calls it.

    The customer's links lead to pages that say they are a preview. Raises Refused (code "no_transport" or
    "too_many_tests"), and GatewayError with what the mail server said.
    """
    if gateways.mail is None:
        raise Refused("Set SIDECAR_SMTP_URL to your mail server and start again.", code="no_transport")
    to, sender = user.email, parseaddr(gateways.mail.sender)[1]
    with transaction():
        _count(user, now=clock())
        audit.record(to, ACTION, name, now=clock())
    mail = Mail(
        message_id=leaving.message_id_of(f"test-{uuid.uuid4()}", leaving.domain_of(sender)),
        to=to,
        to_name="",
        sender=f'"{quote(composed.sender_name)}" <{sender}>',
        reply_to=settings["sender.reply_to"],
        subject=f"[Test] {composed.subject}",
        text=_harmless(composed.text, gateways.base_url),
        html=_harmless(composed.html, gateways.base_url),
    )
    connection = gateways.mail.connect()
    try:
        return connection.send(mail)
    finally:
        connection.close()


def _count(user: User, *, now: datetime) -> None:
    """Raises Refused when this person has sent enough tests. Two at the same moment are counted one by one."""
    session().execute(select(User.id).where(User.id == user.id).with_for_update())
    lately = (AuditEntry.actor == user.email, AuditEntry.action == ACTION, AuditEntry.at > now - timedelta(hours=1))
    count, first = session().execute(select(func.count(), func.min(AuditEntry.at)).where(*lately)).one()
    if count >= PER_HOUR:
        minutes = max(1, round((first + timedelta(hours=1) - now).total_seconds() / 60))
        raise Refused(
            f"You have sent {PER_HOUR} tests in an hour, which is the most. The next one may go in {minutes} min.",
            code="too_many_tests",
        )


def _harmless(body: str, base_url: str) -> str:
    for stand_in in _STAND_INS:
        body = body.replace(stand_in, base_url + stand_in.removeprefix(_NOWHERE))
    return body
