"""The settings about sequences: how many emails, when each is due, under which conditions, and what follows calls."""

from __future__ import annotations

from sidecar.settings import notation
from sidecar.settings.entry import Entry
from sidecar.settings.step_notation import conditions

_ONLY_IF = (
    "Conditions with commas between: opened, not opened, payment failed, no payment failed, first-time, returning, "
    "language de/en, USD 50-500. Empty: always, as long as the order is unpaid."
)


def _only_if(number: str, label: str) -> Entry:
    return Entry(f"outreach.{number}_only_if", "messages", f"{label} only if", _ONLY_IF,
                 "line", "", "conditions", conditions,
                 redecides=True, called=f"Condition of the {label.lower()}")


# fmt: off
STEPS = (
    Entry("outreach.steps", "messages", "Emails a cart gets at most",
          "0 switches written reminders off. Customers whose cart is worth a call, but who left no phone number, get "
          "one personal email instead.",
          "whole", "3", "0 to 3", notation.whole(0, 3),
          redecides=True, called="Number of emails"),
    Entry("outreach.first_after", "messages", "First email",
          "After the customer left. WooCommerce cancels unpaid orders after 60 minutes, so sooner is better.",
          "duration", "45m", "15m to 7d", notation.between("15m", "7d"),
          redecides=True),
    Entry("outreach.second_after", "messages", "Second email",
          "After the customer left, and at least 12 hours after the first one.",
          "duration", "24h", "12h to 6d", notation.between("12h", "6d"),
          redecides=True),
    Entry("outreach.third_after", "messages", "Third email",
          "After the customer left, and at least 12 hours after the second one.",
          "duration", "72h", "24h to 6d", notation.between("24h", "6d"),
          redecides=True),
    _only_if("first", "First email"),
    _only_if("second", "Second email"),
    _only_if("third", "Third email"),
    Entry("outreach.after_calls", "messages", "Write after calls that nobody answered",
          "One email after a voicemail, and one after the last try. The pay link that a rep sends goes out either way.",
          "switch", "on", "on or off", notation.switch),
)
# fmt: on
