"""Who signs mail that a person stands behind: the rep named on the message, else whoever signs for the shop."""

from __future__ import annotations

from sqlalchemy import select

from sidecar.accounts import User
from sidecar.db import session
from sidecar.outreach.message import Message
from sidecar.outreach.sequences.sequence import PERSONAL, follows_call, sequence_of

_ROLES = ("rep", "manager", "owner")


def is_signed(message: Message) -> bool:
    """Whether a person's name stands under the message."""
    return sequence_of(message.step) == PERSONAL or follows_call(message.step)


def find_signer() -> User | None:
    """Who signs for the shop: the longest-serving rep with a name, else a manager, else an owner, else nobody."""
    query = select(User).where(User.disabled_at.is_(None), User.name != "", User.role.in_(_ROLES))
    people = sorted(session().scalars(query), key=lambda user: (_ROLES.index(user.role), user.id))
    return people[0] if people else None


def sign(message: Message) -> str:
    """The first name under the message, or "". Somebody who has left the team is replaced, and replies go to them no
    more."""
    if not is_signed(message):
        return ""
    signer = session().get(User, message.signed_by) if message.signed_by is not None else None
    if signer is None or signer.disabled_at is not None:
        signer = find_signer()
        message.signed_by = signer.id if signer else None
    return signer.first_name if signer else ""
