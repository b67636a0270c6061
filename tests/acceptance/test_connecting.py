"""A store is named in the environment, `up` is started: what comes in, what is decided, and what happens in trouble."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.acceptance.mail import MailServer
from tests.acceptance.processes import eventually
from tests.acceptance.shop import LP, TURNTABLE, UNPAID, Shop, customer
from tests.acceptance.system import System, opened

ROUTES = {"call", "sequence", "personal", "hold"}
CART_STATES = {"watching", "abandoned", "contacted", "recovered", "closed"}
TASK_STATES = {"waiting", "ready", "claimed", "in_call", "wrap_up"}
MESSAGE_STATES = {"planned", "due", "sending", "sent", "failed", "cancelled", "unknown", "review"}
FAULTS = ("maintenance", "captcha", "php_warning", "truncated", "drop")
CALLED = ("vera", "yuri", "zoe")
WRITTEN_TO = ("wyn", "xena")
HOUR = 3600


@pytest.fixture(scope="module")
def orders(shop: Shop) -> dict[str, int]:
    """What the people of these tests left before the store was connected, by name."""
    found = {}
    for number, name in enumerate(CALLED):
        billing = customer(name, phone=f"312-555-01{40 + number}")
        found[name] = shop.place(billing, (TURNTABLE, 1), ago_seconds=26 * HOUR)["id"]
    for name in WRITTEN_TO:
        found[name] = shop.place(customer(name), (LP, 1), ago_seconds=HOUR)["id"]
    return found


@pytest.fixture(scope="module")
def system(
    folder: Path, database: dict[str, str], shop: Shop, mail: MailServer, orders: dict[str, int]
) -> Iterator[System]:
    """Running and connected, not live; everything that was there has been read and decided."""
    environ = {**shop.environment(), **database, "SIDECAR_SMTP_URL": mail.url, "SIDECAR_MAIL_FROM": "hi@example.com"}
    data_dir = folder / ("postgres" if database else "sqlite")
    data_dir.mkdir()
    it = System(data_dir, environ)
    it.set(poll__every="10s", poll__backoff_max="10s", carts__abandoned_after="1m")
    it.set(outreach__backlog_within="7d", routing__call_threshold="USD=300,CAD=400,AUD=450")
    with opened(it):
        eventually(lambda: all(row["route"] for row in it.listing("carts")), "everything is decided")
        eventually(lambda: sum(row["state"] == "ready" for row in it.listing("calls")) >= 5, "five can be called")
        yield it


def test_every_unpaid_order_of_the_checkout_becomes_one_cart_with_a_reason(system: System, shop: Shop) -> None:
    wanted = {
        number
        for number, order in shop.orders().items()
        if order["status"] in UNPAID
        and order["created_via"] in ("checkout", "store-api")
        and order["line_items"]  # an emptied cart is none
    }
    eventually(lambda: wanted <= set(system.by_order("carts")), "every unpaid order is known")
    carts = system.by_order("carts")

    assert len(wanted) > 100
    assert [number for number in wanted if not (carts[number]["reason"] or "").endswith(".")] == []
    assert {carts[number]["route"] for number in wanted} == ROUTES


def test_orders_that_no_customer_placed_are_no_carts(system: System, shop: Shop) -> None:
    others = {
        number for number, order in shop.orders().items() if order["created_via"] not in ("checkout", "store-api")
    }

    assert others
    assert others & set(system.by_order("carts")) == set()


def test_carts_are_listed_with_exactly_the_documented_keys_and_words(
    system: System, shop: Shop, orders: dict[str, int]
) -> None:
    rows = system.listing("carts")

    keys = ["order_id", "store", "status", "total_minor", "currency", "customer", "email", "phone", "abandoned_at"]
    assert {tuple(row) for row in rows} == {(*keys, "state", "route", "reason")}
    assert {row["state"] for row in rows} <= CART_STATES
    assert {row["route"] for row in rows} <= ROUTES
    vera = next(row for row in rows if row["order_id"] == orders["vera"])
    assert (vera["status"], vera["currency"], vera["customer"]) == ("pending", "USD", "Vera Marlow")
    assert (vera["email"], vera["phone"]) == ("vera@example.com", "+13125550140")
    assert (vera["state"], vera["route"], vera["store"]) == ("abandoned", "call", shop.url)
    assert vera["total_minor"] == round(float(shop.orders()[orders["vera"]]["total"]) * 100)
    assert is_moment(vera["abandoned_at"])


def test_calls_are_listed_in_queue_order_with_exactly_the_documented_keys_and_words(system: System) -> None:
    rows = system.listing("calls")

    keys = ("order_id", "position", "why", "due_at", "state", "claimed_by", "attempts")
    assert {tuple(row) for row in rows} == {keys}
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    states = [row["state"] for row in rows]
    assert set(states) <= TASK_STATES
    assert states == sorted(states, key=lambda state: state == "waiting"), "those not yet due stand last"
    assert states.count("ready") >= 5
    assert all(row["attempts"] == 0 and row["claimed_by"] is None and is_moment(row["due_at"]) for row in rows)
    assert all(len(re.findall(r"[.!?](?:\s|$)", row["why"])) >= 2 for row in rows), "a reason holds two facts"


def test_calls_hold_every_cart_that_is_routed_to_call_and_no_other(system: System) -> None:
    routed = {number for number, cart in system.by_order("carts").items() if cart["route"] == "call"}

    assert set(system.by_order("calls")) == routed


def test_messages_are_composed_and_wait_for_go_live(system: System, orders: dict[str, int], mail: MailServer) -> None:
    eventually(lambda: system.by_order("messages")[orders["wyn"]]["state"] == "due", "it is due")
    rows = system.listing("messages")

    keys = ["order_id", "channel", "step", "to", "subject", "state", "reason", "due_at", "sent_at", "provider_id"]
    assert {tuple(row) for row in rows} == {tuple(keys)}
    assert {row["state"] for row in rows} <= MESSAGE_STATES
    wyn = next(row for row in rows if row["order_id"] == orders["wyn"])
    assert (wyn["channel"], wyn["to"], wyn["reason"]) == ("email", "wyn@example.com", "not_live")
    assert wyn["subject"]
    assert (wyn["sent_at"], wyn["provider_id"]) == (None, None)
    due = [row for row in rows if row["state"] == "due"]
    assert len(due) >= 5
    assert {row["reason"] for row in due} == {"not_live"}
    assert mail.accepted() == []


def test_paid_order_leaves_the_queue(system: System, shop: Shop, orders: dict[str, int]) -> None:
    assert orders["zoe"] in system.by_order("calls")

    shop.do("pay", order_id=orders["zoe"])
    eventually(lambda: orders["zoe"] not in system.by_order("calls"), "it leaves the queue")

    cart = system.by_order("carts")[orders["zoe"]]
    assert (cart["state"], cart["status"]) == ("recovered", "processing")


def test_message_of_a_cancelled_order_is_cancelled_with_the_reason(
    system: System, shop: Shop, orders: dict[str, int]
) -> None:
    shop.do("note", order_id=orders["xena"], text="Customer rang and no longer wants it.")
    shop.do("cancel", order_id=orders["xena"])

    eventually(lambda: system.by_order("messages")[orders["xena"]]["state"] == "cancelled", "the message is cancelled")
    assert system.by_order("messages")[orders["xena"]]["reason"]
    assert system.by_order("carts")[orders["xena"]]["state"] == "closed"


def test_every_wrong_answer_of_a_store_is_said_in_one_line(system: System, shop: Shop) -> None:
    said = []
    for fault in FAULTS:
        shop.fault(fault)
        polled = system.run("poll", "--once")
        shop.heal()
        assert polled.returncode == 1
        assert re.fullmatch(r"ringback: The store is unreadable: [A-Z].{15,}\.\n", polled.stderr), polled.stderr
        said.append(polled.stderr)

    assert len(set(said)) == len(FAULTS)


def test_nothing_is_concluded_from_wrong_answers_and_afterwards_everything_arrives(
    system: System, shop: Shop, orders: dict[str, int], mail: MailServer
) -> None:
    routed = {number: row["route"] for number, row in system.by_order("carts").items()}
    shop.fault("captcha")
    try:
        new = [shop.place(customer(f"new-{number}"), (LP, 1))["id"] for number in range(3)]
        shop.do("pay", order_id=orders["yuri"])
        said = system.output.count("store 1 is unreadable")
        eventually(lambda: system.output.count("store 1 is unreadable") > said, "the log says it")
        assert {number: row["route"] for number, row in system.by_order("carts").items()} == routed
        assert orders["yuri"] in system.by_order("calls")
        assert mail.accepted() == []
    finally:
        shop.heal()

    eventually(lambda: set(new) <= set(system.by_order("carts")), "what was left meanwhile arrives")
    eventually(lambda: orders["yuri"] not in system.by_order("calls"), "who paid meanwhile has left the queue")


def is_moment(text: str) -> bool:
    """Whether it is a moment with a time zone, as programs read it."""
    return datetime.fromisoformat(text).tzinfo is not None
