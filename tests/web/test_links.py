"""The link in a message leads to where the order can be paid at the moment of the click, and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from sidecar import clock
from sidecar.carts.cart import Cart, CartEvent
from sidecar.db import session, transaction
from sidecar.errors import GatewayError
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.message import Message
from sidecar.settings import put
from sidecar.stores.connection import Store
from sidecar.web import links
from sidecar.web.openings import Openings
from tests.factories import a_line, an_order, make_cart, make_contact, make_store
from tests.shop import Shop
from tests.web.linking import BROWSER, clicks, sent_message

PAY_PAGE = "https://shop.example.com/pay/501"
REBUILT = "https://shop.example.com/checkout-link/?products=11:1"
Get = Callable[..., TestResponse]


@pytest.fixture
def shop(app: Flask) -> Shop:
    """Dana's order 501 of five minutes ago, unpaid, with one turntable."""
    found = Shop()
    now, five = clock.now(), timedelta(minutes=4, seconds=59)  # as new as what we know, or newer
    found.put(an_order(501, now=now, age=five, email="p1@example.com", phone="", lines=(a_line(options=""),)))
    outside = app.extensions["ringback.gateways"]
    app.extensions["ringback.gateways"] = replace(outside, stores=found)
    return found


@pytest.fixture
def token(shop: Shop) -> str:
    """The secret of the reminder that Dana got a minute ago."""
    now = clock.now()
    with transaction():
        store = make_store(now=now)
        dana = make_contact(store, now=now, email="p1@example.com", phone="", phone_e164="")
        return sent_message(make_cart(store, dana, 501, now=now, age=timedelta(minutes=5)), now=now)


@pytest.fixture
def click(visit: Any, token: str) -> Get:
    """Opens the link as Dana's browser does; `headers` and `method` may differ."""

    def open_it(path: str = "", method: str = "GET", **headers: str) -> TestResponse:
        sent = BROWSER | {name.replace("_", "-"): text for name, text in headers.items()}
        answer: TestResponse = visit().open(path or f"/c/{token}", method=method, headers=sent)
        return answer

    return open_it


def told() -> list[str]:
    return list(session().scalars(select(CartEvent.text).where(CartEvent.kind == "clicked")))


def change(**values: Any) -> None:
    with transaction():
        cart = session().scalars(select(Cart)).one()
        for name, value in values.items():
            setattr(cart, name, value)


def test_fresh_unpaid_order_leads_to_its_pay_page_and_is_told(click: Get, shop: Shop) -> None:
    answer = click()

    assert (answer.status_code, answer.location) == (302, PAY_PAGE)
    assert shop.asked > 0, "the order was read anew"
    assert clicks() == [("person", "pay_page")]
    assert len(told()) == 1
    assert told()[0].endswith("and came to the pay page.")


def test_answer_says_nothing_to_others_and_leaves_nothing_behind(click: Get) -> None:
    answer = click()

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert "example.com" not in str(answer.request.path)


def test_order_cancelled_a_moment_ago_is_rebuilt(click: Get, shop: Shop) -> None:
    shop.change(501, status="cancelled", needs_payment=False)  # we do not know it yet

    assert click().location == REBUILT
    assert clicks() == [("person", "rebuilt_cart")]


def test_order_paid_a_moment_ago_says_so_with_a_way_to_the_store(click: Get, shop: Shop) -> None:
    shop.change(501, status="processing", needs_payment=False, paid_at=clock.now())

    page = click()

    assert page.status_code == 200
    assert "already paid" in page.text
    assert 'href="https://shop.example.com/"' in page.text
    assert session().scalars(select(Cart)).one().state == "recovered"
    assert clicks() == [("person", "thanks")]


def test_old_guest_order_leads_to_its_pay_page_unless_the_owner_spares_guests_the_question(
    click: Get, shop: Shop
) -> None:
    hour_ago = clock.now() - timedelta(hours=1)
    change(ordered_at=hour_ago)
    shop.change(501, created_at=hour_ago)
    assert click().location == PAY_PAGE
    with transaction():
        put(session().scalars(select(Store.id)).one(), "outreach.skip_email_check", "on", by="test", now=clock.now())
    assert click().location == REBUILT


@pytest.mark.parametrize(
    "coupons",
    [
        [("reminder-1", "OLD", "active", -1), ("reminder-2", "GONE", "removed", 2), ("call", "DANA-7K", "active", 2)],
        [("reminder-1", "DANA-7K", "active", 2), ("call", "NEWER", "active", 2)],
    ],
    ids=["the one that works", "the one this message spoke of"],
)
def test_coupon_made_for_this_person_is_in_the_rebuilt_cart(click: Get, coupons: list[tuple[Any, ...]]) -> None:
    now = clock.now()
    with transaction():
        cart = session().scalars(select(Cart)).one()
        whose = {"store_id": cart.store_id, "cart_id": cart.id, "contact_id": cart.contact_id, "email": cart.email}
        for offer, code, state, days in coupons:
            more = {"kind": "percent", "created_at": now, "expires_at": now + timedelta(days=days)}
            session().add(Coupon(**whose, **more, offer=offer, code=code, state=state))

    assert click().location == f"{REBUILT}&coupon=DANA-7K"


