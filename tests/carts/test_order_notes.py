"""What notes tell: who cancelled, what the gateway said. Recorded ones first."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sidecar.carts.order_notes import failures, last_attempt, who_cancelled
from sidecar.ports import OrderNote
from tests.factories import NOW

RECORDINGS = Path(__file__).parent.parent / "recordings"


def recorded(name: str) -> list[OrderNote]:
    notes = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))["response"]["body"]
    return [
        OrderNote(
            at=datetime.fromisoformat(one["date_created_gmt"]).replace(tzinfo=UTC),
            author=one["author"],
            text=one["note"],
            by_system=one["author"] == "WooCommerce",
        )
        for one in notes
    ]


def note(text: str, *, minutes: int = 0, by_system: bool = True) -> OrderNote:
    return OrderNote(NOW + timedelta(minutes=minutes), "WooCommerce" if by_system else "admin", text, by_system)


def test_recorded_hold_stock_cancellation_is_read():
    notes = recorded("order-auto-cancelled-notes")
    assert who_cancelled(notes) == "time_limit"
    assert failures(notes).times == 0
    assert last_attempt(notes) == datetime(2026, 11, 22, 1, 26, 46, tzinfo=UTC)


def test_recorded_decline_gives_the_gateways_words():
    found = failures(recorded("order-from-block-checkout-declined-notes"))
    assert found.times == 1
    assert found.text == "Local card payment failed (card_declined): Your card was declined."


@pytest.mark.parametrize(
    ("notes", "who"),
    [
        (
            [note("Unpaid order cancelled - time limit reached."), note("Rang them", by_system=False, minutes=9)],
            "time_limit",
        ),
        ([note("Order cancelled by customer.")], "customer"),
        ([note("Order status changed to Cancelled.", by_system=False)], "person"),
        ([note("fraud, do not ship", by_system=False)], "person"),
        (
            [note("time limit reached", minutes=1), note("Cancelled for good", by_system=False, minutes=2)],
            "person",
        ),
        ([note("Commande impayée annulée – délai dépassé.")], "time_limit"),
        ([note("Order status changed from Pending payment to Cancelled.")], "software"),
        ([], "software"),
    ],
)
def test_who_cancelled(notes, who):
    assert who_cancelled(notes) == who
    assert who_cancelled(list(reversed(notes))) == who


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<b>Payment failed</b>: insufficient&nbsp;funds", "Payment failed : insufficient funds"),
        ("Zahlung fehlgeschlagen: Karte abgelaufen", "Zahlung fehlgeschlagen: Karte abgelaufen"),
        ("Payment declined " + "x" * 9000, "Payment declined " + "x" * 282 + "…"),
    ],
)
def test_gateways_words_are_made_plain(text, words):
    assert failures([note(text)]).text == words


def test_a_persons_note_about_failing_is_not_a_failed_payment():
    assert failures([note("Call failed, try again", by_system=False)]).times == 0
