"""The settings about incentives: what is offered when, and the limits that no offer goes beyond."""

from __future__ import annotations

from sidecar.settings import notation, offer_notation
from sidecar.settings.entry import Entry

_WHOM = ("everyone", "first-time", "returning")
_LINE = notation.line(200)


def _in_words(kind: str, label: str, example: str) -> Entry:
    """What only the shop itself can keep: it is offered in these words, or not at all."""
    return Entry(f"offers.{kind}_words", "offers", label,
                 f"Above it is called {kind}. Said word for word, like: {example} Empty: not offered.",
                 "line", "", "one line", _LINE)


# fmt: off
OFFERS = (
    Entry("offers.by_step", "offers", "What is offered in which email",
          "Like reminder-2=free_shipping, reminder-3=percent 10. Also: fixed 20 EUR, and what has words below, "
          "like gift. Empty: nothing is offered.",
          "keys", "", "reminder-1 to -3, personal, voicemail, tried, pay-link", offer_notation.by_step,
          called="What is offered"),
    Entry("offers.by_rep", "offers", "What reps may give on the phone",
          "Like percent 5, percent 10, fixed 20 EUR, free_shipping. Reps can ask you for more. Empty: nothing.",
          "keys", "percent 5, percent 10, free_shipping", "percent, fixed, free_shipping", offer_notation.by_rep,
          called="What reps may give"),
    Entry("offers.rep_percent", "offers", "Percentage a rep may give at most",
          "For more than that, the rep asks you.",
          "whole", "10", "0 to 50", notation.whole(0, offer_notation.MOST_PERCENT),
          called="Percentage of reps"),
    Entry("offers.rep_value", "offers", "Worth of one offer of a rep at most",
          "By currency, like USD=50,EUR=50. Whatever its kind. Empty: 50.",
          "amounts", "", "0 or more", notation.amounts,
          called="Worth of a rep's offer"),
    Entry("offers.rep_per_day", "offers", "Offers of one rep a day at most",
          "Counted by the day of your store. 0: reps always ask you.",
          "whole", "5", "0 to 100", notation.whole(0, 100),
          called="Number of a rep's offers"),
    Entry("offers.rep_value_per_day", "offers", "Worth of one rep's offers a day at most",
          "By currency, like USD=150,EUR=150. Empty: 150.",
          "amounts", "", "0 or more", notation.amounts,
          called="Worth of a rep's day"),
    Entry("offers.for_whom", "offers", "Who gets offers",
          "People who bought before are returning.",
          "choice", "everyone", "everyone, first-time or returning",
          offer_notation.one_of(*_WHOM), options=_WHOM),
    Entry("offers.valid_for", "offers", "Coupons can be used for",
          "To the end of that day in your store's time. Then they are removed from the store.",
          "duration", "7d", "1d to 30d", notation.between("1d", "30d"),
          called="Time for which coupons can be used"),
    Entry("offers.minimum", "offers", "Only for goods worth at least",
          "By currency, like USD=50,EUR=50. The store checks it too. Empty: for all.",
          "amounts", "", "0 or more", notation.amounts,
          called="Least value"),
    Entry("offers.not_on_sale_items", "offers", "Discounts leave out what is on sale",
          "The store checks it too.",
          "switch", "on", "on or off", notation.switch),
    Entry("offers.per_day", "offers", "Coupons a day at most",
          "Counted by the day of your store. 0: none are made.",
          "whole", "50", "0 to 10000", notation.whole(0, 10_000),
          called="Number of coupons a day"),
    Entry("offers.value_per_day", "offers", "Worth of a day's coupons at most",
          "By currency, like USD=500,EUR=500. What they would cost if all were used. Empty: no limit.",
          "amounts", "", "0 or more", notation.amounts,
          called="Worth of a day's coupons"),
    Entry("offers.margin", "offers", "Your margin on goods",
          "In percent of the price, before any offer. 0: not known.",
          "whole", "0", "0 to 95", notation.whole(0, 95),
          called="Margin"),
    Entry("offers.margin_floor", "offers", "Margin that an offer must leave",
          "In percent. An offer that would leave less is not made; with a floor and no margin, none is.",
          "whole", "0", "0 to 95", notation.whole(0, 95),
          called="Margin floor"),
    _in_words("flat_shipping", "Flat-rate shipping", "Delivery for a flat $5."),
    _in_words("gift", "Gift or sample", "A record brush comes with your order."),
    _in_words("two_for_one", "Two for one", "Buy one pair of sleeves, get one free."),
    _in_words("gift_card", "Gift card", "A $20 gift card comes with your order."),
    _in_words("free_returns", "Free returns", "Send it back free of charge within 30 days."),
    _in_words("extended_terms", "Longer to pay", "Pay within 60 days."),
    _in_words("call", "A call", "We call you and go through it together."),
    Entry("offers.points_words", "offers", "Loyalty points",
          "A note to the rep about what may be credited. Customers do not see it. Empty: no note.",
          "line", "", "one line", _LINE),
)
# fmt: on
