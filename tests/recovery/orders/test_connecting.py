"""The result panel: what the store answers, in lines a person can act on."""

from __future__ import annotations

from dataclasses import replace

from sidecar.db import transaction
from sidecar.ports import StoreFacts
from sidecar.recovery.orders.connecting import lines_of, probe_store
from sidecar.stores.connection import connect
from tests.factories import VAULT
from tests.recovery.answers.linked import linked_store

FACTS = StoreFacts(
    name="Aurora",
    url="https://shop.example.com",
    timezone="",
    gmt_offset_minutes=330,
    currency="USD",
    country="US:NY",
    address="1 Main St, New York, NY 10001, US",
    hold_stock_minutes=0,
    wc_version="10.9.1",
    statuses=("pending", "failed", "in-production"),
    can_write=None,
    auth="query",
)


def texts(lines, tone):
    return " | ".join(line.text for line in lines if line.tone == tone)


def test_store_that_answers_says_what_it_is(app):
    with linked_store(app) as shop:
        lines = probe_store(shop.id, gateways=shop.gateways, clock=shop.clock)
        row = shop.row

        fine = texts(lines, "ok")
        for said in (
            "Store: Aurora Audio",
            "Can read orders",
            "Can make coupons",
            "WooCommerce 10.0.2",
            "Currency: USD",
        ):
            assert said in fine
        assert "Time zone: America/New_York" in fine
        assert "after 60 minutes" in fine
        assert "no https" in texts(lines, "warn")
        assert (row.name, row.can_write, row.hold_stock_minutes) == ("Aurora Audio", True, 60)
        assert shop.rings.rung == ["poll"]


def test_read_only_key_is_said_with_what_it_costs(app):
    with linked_store(app) as shop:
        with transaction():
            connect(shop.store.url, *shop.store.read_only, vault=VAULT, now=shop.clock())
        lines = probe_store(shop.id, gateways=shop.gateways, clock=shop.clock)

        assert "may only read" in texts(lines, "warn")
        assert texts(lines, "fail") == ""


def test_store_that_does_not_answer_is_one_line_with_what_to_do(app):
    with linked_store(app) as shop:
        with transaction():
            connect(shop.store.url, *shop.store.without_rights, vault=VAULT, now=shop.clock())
        lines = probe_store(shop.id, gateways=shop.gateways, clock=shop.clock)

        assert [line.tone for line in lines] == ["fail"]
        assert "administrator or a shop manager" in lines[0].text
        assert shop.row.unreadable_reason == lines[0].text


def test_address_that_is_not_allowed_is_a_line_too(app):
    with linked_store(app) as shop:
        shop.opener._allow_local = False
        lines = probe_store(shop.id, gateways=shop.gateways, clock=shop.clock)

        assert lines[0].text == "Store address must start with https://"


def test_what_cannot_be_seen_is_said():
    unseen = replace(
        FACTS, wc_version=None, currency=None, address=None, hold_stock_minutes=None, statuses=("pending",)
    )
    warned = texts(lines_of(unseen), "warn")

    for said in ("version cannot be seen", "Currency cannot be seen", "Address cannot be seen", "By default after 60"):
        assert said in warned
    assert "Whether the key may make coupons cannot be seen" in warned


def test_what_the_owner_should_know_is_said():
    lines = lines_of(FACTS)

    assert "from Place order on" in texts(lines, "warn")
    assert "in-production" in texts(lines, "warn")
    assert "removes the Authorization header" in texts(lines, "warn")
    assert "UTC+5:30" in texts(lines, "ok")
    assert "never cancels" in texts(lines, "ok")
