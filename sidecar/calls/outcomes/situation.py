"""A task as it stands when the rep decides, the outcome form, and the plan that follows from both: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sidecar.calls.window import Window


@dataclass(frozen=True, slots=True)
class Situation:
    """The task as it stands when the rep decides."""

    first_name: str
    window: Window
    attempts: int = 0
    first_attempt_at: datetime | None = None
    tried_parts: tuple[str, ...] = ()
    busy_before: bool = False
    is_callback: bool = False
    callback_tries: int = 0
    settled: bool = False  # the cart was settled during the call
    voicemail_left: bool = False
    may_write: bool = False  # an email may follow
    why_not: str = ""  # the sentence why none may
    writes_after_calls: bool = True  # the owner's switch for emails that nobody asked for on the phone
    most_tries: int = 3  # calls that nobody asked for, about one cart
    link_is_out: bool = False  # the pay link was sent during this call
    support_to: str = ""  # where a note for support goes
    spoken: frozenset[str] | None = None  # languages that other reps speak; None: not looked up
    written: frozenset[str] = frozenset()  # languages that emails can be in

    @property
    def who(self) -> str:
        """The customer's first name, or a word for them."""
        return self.first_name or "the customer"


@dataclass(frozen=True, slots=True)
class Answers:
    """The outcome form, read. `when` is the callback's moment."""

    outcome: str
    reasons: tuple[str, ...] = ()
    note: str = ""
    when: datetime | None = None
    scope: str = "calls"
    language: str = ""
    skip_reason: str = ""
    ends_on_reply: bool = True  # the callback, when they buy or write back
    was_discreet: bool = False  # whoever answered was told nothing about the cart


@dataclass(frozen=True, slots=True)
class NextStep:
    """What follows. `due_at` is None when the task is done. `closes_cart`: no calls and messages about it any more.

    `says` is the sentence for the rep; `rest_until`: nobody rings this person before. `mail` is the kind of email that
    follows a minute after saving (follow_up), or "" for none. `language` is what whoever calls next must speak,
    None to leave that as it is. `to_support`: the note goes to the shop's support.
    """

    says: str
    due_at: datetime | None = None
    done_reason: str | None = None
    callback_at: datetime | None = None
    rest_until: datetime | None = None
    unpaid_look_at: datetime | None = None
    is_attempt: bool = True
    callback_tries: int = 0
    closes_cart: bool = False
    mail: str = ""
    language: str | None = None
    to_support: bool = False
