"""Placing an order at the sample store's checkout, and paying it."""

from __future__ import annotations

from .order import Order
from .simulator import DECLINED, Simulator

REQUIRED = {"postcode": "ZIP Code", "first_name": "First name", "last_name": "Last name",
            "address_1": "Street address", "city": "Town / City"}
PAID, DECLINED_CARD, WAITS, ELSEWHERE = "paid", "declined", "waits", "elsewhere"


def missing(address: dict[str, str]) -> list[str]:
    """What an address lacks, as WooCommerce says it."""
    return [f"{label} is required" for name, label in REQUIRED.items() if not address.get(name, "").strip()]


def pay(simulator: Simulator, order: Order, method: str, token: str) -> str:
    """How it went: PAID, DECLINED_CARD, WAITS (for a transfer), or ELSEWHERE (the payment goes on on another page)."""
    order.payment_method = method
    order.payment_title = "Direct bank transfer" if method == "bacs" else "Credit card"
    if order.status == "checkout-draft":
        simulator.change_status(order, "pending")
    if method == "bacs":
        simulator.change_status(order, "on-hold", told="Awaiting BACS payment ")
        return WAITS
    if token == "tok_declined":
        simulator.fail_payment(order.id, reason=DECLINED)
        return DECLINED_CARD
    if token == "tok_redirect":
        return ELSEWHERE
    simulator.pay(order.id)
    return PAID
