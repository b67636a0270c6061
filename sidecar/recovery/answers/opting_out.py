"""A customer says stop by the link in a message, or takes it back. Works at once, for every cart of that person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from sidecar.carts.story import tell
from sidecar.contacts.contact import OptOut
from sidecar.contacts.opt_outs import fingerprint, is_opted_out, opt_out
from sidecar.db import session
from sidecar.outreach.message import Message
from sidecar.ports import Sealer
from sidecar.recovery.answers.heeding import hold, start_again, stop_at_once

SOURCE = "unsubscribe link"


def has_stopped(message: Message, *, vault: Sealer) -> bool:
    """Whether the address of this message gets no more e-mails."""
    return is_opted_out(message.store_id, "email", (message.to,), vault=vault)


def stop_emails(message: Message, *, vault: Sealer, now: datetime) -> None:
    """No more e-mails to this person; what was planned for any of their carts is cancelled. May be repeated."""
    hold(message.contact_id)
    if opt_out(message.store_id, "email", message.to, source=SOURCE, vault=vault, now=now):
        tell(message.cart_id, "opted_out", "Asked for no more emails, by the link in a message.", at=now)
    stop_at_once([message.contact_id], ("email",), now=now)


def take_back(message: Message, *, vault: Sealer, now: datetime) -> bool:
    """Undoes what the link did, and nothing else: a no said on the phone or by reply stands. False if there is none."""
    hold(message.contact_id)
    undone = session().execute(
        delete(OptOut).where(
            OptOut.store_id == message.store_id,
            OptOut.channel == "email",
            OptOut.source == SOURCE,
            OptOut.address_fingerprint == fingerprint(message.to, vault),
        )
    )
    if not getattr(undone, "rowcount", 0):
        return False
    start_again(message.contact_id, now=now)
    tell(message.cart_id, "opted_in", "Took it back: emails are welcome again.", at=now)
    return True
