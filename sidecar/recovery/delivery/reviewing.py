"""A person decides about a message that nobody answered for: it arrived, it did not, or it is left at that."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sidecar import audit
from sidecar.carts.story import tell
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.delivery import doubt, leaving
from sidecar.outreach.message import Message

Verdict = Literal["arrived", "send_again", "leave"]
VERDICTS: dict[Verdict, str] = {
    "arrived": "It arrived",
    "send_again": "It did not arrive, send it again",
    "leave": "Leave it at that",
}
MOST = 300  # characters of a reason


def decide(message_id: int, attempt: str | None, verdict: Verdict, *, why: str, by: str, now: datetime) -> None:
    """Settles one message in doubt, in the caller's transaction. `attempt` is the one the person saw
    (None where it was never tried, in a restored copy).

    Sent again it goes through every check like any other. Raises Refused when it is not in doubt (any more): somebody
    else has decided, or its answer came after all.
    """
    message = session().get(Message, message_id)
    if message is None or not _settled(message, attempt, verdict, _sentence(by, verdict, why), now):
        reason = "This has been settled meanwhile: by somebody else, or by an answer that came after all."
        raise Refused(reason, code="decided_meanwhile")
    detail = {"verdict": verdict, "why": why[:MOST], "attempt": attempt}
    audit.record(by, "decide message", f"message {message_id}", detail, now=now)


def _settled(message: Message, attempt: str | None, verdict: Verdict, words: str, now: datetime) -> bool:
    if verdict == "send_again":
        told = doubt.send_again(message.id, attempt, words=words, now=now)
    elif verdict == "leave":
        told = doubt.leave(message.id, attempt, words=words)
    else:
        # Person, cart, message: the order in which everybody locks them.
        began_at = message.data_started_at or now
        leaving.mark_contacted(message.cart_id, message.contact_id, now=began_at)
        told = doubt.arrived(message.id, attempt, words=words, at=began_at)
    if told:
        tell(message.cart_id, "mailed" if verdict == "arrived" else "message", words, at=now)
    return told


def _sentence(by: str, verdict: Verdict, why: str) -> str:
    """What is kept on the message and told in the cart's story."""
    because = " ".join(why.split())[:MOST].rstrip(".")
    return f"{by}: {VERDICTS[verdict].lower()}.{f' {because}.' if because else ''}"
