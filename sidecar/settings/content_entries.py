"""The settings with the shop's own words: what it promises, and where customers find help.

They redecide, so that what is written already and has not left says the new words.
"""

from __future__ import annotations

from sidecar.settings.content_notation import by_language, web_address
from sidecar.settings.entry import Entry

_HOW = "Other languages after a bar: {example} Empty: not mentioned."
_SENTENCE = by_language(160)


def _promise(name: str, label: str, help_text: str, example: str) -> Entry:
    return Entry(f"content.{name}", "content", label, f"{help_text} {_HOW.format(example=example)}",
                 "line", "", "one sentence per language", _SENTENCE,
                 redecides=True)


# fmt: off
CONTENT = (
    _promise("returns", "Returns",
             "What you promise about sending things back, in your store's language.",
             "Free returns for 60 days. | de: 60 Tage kostenlose Rückgabe."),
    _promise("delivery", "Delivery",
             "What you promise about delivery, in your store's language.",
             "Leaves us within two days. | de: Versand in zwei Tagen."),
    _promise("payment", "Ways to pay",
             "How customers can pay, in your store's language.",
             "Card, PayPal, in three parts. | de: Karte, PayPal, in drei Raten."),
    Entry("content.help_url", "content", "Help page",
          "Where your store answers questions, like https://example.com/help. Empty: not mentioned.",
          "line", "", "an https address", web_address,
          redecides=True),
)
# fmt: on
