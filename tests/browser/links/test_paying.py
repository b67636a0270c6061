"""A customer's walk in a browser without JavaScript: from the message, by its link, to the payment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from sidecar import clock
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.demo.store import SampleStore, running_store
from sidecar.outreach.delivery import outbox
from sidecar.outreach.message import Message
from sidecar.outreach.sequences import enrollment
from sidecar.outreach.visits import links
from sidecar.outreach.visits.click import Click
from sidecar.stores.connection import find_store
from tests.browser.looking import serious_faults, sideways_scroll
from tests.outreach.making import give_token, one_email
from tests.recovery.answers.linked import Linked, link

pytestmark = pytest.mark.browser

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
FORM = {"first_name": "Dana", "last_name": "Ruiz", "address_1": "12 Elm Street", "city": "New York"}


@pytest.fixture
def store() -> Iterator[SampleStore]:
    with running_store(people=False) as running:
        yield running


@pytest.fixture
def customer(browser: Browser) -> Iterator[Page]:
    """A narrow window without scripts."""
    context = browser.new_context(java_script_enabled=False, user_agent=FIREFOX, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def message_about(linked: Linked, order_id: int, live_url: str, folder: Path) -> Path:
    """The reminder about an order as Dana got it a minute ago, as a file to look at. Call in an app context."""
    linked.poll_all()
    now = clock.now()
    with transaction():
        shop = find_store(linked.id)
        assert shop is not None
        cart = session().scalars(select(Cart).where(Cart.order_id == order_id)).one()
        cart.state, cart.route, cart.decide_at = "abandoned", "sequence", None
        enrollment.enroll(cart, "reminder", settings=one_email(shop), now=now)
        outbox.fill(now=now)
        message = session().scalars(select(Message).where(Message.cart_id == cart.id)).one()
        assert message.state == "due", message.reason_words
        message.state, message.sent_at = "sent", now - timedelta(minutes=1)
        file = folder / "message.html"
        file.write_text(links.put_in(message.html, live_url, give_token(message)), encoding="utf-8")
    return file


def press_the_button(page: Page, message: Path) -> Page:
    """Opens the message and presses its button; the page that comes, in the same window or in another."""
    page.goto(message.as_uri())
    button = page.locator('a[href*="/c/"]').first
    if button.get_attribute("target") != "_blank":
        button.click()
        return page
    with page.context.expect_page() as opened:
        button.click()
    return opened.value


def last_click(app: Flask) -> tuple[str, str]:
    with app.app_context():
        click = session().scalars(select(Click).order_by(Click.id.desc())).first()
        assert click is not None
        return click.by, click.led_to


def test_cancelled_order_is_paid_from_the_message_in_a_rebuilt_cart(
    live_app: Flask, live_url: str, store: SampleStore, customer: Page, tmp_path: Path
) -> None:
    with live_app.app_context():
        linked = link(live_app, store)
        order = linked.place(ago=timedelta(minutes=62), created_via="checkout")
        store.simulator.cancel(order.id, hold_stock=True)
        message = message_about(linked, order.id, live_url, tmp_path)

    checkout = press_the_button(customer, message)

    expect(checkout.get_by_role("heading", name="Checkout")).to_be_visible()
    checkout.get_by_label("Email address").fill(order.billing["email"])
    for name, text in FORM.items():
        checkout.locator(f"#{name}").fill(text)
    checkout.get_by_label("ZIP Code").fill("10001")
    checkout.get_by_role("button", name="Place order").click()
    expect(checkout.get_by_role("heading", name="Order received")).to_be_visible()
    assert last_click(live_app) == ("person", "rebuilt_cart")

    with live_app.app_context():
        linked.poll_all()
        assert linked.carts()[order.id] == "recovered"
    again = press_the_button(customer, message)
    expect(again.get_by_role("heading", name="This order is already paid")).to_be_visible()
    again.get_by_role("link", name="Go to the store").click()
    expect(again.get_by_role("link", name="Aurora Audio").first).to_be_visible()


def test_link_leads_to_the_pay_page_and_its_question(
    live_app: Flask, live_url: str, store: SampleStore, customer: Page, tmp_path: Path
) -> None:
    with live_app.app_context():
        linked = link(live_app, store)
        order = linked.place(ago=timedelta(minutes=62))
        message = message_about(linked, order.id, live_url, tmp_path)

    page = press_the_button(customer, message)

    page.get_by_label("Email address").fill(order.billing["email"])
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("button", name="Pay for order").click()
    expect(page.get_by_role("heading", name="Order received")).to_be_visible()
    assert last_click(live_app) == ("person", "pay_page")
    assert store.orders[order.id].status == "processing"


def test_customer_pages_of_links_have_no_serious_faults(page: Page, live_url: str) -> None:
    for path in ("/c/preview", f"/c/{'0' * 32}"):
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(live_url + path)
        assert serious_faults(page) == []
        assert sideways_scroll(page) == 0
