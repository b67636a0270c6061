"""What a decision is made of, and what comes out of it: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sidecar.contacts.permission import Permission
from sidecar.routing.threshold import Threshold
from sidecar.settings.notation import Hours


@dataclass(frozen=True, slots=True)
class Facts:
    """One cart as the rules look at it. `refused` holds the channels the person said no to."""

    meaning: str  # of the order's status: unpaid, cancelled, on_hold, unknown, ...
    status: str
    notes_read: bool
    paid_at: datetime | None
    currency: str
    total_minor: int
    goods_minor: int
    lines: int
    active_at: datetime
    failed_payments: int
    who: str  # how sentences call the customer
    email: str
    phone_typed: str
    phone_e164: str
    country: str
    region: str
    zones: tuple[str, ...]
    refused: frozenset[str]
    call_basis: Permission
    mail_basis: Permission
    held_back: str  # why the cart looks like a bot's, or ""
    draw: int  # 1 to 100, for the holdout
    connected_at: datetime
    mail_dead: str = ""  # what a mail server said about an address at which nothing arrives


@dataclass(frozen=True, slots=True)
class Rules:
    """The owner's settings, as far as decisions use them."""

    abandoned_after: timedelta
    follow_on_hold: bool
    thresholds: Mapping[str, Threshold]
    failed_factor: Decimal
    first_call_after: timedelta
    call_hours: Hours
    call_backlog: timedelta
    first_mail_after: timedelta
    mail_steps: int
    mail_backlog: timedelta
    holdout_percent: int


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's answer: passed or not, in a sentence; `code` is the reason code when it failed.

    `law` names the entry of the country table that decided, with its version, where one did.
    """

    rule: str
    passed: bool
    says: str
    code: str = ""
    law: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about a cart: `route` is call, sequence, personal or hold, with one sentence why.

    `due_at`: when the call or the first message is due. `look_again_at`: when time alone may change the decision.
    """

    route: str
    reason_code: str
    reason: str
    rules: tuple[Check, ...]
    due_at: datetime | None = None
    look_again_at: datetime | None = None
    threshold_minor: int | None = None
