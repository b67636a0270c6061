"""The CATALOG: every setting of the business with its type, unit, bounds, default and help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sidecar.settings import notation


@dataclass(frozen=True)
class Entry:
    """One line of the CATALOG. `read` turns text into the value or raises ValueError with the sentence to show.

    `redecides`: changing it decides every cart anew that nobody has contacted. `section` is its settings page.
    `settable` is false for what only its own command may change (Go live). `called` begins sentences about it where
    the label is a sentence of its own.
    """

    name: str
    section: str
    label: str
    help: str
    kind: str  # duration, whole, factor, switch, line, email, amounts, hours, keys: how the form shows it
    default: str
    bounds: str
    read: Callable[[str], Any]
    redecides: bool = False
    settable: bool = True
    called: str = ""


# fmt: off
_ENTRIES = (
    Entry("poll.every", "store", "Look for new carts every",
          "How long to wait between two readings of the store.",
          "duration", "60s", "10s to 1h", notation.between("10s", "1h"),
          called="Time between readings"),
    Entry("poll.backoff_max", "store", "Longest wait while the store is unreadable",
          "In the first hour of trouble. After that it is 15 minutes.",
          "duration", "2m", "10s to 15m", notation.between("10s", "15m"),
          called="Longest wait"),
    Entry("carts.abandoned_after", "carts", "A cart counts as abandoned after",
          "Time without any change to the order.",
          "duration", "15m", "1m to 7d", notation.between("1m", "7d"),
          redecides=True, called="Time until a cart counts as abandoned"),
    Entry("carts.on_hold", "carts", "Follow up orders on hold",
          "Bank transfers and cheques wait on hold. Off: they are followed, not contacted.",
          "switch", "off", "on or off", notation.switch,
          redecides=True),
    Entry("carts.status_meanings", "carts", "Meaning of the store's own statuses",
          "For statuses added by plugins, like awaiting-quote=unpaid,in-production=paid. Until then they are on "
          "hold.",
          "keys", "", "unpaid, paid or closed", notation.status_meanings,
          redecides=True),
    Entry("routing.call_threshold", "carts", "Call when the goods are worth at least",
          "By currency, without delivery and tax, like USD=300,EUR=300. Empty: the 80th percentile of the store's "
          "last 90 days in that currency, at least 100.",
          "amounts", "", "0 or more", notation.amounts,
          redecides=True, called="Threshold"),
    Entry("routing.failed_factor", "carts", "After a failed payment, call from this share of it",
          "0.5 means half. A declined card is a small error, not hesitation.",
          "factor", "0.5", "0.1 to 1", notation.factor(0.1, 1),
          redecides=True, called="Share after a failed payment"),
    Entry("holdout.percent", "carts", "Leave this share of people alone, to measure",
          "In percent. 10 is a good start once there are enough carts.",
          "whole", "0", "0 to 50", notation.whole(0, 50),
          redecides=True, called="Holdout"),
    Entry("calls.first_after", "calls", "First call",
          "After the customer left. People who asked for a call are called when they asked.",
          "duration", "24h", "2h to 7d", notation.between("2h", "7d"),
          redecides=True),
    Entry("calls.hours", "calls", "Call hours",
          "In the customer's own time. The rules of their country narrow this further.",
          "hours", "Mon-Sun 10:00-19:00", "08:00 to 20:00", notation.hours,
          redecides=True),
    Entry("calls.inquiry_basis", "calls", "A started checkout may be called about",
          "In the US, Canada and Australia, for 90 days, by a person. Off: only with consent on the order.",
          "switch", "on", "on or off", notation.switch,
          redecides=True),
    Entry("calls.backlog_within", "calls", "Call about carts from before connecting",
          "Only those abandoned within this time before the store was connected.",
          "duration", "3d", "0 to 7d", notation.between("0", "7d"),
          redecides=True, called="Time before connecting"),
    Entry("calls.number", "calls", "Number customers can ring back",
          "Said in the script and on voicemail.",
          "line", "", "one line", notation.line(40)),
    Entry("consent.meta_keys", "consent", "Consent recorded on the order",
          "Which order field holds a yes, by channel, like email=_newsletter_ok,calls=_call_ok.",
          "keys", "", "email, sms, calls", notation.meta_keys,
          redecides=True),
    Entry("consent.soft_opt_in", "consent", "Customers elsewhere were offered a way to say no to emails",
          "EU, UK, Switzerland and others. Write why this is so; it is kept with every decision. Empty: they are "
          "not written to without consent.",
          "line", "", "one line", notation.line(300),
          redecides=True),
    Entry("sender.name", "sender", "Sender's name",
          "Who the messages come from. Empty: the store's name.",
          "line", "", "one line", notation.line(80),
          redecides=True),
    Entry("sender.reply_to", "sender", "Replies go to",
          "An address that somebody reads.",
          "email", "", "an email address", notation.email,
          redecides=True),
    Entry("sender.postal_address", "sender", "Postal address",
          "Stands at the foot of every email, as the law asks. Empty: the store's own address.",
          "line", "", "one line", notation.line(300),
          redecides=True),
    Entry("sending.per_domain_per_minute", "sender", "Emails per minute to one mail provider",
          "Slower is kinder to your reputation.",
          "whole", "600", "1 to 6000", notation.whole(1, 6000)),
    Entry("outreach.first_after", "messages", "First email",
          "After the customer left. WooCommerce cancels unpaid orders after 60 minutes, so sooner is better.",
          "duration", "45m", "15m to 7d", notation.between("15m", "7d"),
          redecides=True),
    Entry("outreach.steps", "messages", "Emails a cart gets at most",
          "0 switches written reminders off.",
          "whole", "1", "0 to 1", notation.whole(0, 1),
          redecides=True, called="Number of emails"),
    Entry("outreach.backlog_within", "messages", "Write about carts from before connecting",
          "Only those abandoned within this time before the store was connected. 0: none.",
          "duration", "0", "0 to 7d", notation.between("0", "7d"),
          redecides=True, called="Time before connecting"),
    Entry("sending.live", "sender", "Customers are contacted",
          "Changed by Go live and Pause.",
          "switch", "off", "go-live changes it", notation.switch,
          settable=False),
)
# fmt: on

CATALOG: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}
