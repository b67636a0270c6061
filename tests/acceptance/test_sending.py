"""From a store's orders to messages that arrive: once, in two parts, and never to somebody who has paid."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.mail import Accepted, MailServer
from tests.acceptance.processes import eventually
from tests.acceptance.shop import BRUSH, LP, TURNTABLE, Shop, customer
from tests.acceptance.system import OWNER, PASSWORD, System, opened
from tests.acceptance.visitor import Visitor

HOUR = 3600
NAMES = ("ann", "bea", "cid", "dot", "eve", "fay")


@pytest.fixture(scope="module")
def shop(folder: Path, database: dict[str, str]) -> Iterator[Shop]:
    """The sample store with nobody's orders in it."""
    it = Shop(folder, "--no-people")
    yield it
    it.stop()


@pytest.fixture(scope="module")
def orders(shop: Shop) -> dict[str, int]:
    """Small carts left an hour ago, and one that is worth a call."""
    found = {name: shop.place(customer(name), (LP, 1), (BRUSH, 2), ago_seconds=HOUR)["id"] for name in NAMES}
    found["hal"] = shop.place(customer("hal"), (LP, 1), ago_seconds=HOUR / 3)["id"]  # not due yet
    billing = customer("gil", phone="312-555-0160")
    return found | {"gil": shop.place(billing, (TURNTABLE, 1), ago_seconds=26 * HOUR)["id"]}


@pytest.fixture(scope="module")
def live(
    folder: Path, database: dict[str, str], shop: Shop, mail: MailServer, orders: dict[str, int]
) -> Iterator[System]:
    """Connected and composed; then two customers pay quietly; then told to go live."""
    environ = {**shop.environment(), **database, "SIDECAR_SMTP_URL": mail.url}
    environ["SIDECAR_MAIL_FROM"] = "Aurora Audio <hello@example.com>"
    data_dir = folder / ("postgres" if database else "sqlite")
    data_dir.mkdir()
    it = System(data_dir, environ)
    it.set(outreach__backlog_within="7d", routing__call_threshold="USD=300", sender__reply_to="help@example.com")
    with opened(it):
        eventually(lambda: _states(it)["due"] == len(NAMES), "everybody's message is composed")
        assert _reasons(it) == {"not_live"}
        # Both payments leave the modified date as it was, so no poll sees them; only the last look at the order can.
        shop.do("pay", order_id=orders["eve"], bump=False)
        shop.do("pay", order_id=orders["fay"], bump=False)
        assert mail.accepted() == []
        assert "is live" in it.command("go-live")
        eventually(lambda: _reasons(it) == set(), "nothing waits any more")
        yield it


def _states(system: System) -> Counter[str]:
    return Counter(row["state"] for row in system.listing("messages"))


def _reasons(system: System) -> set[str]:
    return {row["reason"] for row in system.listing("messages") if row["state"] == "due"}


def to(mail: MailServer, name: str) -> list[Accepted]:
    """What this customer got."""
    return [one for one in mail.accepted() if one.to == f"{name}@example.com"]


def test_small_carts_message_arrives_once_with_text_and_html(
    live: System, mail: MailServer, orders: dict[str, int]
) -> None:
    eventually(lambda: len(mail.accepted()) >= 4, "four have arrived")
    time.sleep(5)  # two more looks of the sender

    assert [len(to(mail, name)) for name in ("ann", "bea", "cid", "dot")] == [1, 1, 1, 1]
    message = to(mail, "ann")[0].mail
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    for part in (plain.get_content(), html.get_content()):
        assert "Ann" in part
        assert "Night Ferry" in part
        assert "/u/" in part, "a way to say stop"
    assert "Carbon record brush" in plain.get_content()
    assert message["Reply-To"] == "help@example.com"
    assert message["From"].addresses[0].addr_spec == "hello@example.com"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    row = live.by_order("messages")[orders["ann"]]
    assert (row["state"], row["to"], row["reason"]) == ("sent", "ann@example.com", None)
    assert row["sent_at"]
    assert message["Message-ID"] == f"<{row['provider_id']}>"
    assert live.by_order("carts")[orders["ann"]]["state"] == "contacted"


def test_cart_paid_just_before_is_not_written_to_though_its_modified_date_stood_still(
    live: System, mail: MailServer, orders: dict[str, int]
) -> None:
    messages, carts = live.by_order("messages"), live.by_order("carts")

    for name in ("eve", "fay"):
        assert to(mail, name) == []
        assert (messages[orders[name]]["state"], messages[orders[name]]["reason"]) == ("cancelled", "paid")
        assert carts[orders[name]]["state"] == "recovered"


def test_valuable_cart_is_called_and_not_written_to(live: System, mail: MailServer, orders: dict[str, int]) -> None:
    assert live.by_order("carts")[orders["gil"]]["route"] == "call"
    assert orders["gil"] in live.by_order("calls")
    assert to(mail, "gil") == []


def test_change_of_a_setting_decides_anew_and_nothing_leaves_during_a_pause(
    live: System, mail: MailServer, orders: dict[str, int]
) -> None:
    assert live.by_order("messages")[orders["hal"]]["state"] == "planned"

    live.command("pause")
    live.set(outreach__first_after="15m")
    seconds = eventually(lambda: _reasons(live) == {"paused"}, "it is due, and waits for the end of the pause")
    assert seconds < 30
    assert to(mail, "hal") == []
    live.command("resume")

    eventually(lambda: len(to(mail, "hal")) == 1, "it leaves")


def test_link_in_the_mail_says_stop_for_good(live: System, mail: MailServer) -> None:
    eventually(lambda: bool(to(mail, "bea")), "it has arrived")
    link = str(to(mail, "bea")[0].mail["List-Unsubscribe"]).strip("<>")
    visitor = Visitor(live.url)

    asked = visitor.look(link)
    assert asked.status == 200
    done = visitor.submit(asked, link.removeprefix(live.url))

    assert done.status == 200
    owner = Visitor(live.url)
    owner.sign_in(OWNER, PASSWORD)
    assert "bea@example.com" in owner.look("/outbox").text


def test_owner_sees_on_the_outbox_what_was_sent_and_why_not(live: System) -> None:
    owner = Visitor(live.url)
    owner.sign_in(OWNER, PASSWORD)

    page = owner.look("/outbox")

    assert page.status == 200
    assert "ann@example.com" in page.text
    assert "eve@example.com" in page.text
