"""The verdicts a rep can give about a call, and the reasons a customer can have. Source: reference/ux.md A6, A8."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Disposition:
    """One verdict. `attempt` counts towards the cap; `reached` means that the customer was spoken to.

    `closes` takes the cart out of the queue for good; `needs` names what the form must hold as well.
    """

    code: str
    label: str
    key: str
    group: str  # "missed", "reached", "more": where the form shows it
    attempt: bool = True
    reached: bool = False
    closes: bool = False
    needs: tuple[str, ...] = ()


_ALL = (
    Disposition("no_answer", "No answer", "1", "missed"),
    Disposition("left_voicemail", "Left voicemail", "2", "missed"),
    Disposition("busy_failed", "Busy or failed", "0", "missed"),
    Disposition("wrong_number", "Wrong number", "7", "missed", closes=True),
    Disposition("link_sent", "Link sent", "3", "reached", reached=True),
    Disposition("recovered_on_call", "Recovered", "4", "reached", reached=True),
    Disposition("callback", "Call back", "5", "reached", reached=True, needs=("when",)),
    Disposition("not_interested", "Not interested", "6", "reached", reached=True, closes=True, needs=("reason",)),
    Disposition("language_barrier", "Language", "8", "reached", reached=True, needs=("language",)),
    Disposition("do_not_call", "Do not call", "9", "reached", reached=True, closes=True, needs=("confirm",)),
    Disposition("left_with_person", "Left word with someone", "", "more"),
    Disposition("already_bought", "Already bought", "", "more", reached=True, closes=True),
    Disposition("support_issue", "Needs support", "", "more", reached=True, needs=("note",)),
    Disposition("skip", "Skip", "", "more", attempt=False, needs=("skip_reason",)),
)

DISPOSITIONS: dict[str, Disposition] = {each.code: each for each in _ALL}

SKIP_REASONS: dict[str, str] = {
    "no_time": "No time for it now",
    "unclear": "Something is unclear",
    "not_suitable": "Not suitable for a call",
}

REASONS: dict[str, str] = {
    "payment_declined": "Card declined",
    "extra_costs": "Delivery cost",
    "product_question": "Product question",
    "payment_method_missing": "Way to pay",
    "shipping_time": "Delivery time",
    "price_comparing": "Comparing prices",
    "returns_policy": "Returns",
    "just_looking": "Just looking",
    "changed_mind": "Changed mind",
    "checkout_error": "Error at checkout",
    "checkout_confusing": "Confusing checkout",
    "account_required": "Had to make an account",
    "trust_card": "Did not trust it with the card",
    "warranty": "Warranty",
    "quality_doubt": "Doubts about quality",
    "bulk_discount": "Price for many",
    "missing_accessory": "Something was missing",
    "bought_elsewhere": "Bought elsewhere",
    "bought_in_store": "Bought in the shop",
    "other": "Something else",
}
REASONS_SHOWN = 9  # the rest stand under More

LANGUAGES: dict[str, str] = {
    "es": "Spanish",
    "zh": "Chinese",
    "fr": "French",
    "de": "German",
    "pt": "Portuguese",
    "ar": "Arabic",
    "ru": "Russian",
    "hi": "Hindi",
    "it": "Italian",
    "pl": "Polish",
    "en": "English",
    "other": "Another language",
}