def test_store_that_does_not_answer_costs_two_seconds_and_not_the_way_to_pay(
    click: Get, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "READ_SECONDS", 0.2)
    answered = threading.Event()
    shop.meanwhile = lambda: (answered.wait(30) and None) or None
    began = clock.now()

    answer = click()

    assert answer.location == PAY_PAGE
    assert clock.now() - began < timedelta(seconds=15)
    answered.set()
    for thread in threading.enumerate():
        if thread.name == "reading for a click":
            thread.join(10)


def test_unreadable_store_leads_by_what_we_know(click: Get, shop: Shop) -> None:
    shop.broken = GatewayError("The store is down.", code="down")
    assert click().location == PAY_PAGE


@pytest.mark.parametrize("query", ["?url=https://evil.example", "?products=9:1", "?coupon=FREE", "?next=//evil.test"])
def test_nothing_in_the_request_has_a_part_in_the_address(click: Get, token: str, query: str) -> None:
    answer = click(f"/c/{token}{query}", X_Forwarded_Host="evil.example", Host="evil.example")
    assert answer.location == PAY_PAGE


def test_pay_page_elsewhere_is_never_led_to(click: Get, shop: Shop) -> None:
    change(payment_url="https://evil.example/pay/501")
    shop.change(501, payment_url="https://evil.example/pay/501")
    assert click().location == REBUILT


def test_head_and_scanners_get_the_way_and_count_as_nobody(click: Get, shop: Shop) -> None:
    head, robot = click(method="HEAD"), click(User_Agent="python-requests/2.34")
    ahead = click(Sec_Purpose="prefetch;prerender")
    assert [one.location for one in (head, robot, ahead)] == [PAY_PAGE] * 3
    assert head.data == b""
    assert {by for by, _ in clicks()} == {"scanner"}
    assert told() == []
    assert shop.asked == 0, "a program is not worth a question to the store"


def test_click_seconds_after_sending_counts_as_a_scanners(click: Get) -> None:
    with transaction():
        session().scalars(select(Message)).one().sent_at = clock.now() - timedelta(seconds=4)
    assert click().location == PAY_PAGE
    assert clicks() == [("scanner", "pay_page")]


def test_message_whose_arrival_was_in_doubt_has_arrived_when_a_person_opens_it(click: Get) -> None:
    with transaction():
        message = session().scalars(select(Message)).one()
        message.state, message.sent_at, message.data_started_at = "review", None, clock.now() - timedelta(minutes=3)
    assert click().location == PAY_PAGE
    assert clicks() == [("person", "pay_page")]


def test_message_that_is_being_handed_over_was_opened_by_a_program(click: Get) -> None:
    with transaction():
        message = session().scalars(select(Message)).one()
        message.state, message.sent_at, message.data_started_at = "sending", None, clock.now() - timedelta(minutes=3)
    assert click().location == PAY_PAGE
    assert clicks() == [("scanner", "pay_page")]


def test_pressing_twice_is_one_click(click: Get) -> None:
    click()
    click()
    assert clicks() == [("person", "pay_page")]
    assert len(told()) == 1


def test_all_links_of_a_message_at_once_were_opened_by_a_program_the_first_too(
    app: Flask, click: Get, token: str
) -> None:
    app.extensions["ringback.openings"] = Openings(lambda: 1000.0)  # however slow this machine is
    click()
    assert clicks() == [("person", "pay_page")]

    click(f"/u/{token}")

    assert clicks() == [("scanner", "pay_page")]
    assert told() == []


def test_link_runs_out_after_fourteen_days_and_its_page_leads_to_the_store(click: Get) -> None:
    with transaction():
        session().scalars(select(Message)).one().sent_at = clock.now() - timedelta(days=14, seconds=1)

    page = click()
    assert page.status_code == 410
    assert "Location" not in page.headers
    assert 'href="https://shop.example.com/"' in page.text
    assert clicks() == [("person", "nowhere")]


@pytest.mark.parametrize("wrong", ["0" * 32, "x", "A" * 32, "%00", "preview/.."])
def test_link_that_is_not_ours_says_what_to_do_and_names_no_shop(click: Get, wrong: str) -> None:
    page = click(f"/c/{wrong}")
    assert page.status_code == 404
    assert "Aurora Audio" not in page.text
    assert clicks() == []


def test_link_of_a_preview_leads_nowhere(click: Get) -> None:
    page = click("/c/preview")
    assert page.status_code == 200
    assert "This is a preview" in page.text
    assert "Location" not in page.headers


def test_whoever_tries_out_links_is_slowed_down_and_customers_are_not(click: Get) -> None:
    answers = [click(f"/c/{number:032x}").status_code for number in range(24)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert click().status_code == 302


def test_one_link_opened_all_the_time_is_slowed_down(click: Get) -> None:
    answers = [click(method="HEAD") for _ in range(33)]
    assert [answers[0].status_code, answers[-1].status_code] == [302, 429]
    assert answers[-1].headers["Retry-After"] == "60"


def test_click_that_cannot_be_written_down_leads_all_the_same(click: Get) -> None:
    with transaction():
        session().execute(text("DROP TABLE click"))
    assert click().location == PAY_PAGE


def test_german_message_leads_to_a_german_page(click: Get, shop: Shop) -> None:
    shop.change(501, status="processing", needs_payment=False, paid_at=clock.now())
    with transaction():
        session().scalars(select(Message)).one().language = "de"
    page = click().text
    assert '<html lang="de">' in page
    assert "schon bezahlt" in page
