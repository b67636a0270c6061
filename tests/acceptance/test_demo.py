"""The demo, as somebody meets it who has just typed `bin/run demo`: without a browser's scripts, and with."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.acceptance.processes import eventually
from tests.acceptance.system import System, opened
from tests.acceptance.visitor import Page, Visitor

LINK = r"Sign in as the {role} \(once\): (http://127\.0\.0\.1:\d+/link/[\w-]+)"
NEAR = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(scope="module")
def noted(folder: Path) -> Path:
    """Every address that a process of the demo has asked for."""
    return folder / "addresses"


@pytest.fixture(scope="module")
def demo(folder: Path, noted: Path) -> Iterator[System]:
    """Running; the environment names a mail server and a store, which the demo must not use."""
    data_dir = folder / "demo"
    data_dir.mkdir()
    environ = {
        "NOTED_ADDRESSES": str(noted),
        "SIDECAR_SMTP_URL": "smtp://mail.example.com:25?tls=starttls",
        "SIDECAR_MAIL_FROM": "hello@example.com",
        "SIDECAR_IMAP_URL": "imaps://u:p@mail.example.com/INBOX",
        "SIDECAR_TWILIO_ACCOUNT_SID": "AC0",
    }
    with opened(System(data_dir, environ, "demo")) as it:
        for name in ("SIDECAR_SMTP_URL", "SIDECAR_MAIL_FROM", "SIDECAR_IMAP_URL", "SIDECAR_TWILIO_ACCOUNT_SID"):
            del it.environ[name]  # the command line is asked without them
        eventually(lambda: "The sample store is at" in it.output, "it says where everything is")
        eventually(lambda: sum(row["state"] == "ready" for row in it.listing("calls")) >= 5, "five can be called")
        eventually(lambda: any(row["state"] == "due" for row in it.listing("messages")), "messages are composed")
        yield it


@pytest.fixture(scope="module")
def rep(demo: System) -> Visitor:
    """The rep, signed in by the link that was printed."""
    it = Visitor(demo.url)
    it.follow_link(link(demo, "rep"))
    return it


def link(demo: System, role: str) -> str:
    """The one-time link that the start printed."""
    found = re.search(LINK.format(role=role), demo.output)
    assert found, demo.output
    return found[1]


def save(rep: Visitor, page: Page, *, in_place: bool, **form: str) -> Page:
    """Wraps the call on the page up."""
    return rep.submit(page, f"/calls/{page.task}/save", in_place=in_place, **form)


def test_links_lead_each_role_to_its_home_and_work_once(demo: System, rep: Visitor) -> None:
    owner = Visitor(demo.url)

    assert owner.follow_link(link(demo, "owner")).url == f"{demo.url}/"
    assert rep.look("/").url == f"{demo.url}/queue"
    assert Visitor(demo.url).look(link(demo, "owner")).status == 410
    assert Visitor(demo.url).look("/queue").url.startswith(f"{demo.url}/sign-in")


def test_queue_shows_ranked_carts_with_reasons(demo: System, rep: Visitor) -> None:
    page = rep.look("/queue")
    listed = [row for row in demo.listing("calls") if row["state"] == "ready"]

    rows = [" ".join(row.split()) for row in page.marked["queue-row"]]
    assert len(rows) >= 5
    assert all(re.search(r"[$€£]\s?[\d,]+", row) for row in rows), rows
    assert all(len(row.split()) > 5 for row in rows), "each row says a fact"
    assert len(listed) >= len(rows) - 2
    assert all(row["why"].count(".") >= 2 for row in listed)


def test_rep_claims_wraps_up_and_gets_the_next_in_the_same_answer(demo: System, rep: Visitor) -> None:
    first = rep.submit(rep.look("/queue"), "/queue/next", in_place=True)
    assert first.status == 200
    assert first.task
    assert " ".join(first.marked["card-why"]).strip()
    claimed = [row for row in demo.listing("calls") if row["claimed_by"]]
    assert [(row["state"], row["claimed_by"]) for row in claimed] == [("claimed", "rep@example.com")]

    second = save(rep, first, in_place=True, outcome="no_answer")

    assert second.status == 200
    assert second.task
    assert second.task != first.task
    calls = {row["order_id"]: row for row in demo.listing("calls")}
    assert calls[claimed[0]["order_id"]]["attempts"] == 1
    assert calls[claimed[0]["order_id"]]["state"] == "waiting"
    assert [row["order_id"] for row in calls.values() if row["state"] == "claimed"] != [claimed[0]["order_id"]]


def test_everything_works_without_scripts(demo: System, rep: Visitor) -> None:
    page = rep.look("/queue")
    if not page.task:
        page = rep.submit(page, "/queue/next")
    task = page.task
    assert task

    refused = save(rep, page, in_place=False, outcome="not_interested")
    assert refused.status == 422
    assert "There is a problem" in refused.text
    after = save(rep, refused, in_place=False, outcome="left_voicemail", note="Rang twice, then voicemail.")

    assert after.url.startswith(f"{demo.url}/queue")
    assert after.task != task


def test_saving_needs_the_forms_own_token(demo: System, rep: Visitor) -> None:
    page = rep.look("/queue")
    if not page.task:
        page = rep.submit(page, "/queue/next")

    page.form(f"/calls/{page.task}/save").fields["csrf_token"] = "made up"
    refused = save(rep, page, in_place=False, outcome="no_answer")

    assert refused.status in (400, 403)
    assert rep.look("/queue").task == page.task


def test_order_paid_on_the_stores_own_page_leaves_the_queue_within_90_seconds(demo: System) -> None:
    found = re.search(r"The sample store is at (\S+)", demo.output)
    assert found, demo.output
    order_id = pay_for_one(found[1], [row["order_id"] for row in demo.listing("calls") if row["state"] == "ready"])

    began = time.monotonic()
    eventually(lambda: order_id not in demo.by_order("calls"), "it leaves the queue", 90)

    assert time.monotonic() - began < 90
    assert demo.by_order("carts")[order_id]["state"] == "recovered"


def pay_for_one(store: str, order_ids: list[int]) -> int:
    """Pays for one of these orders as a guest does, who is asked for the e-mail address first; which it was."""
    buyer = Visitor(store)
    for order_id in order_ids:
        order = requests.get(f"{store}/_control/orders/{order_id}", timeout=10).json()
        path = f"/checkout/order-pay/{order_id}/"
        page = buyer.look(f"{path}?pay_for_order=true&key={order['key']}")
        if "verify the email address" not in page.text:  # an account's: those log in
            continue
        page = buyer.submit(page, path, email=order["email"])
        thanks = buyer.submit(page, path, payment_method="local_card:tok_ok")
        assert "order-received" in thanks.url, thanks.text
        return order_id
    raise AssertionError("no order of a guest is in the queue")


def test_outbox_shows_composed_messages_and_nothing_was_sent(demo: System) -> None:
    messages = demo.listing("messages")
    owner = Visitor(demo.url)
    owner.follow_link(demo.command("user", "link", "owner@example.com").strip())

    page = owner.look("/outbox")

    waiting = [row for row in messages if row["state"] == "due"]
    assert len(waiting) >= 5
    assert {row["reason"] for row in waiting} == {"not_live"}
    assert all(row["subject"] for row in waiting)
    assert [row for row in messages if row["sent_at"] or row["state"] in ("sending", "sent", "review")] == []
    assert page.status == 200
    assert sum(row["to"] in page.text for row in waiting) >= 5


def test_demo_cannot_go_live(demo: System) -> None:
    done = demo.run("go-live")

    assert done.returncode == 1
    assert "SIDECAR_SMTP_URL" in done.stderr


def test_nothing_left_the_machine(demo: System, noted: Path) -> None:
    asked = set(noted.read_text(encoding="utf-8").split())

    assert "127.0.0.1" in asked, "the store was asked"
    assert {place for place in asked if place not in NEAR and not place.startswith("/")} == set()
