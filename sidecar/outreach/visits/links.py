"""The customer's own links in a message: to pay (/c), to stop (/u), to choose what to get (/p), to ask for a call (/b).

One secret token serves them all. What is stored of a message holds stand-ins in their places, put in only when it
leaves, so that nobody who reads the Outbox can act for a customer. ".invalid" never resolves (RFC 2606).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from sidecar.db import session
from sidecar.outreach.delivery.leaving import token_hash_of
from sidecar.outreach.message import Message
from sidecar.ports import Sealer

PAY_LINK_LASTS = timedelta(days=14)
PAY, UNSUBSCRIBE, PREFERENCES = "c", "u", "p"

_TOKEN = re.compile(r"[0-9a-f]{32}")
_STAND_IN = re.compile(r"https://ringback\.invalid/([bcup])/preview\b")


def token_of(message_id: int, vault: Sealer) -> str:
    """The message's secret: 128 bits that nobody without our key can make, always the same for the same message."""
    return vault.fingerprint("unsubscribe", str(message_id))[:32]


def put_in(body: str, base_url: str, token: str) -> str:
    """The body with the customer's own links where the stand-ins were."""
    return _STAND_IN.sub(lambda found: address(base_url, found[1], token), body)


def address(base_url: str, kind: str, token: str) -> str:
    """A link as it stands in the message: "https://calls.example.com/c/0f…"."""
    return f"{base_url}/{kind}/{token}"


def find_by_token(token: str) -> Message | None:
    """The message whose link this is, or None."""
    if not _TOKEN.fullmatch(token):
        return None
    return session().scalar(select(Message).where(Message.token_hash == token_hash_of(token)))


def has_run_out(message: Message, *, now: datetime) -> bool:
    """Whether the message's pay link is too old to lead to the cart. Source: reference/safety.md C14."""
    return now >= (message.sent_at or message.data_started_at or message.created_at) + PAY_LINK_LASTS
