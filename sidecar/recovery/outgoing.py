"""A message as it leaves: the customer's own links where their stand-ins were, sender, headers, Message-ID."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

from sidecar.outreach import leaving
from sidecar.outreach.message import Message
from sidecar.ports import Gateways, Mail, Sealer, Text
from sidecar.settings import Settings

TEXT_LASTS = timedelta(minutes=10)  # for a provider to deliver it: less than the quarter of an hour before hours end
STAND_INS = "https://ringback.invalid/{path}/preview"
PATHS = ("c", "u", "p")  # pay, unsubscribe, preferences


def token_of(message_id: int, vault: Sealer) -> str:
    """The secret in a message's links, always the same for the same message; only its hash is kept."""
    return vault.fingerprint("unsubscribe", str(message_id))[:32]


def mail_of(message: Message, settings: Settings, gateways: Gateways) -> Mail:
    """An e-mail whose intent is on disk, as it is handed over."""
    token = token_of(message.id, gateways.vault)
    link = f"{gateways.base_url}/u/{token}"
    address = parseaddr(gateways.mail.sender if gateways.mail else "")[1]
    return Mail(
        message_id=leaving.message_id_of(message.attempt or "", leaving.domain_of(address)),
        to=message.to,
        to_name="",
        sender=_mailbox(message.sender_name, address),
        reply_to=settings["sender.reply_to"],
        subject=message.subject,
        text=_linked(message.text, token, gateways),
        html=_linked(message.html, token, gateways),
        headers={"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def text_of(message: Message, gateways: Gateways) -> Text:
    """A text as it is handed over, or as its provider is asked for it afterwards."""
    token = token_of(message.id, gateways.vault)
    return Text(
        attempt=message.attempt or "",
        to=message.to,
        body=_linked(message.text, token, gateways),
        token=token,
        not_after=min(message.not_after_at, (message.data_started_at or message.due_at) + TEXT_LASTS),
    )


def _linked(body: str, token: str, gateways: Gateways) -> str:
    for path in PATHS:
        body = body.replace(STAND_INS.format(path=path), f"{gateways.base_url}/{path}/{token}")
    return body


def _mailbox(name: str, address: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>' if name else address
