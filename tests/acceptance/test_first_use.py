"""A start with nothing set: the set-up page makes the owner and connects the store. Then a rep calls, for real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.mail import MailServer
from tests.acceptance.processes import eventually
from tests.acceptance.shop import KEY, SECRET, Shop
from tests.acceptance.system import OWNER, PASSWORD, System, opened
from tests.acceptance.visitor import Page, Visitor


@pytest.fixture(scope="module")
def database() -> dict[str, str]:
    """SQLite; what differs between the databases is tried elsewhere."""
    return {}


@pytest.fixture(scope="module")
def system(folder: Path, mail: MailServer) -> Iterator[System]:
    """Running, with a mail server and nothing else."""
    data_dir = folder / "first"
    data_dir.mkdir()
    environ = {
        "SIDECAR_ALLOW_LOCAL_STORES": "1",
        "SIDECAR_SMTP_URL": mail.url,
        "SIDECAR_MAIL_FROM": "Aurora Audio <hello@example.com>",
    }
    with opened(System(data_dir, environ, has_owner=False)) as it:
        yield it


@pytest.fixture(scope="module")
def owner(system: System) -> Visitor:
    """Whoever read the log, with the account made on the set-up page."""
    eventually(lambda: "/setup?token=" in system.output, "the link is printed")
    found = re.search(r"(http://\S+/setup\?token=\S+)", system.output)
    assert found
    visitor = Visitor(system.url)
    asked = visitor.look(found[1])
    refused = visitor.submit(asked, "/setup", name="Olive Grant", email=OWNER, password="short")
    assert (refused.status, "There is a problem" in refused.text) == (422, True)
    made = visitor.submit(refused, "/setup", name="Olive Grant", email=OWNER, password=PASSWORD)
    assert made.url == f"{system.url}/setup/store"
    return visitor


@pytest.fixture(scope="module")
def connected(system: System, owner: Visitor, shop: Shop) -> System:
    """With its store, whose keys were pasted, and everything read and decided."""
    said = paste(owner, shop.url, KEY, SECRET)
    assert said.status == 200, said.text
    assert "Connected" in said.text
    assert "WooCommerce" in said.text
    eventually(lambda: len(system.listing("carts")) > 100, "the carts are there")
    eventually(lambda: all(row["route"] for row in system.listing("carts")), "everything is decided")
    eventually(lambda: any(row["state"] == "ready" for row in system.listing("calls")), "somebody can be called")
    return system


def paste(owner: Visitor, url: str, key: str, secret: str) -> Page:
    """Sends the form with the store's address and keys."""
    return owner.submit(owner.look("/setup/store"), "/setup/store", url=url, key=key, secret=secret)


def test_without_the_link_nobody_sets_up(system: System) -> None:
    stranger = Visitor(system.url)

    assert stranger.look("/setup").status == 403
    assert stranger.look("/setup?token=made-up").status == 403
    assert stranger.look("/queue").url.startswith(system.url)
    assert "Create your account" not in stranger.look("/sign-in").text


def test_wrong_keys_are_said_beside_the_form_and_are_not_kept(system: System, owner: Visitor, shop: Shop) -> None:
    wrong = paste(owner, shop.url, KEY, "cs_" + "9" * 40)
    assert wrong.status == 422
    assert "The store cannot be read" in wrong.text
    assert "secret" in wrong.text.lower()
    odd = paste(owner, shop.url, "key", SECRET)
    assert (odd.status, "must start with ck_" in odd.text) == (422, True)

    assert "No store is connected" in system.run("poll", "--once").stderr
    assert "9" * 40 not in wrong.html


def test_pasted_keys_connect_the_store_and_the_link_is_gone(connected: System, owner: Visitor) -> None:
    home = owner.look("/")

    assert home.status == 200
    assert "Aurora Audio" in home.text
    assert owner.look("/setup").url == f"{connected.url}/"
    assert not (Path(connected.environ["SIDECAR_DATA_DIR"]) / "setup.token").exists()


def test_calls_can_only_be_practised_before_going_live(connected: System, owner: Visitor) -> None:
    page = taken(owner)

    assert "Practice: the store is not live" in page.text
    assert not [form for form in page.forms if form.action.endswith("/dial")]


def test_order_paid_quietly_is_noticed_before_the_number_rings(connected: System, owner: Visitor, shop: Shop) -> None:
    connected.command("go-live")
    page = taken(owner)
    held = next(row["order_id"] for row in connected.listing("calls") if row["claimed_by"])

    shop.do("pay", order_id=held, bump=False)
    rung = owner.submit(page, f"/calls/{page.task}/dial", in_place=True)

    assert rung.status == 409
    assert "Paid just now, no call needed" in rung.text
    assert 'href="tel:' not in rung.html
    assert held not in connected.by_order("calls") or connected.by_order("calls")[held]["state"] == "wrap_up"
    assert connected.by_order("carts")[held]["state"] == "recovered"


def test_call_that_is_right_rings_and_is_told_in_the_carts_story(connected: System, owner: Visitor) -> None:
    page = taken(owner)
    task = page.task
    held = next(row["order_id"] for row in connected.listing("calls") if row["claimed_by"])

    rung = owner.submit(page, f"/calls/{task}/dial", in_place=True)
    assert rung.status == 200
    assert 'href="tel:+' in rung.html
    assert connected.by_order("calls")[held]["state"] == "in_call"
    assert owner.submit(rung, f"/calls/{task}/end", in_place=True).status == 200
    saved = owner.submit(page, f"/calls/{task}/save", in_place=True, outcome="left_voicemail", note="Rang once.")

    assert saved.task != task
    row = connected.by_order("calls")[held]
    assert (row["state"], row["attempts"]) == ("waiting", 1)
    carts = owner.look(f"/carts?q={held}")
    story = owner.look(next(link for link in carts.links if re.fullmatch(r"/carts/\d+", link)))
    assert "Olive called: left voicemail" in story.text
    assert "Rang once." in story.text


def taken(owner: Visitor) -> Page:
    """The desk with a card on it that can be called about."""
    page = owner.look("/queue")
    if not page.task or "No call needed" in page.text:
        page = owner.submit(page, "/queue/next")
    assert page.task, page.text
    return page
