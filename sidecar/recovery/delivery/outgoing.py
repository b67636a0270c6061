"""A message as it leaves: the customer's own links where their stand-ins were, sender, headers, Message-ID."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

from sidecar.accounts import User
from sidecar.db import session
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Message
from sidecar.outreach.visits import links
from sidecar.ports import Gateways, Mail, Text
from sidecar.settings import Settings

TEXT_LASTS = timedelta(minutes=10)  # for a provider to deliver it: less than the quarter of an hour before hours end


def mail_of(message: Message, settings: Settings, gateways: Gateways) -> Mail:
    """An e-mail whose intent is on disk, as it is handed over."""
    token = links.token_of(message.id, gateways.vault)
    link = links.address(gateways.base_url, links.UNSUBSCRIBE, token)
    address = parseaddr(gateways.mail.sender if gateways.mail else "")[1]
    return Mail(
        message_id=leaving.message_id_of(message.attempt or "", leaving.domain_of(address)),
        to=message.to,
        to_name="",
        sender=_mailbox(message.sender_name, address),
        reply_to=_replies_go_to(message, settings, gateways),
        subject=message.subject,
        text=links.put_in(message.text, gateways.base_url, token),
        html=links.put_in(message.html, gateways.base_url, token),
        headers={
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
            "Auto-Submitted": "auto-generated",  # RFC 3834: so that no machine answers
        },
    )


def text_of(message: Message, gateways: Gateways) -> Text:
    """A text as it is handed over, or as its provider is asked for it afterwards."""
    token = links.token_of(message.id, gateways.vault)
    return Text(
        attempt=message.attempt or "",
        to=message.to,
        body=links.put_in(message.text, gateways.base_url, token),
        token=token,
        not_after=min(message.not_after_at, (message.data_started_at or message.due_at) + TEXT_LASTS),
    )


def _replies_go_to(message: Message, settings: Settings, gateways: Gateways) -> str:
    """The rep who signs it, else the shop. With a mailbox that we read, the shop too: a no must reach us."""
    shop: str = settings["sender.reply_to"]
    rep = session().get(User, message.signed_by) if message.signed_by is not None else None
    if rep is None or rep.disabled_at is not None:
        return shop
    person = _mailbox(rep.name, rep.email)
    return f"{person}, {shop}" if gateways.mailbox is not None and shop not in ("", rep.email) else person


def _mailbox(name: str, address: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>' if name else address
