"""From a message back to the order: paid through our link even after the store has cancelled it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.acceptance.mail import Accepted, MailServer
from tests.acceptance.processes import eventually
from tests.acceptance.shop import BRUSH, LP, Shop, customer
from tests.acceptance.system import OWNER, PASSWORD, System, opened
from tests.acceptance.visitor import Page, Visitor

MINUTE = 60
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}


@pytest.fixture(scope="module")
def shop(folder: Path, database: dict[str, str]) -> Iterator[Shop]:
    """The sample store with nobody's orders in it."""
    it = Shop(folder, "--no-people")
    yield it
    it.stop()


@pytest.fixture(scope="module")
def order_id(shop: Shop) -> int:
    """Ann's order of 47 minutes ago, placed at the classic checkout: in 13 minutes the store will cancel it."""
    placed = shop.place(customer("ann"), (LP, 1), (BRUSH, 2), ago_seconds=47 * MINUTE, created_via="checkout")
    found: int = placed["id"]
    return found


@pytest.fixture(scope="module")
def live(
    folder: Path, database: dict[str, str], shop: Shop, mail: MailServer, order_id: int
) -> Iterator[System]:
    """Connected, live, and looking into the store as often as it may."""
    environ = {**shop.environment(), **database, "SIDECAR_SMTP_URL": mail.url}
    environ["SIDECAR_MAIL_FROM"] = "Aurora Audio <hello@example.com>"
    data_dir = folder / ("postgres" if database else "sqlite")
    data_dir.mkdir()
    it = System(data_dir, environ)
    it.set(outreach__backlog_within="7d", routing__call_threshold="USD=900", poll__every="10s")
    with opened(it):
        eventually(lambda: bool(it.listing("messages")), "a message is planned")
        assert "is live" in it.command("go-live")
        yield it


@pytest.fixture(scope="module")
def link(live: System, mail: MailServer) -> str:
    """The pay link in Ann's message, as it stands in both parts."""
    eventually(lambda: bool(mail.accepted()), "the message has arrived")
    (message,) = mail.accepted()
    links = {found for part in ("plain", "html") for found in _links(message, part)}
    assert len(links) == 1, links
    found: str = links.pop()
    assert found.startswith(f"{live.url}/c/")
    return found


def _links(message: Accepted, part: str) -> list[str]:
    body = message.mail.get_body((part,))
    assert body is not None
    found = re.findall(r"https?://[^\s\"<>]+/c/[0-9a-f]{32}", body.get_content())
    assert found, f"no pay link in the {part} part"
    return found


def wait_until_read(live: System) -> None:
    """Sooner after the sending than in ten seconds nobody has read it: a click then counts as a program's."""
    eventually(lambda: bool(_sent(live)), "it is written down that the message was sent")
    since = datetime.now(UTC) - datetime.fromisoformat(_sent(live)[0])
    time.sleep(max(0.0, 13 - since.total_seconds()))  # the clocks of two programs differ a little


def _sent(live: System) -> list[str]:
    return [row["sent_at"] for row in live.listing("messages") if row["state"] == "sent"]


def test_message_has_no_picture_that_tells_when_it_is_opened(live: System, link: str, mail: MailServer) -> None:
    html = mail.accepted()[0].mail.get_body(("html",))
    assert html is not None
    pictures = re.findall(r"<img[^>]*src=\"([^\"]+)\"", html.get_content())
    assert [src for src in pictures if src.startswith(live.url) or "/wp-content/uploads/" not in src] == []


def test_order_that_the_store_cancelled_after_60_minutes_is_still_paid_through_our_link(
    live: System, shop: Shop, order_id: int, link: str
) -> None:
    shop.set(clock_ahead_seconds=14 * MINUTE)
    eventually(lambda: shop.order(order_id)["status"] == "cancelled", "the store cancels the order", 20)
    wait_until_read(live)

    checkout = requests.get(link, headers=BROWSER, timeout=30)

    assert [step.status_code for step in checkout.history] == [302, 302]
    assert checkout.url.startswith(f"{shop.url}/checkout/?session=")
    answers = customer("ann") | {"payment_method": "local_card:tok_ok"}
    done = Page(requests.post(checkout.url, data=answers, headers=BROWSER, timeout=30))
    assert "Your order has been received" in done.text
    (new,) = (one for one in shop.orders().values() if one["id"] != order_id)
    assert (new["status"], new["billing"]["email"]) == ("processing", "ann@example.com")
    assert {line["product_id"]: line["quantity"] for line in new["line_items"]} == {LP: 1, BRUSH: 2}

    eventually(lambda: live.by_order("carts")[order_id]["state"] == "recovered", "the old cart counts as recovered")
    owner = Visitor(live.url)
    owner.sign_in(OWNER, PASSWORD)
    carts = [owner.look(one).text for one in owner.look("/carts").links if re.fullmatch(r"/carts/\d+", one)]
    (story,) = (text for text in carts if f"Order {order_id} appeared" in text)
    assert "got the cart rebuilt, ready to pay" in story
    assert f"came back and paid order {new['number']}" in story


def test_link_of_a_paid_order_says_so(live: System, order_id: int, link: str) -> None:
    page = requests.get(link, headers=BROWSER, timeout=30)

    assert page.history == []
    assert page.url == link
    assert "already paid" in page.text
    assert [row["state"] for row in live.listing("messages")].count("sent") == 1
    assert {row["state"] for row in live.listing("messages")} <= {"sent", "cancelled"}, "nobody is written to any more"
