"""From WooCommerce's JSON to values: recorded orders, and what hostile or broken ones become."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.gateways.woocommerce import facts
from sidecar.gateways.woocommerce.orders import ORDER_FIELDS, read_notes, read_order
from sidecar.ports import Order, SkippedOrder
from tests.gateways.small_server import RECORDINGS


def recorded(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text())["response"]["body"]


def declined(**changes: Any) -> dict[str, Any]:
    return {**recorded("order-from-block-checkout-declined"), **changes}


def usable(row: dict[str, Any]) -> Order:
    found = read_order(row)
    assert isinstance(found, Order), found
    return found


def reason(row: dict[str, Any]) -> str:
    found = read_order(row)
    assert isinstance(found, SkippedOrder)
    return found.reason


def test_recorded_order_becomes_a_value():
    order = usable(declined())

    assert (order.order_id, order.number, order.status, order.currency) == (105, "105", "failed", "USD")
    assert (order.total_minor, order.shipping_minor, order.tax_minor, order.goods_minor) == (3322, 790, 132, 2400)
    assert (order.first_name, order.email, order.phone) == ("Petra", "fay.failed@example.com", "(207) 555-0101")
    assert (order.country, order.state, order.created_via, order.needs_payment) == ("US", "ME", "store-api", True)
    assert order.modified_at == datetime(2026, 11, 22, 1, 26, 45, tzinfo=UTC)
    assert order.paid_at is None
    assert order.payment_url.startswith("http://127.0.0.1:8081/checkout/order-pay/105/")
    assert order.meta["is_vat_exempt"] == "no"
    line = order.lines[0]
    assert (line.name, line.quantity, line.unit_minor, line.total_minor, line.sku) == (
        "Wool Beanie",
        1,
        2400,
        2400,
        "HP-108",
    )
    assert line.image_url.endswith("wool-beanie.png")


def test_every_recorded_order_can_be_used():
    lists = [
        "orders-list-per_page-100",
        "orders-list-status-comma",
        "orders-list-orderby-modified",
        "orders-list-page-2",
    ]
    singles = ["order-get", "order-get-trashed", "draft-01-wcv3-single-before-address", "order-auto-cancelled"]
    rows = [row for name in lists for row in recorded(name) if "line_items" in row] + [
        recorded(name) for name in singles
    ]

    assert len(rows) > 20
    assert [found for row in rows if isinstance(found := read_order(row), SkippedOrder)] == []


def test_only_fields_that_are_read_are_asked_for():
    assert "billing.address_1" not in ORDER_FIELDS
    assert "customer_user_agent" not in ORDER_FIELDS
    asked = {field.partition(".")[0] for field in ORDER_FIELDS.split(",")}
    pruned = {name: value for name, value in declined().items() if name in asked}

    assert usable(pruned) == usable(declined())


def test_yen_comes_with_decimals_and_has_none():
    order = usable(declined(currency="JPY", total="4980.00", shipping_total="500.00", total_tax="0.00"))

    assert (order.total_minor, order.goods_minor) == (4980, 4480)


def test_chosen_options_are_in_words_and_machinery_is_left_out():
    line = declined()["line_items"][0] | {
        "meta_data": [
            {"display_key": "Size", "display_value": "M"},
            {"display_key": "Colour", "display_value": "<p>Walnut &amp; oak</p>\n"},
            {"display_key": "_reduced_stock", "display_value": "1"},
            {"display_key": "Engraving", "display_value": {"text": "To Dana"}},
            {"key": 7, "value": "x"},
        ],
        "quantity": 3,
        "total": "100.00",
    }
    found = usable(declined(line_items=[line])).lines[0]

    assert found.options == "M, Walnut & oak"
    assert found.unit_minor == 3333


def test_hostile_names_stay_as_they_came_without_what_no_database_keeps():
    billing = declined()["billing"] | {"first_name": "<script>alert(1)</script>\x00", "last_name": "=cmd()\ud800‮"}
    order = usable(declined(billing=billing))

    assert order.first_name == "<script>alert(1)</script>"
    assert order.last_name == "=cmd()?‮"
    order.last_name.encode("utf-8")


def test_fields_of_ten_thousand_letters_are_cut_or_left_out():
    long = "a" * 10_000
    billing = declined()["billing"] | {"first_name": long, "email": f"{long}@example.com", "phone": "5" * 10_000}
    order = usable(declined(billing=billing, customer_note=long, payment_url=f"https://shop.example.com/{long}"))

    assert len(order.first_name) == 200
    assert len(order.customer_note) == 2000
    assert (order.email, order.phone, order.payment_url) == ("", "", "")  # a cut one would be another one


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": None}, "id is missing"),
        ({"id": True}, "id is no number"),
        ({"id": 2**63}, "id is no number"),
        ({"currency": ""}, "currency is missing"),
        ({"currency": "POINTS"}, "the currency POINTS is not known"),
        ({"status": None}, "status is missing"),
        ({"total": "a lot"}, "total is no amount: a lot"),
        ({"total": None}, "total is missing"),
        ({"total": True}, "total is no amount"),
        ({"date_created_gmt": None}, "date_created_gmt is missing"),
        ({"date_modified_gmt": "yesterday"}, "date_modified_gmt is no date: yesterday"),
        ({"billing": "none"}, "billing is no object"),
        ({"line_items": "two"}, "line_items is no list"),
        ({"line_items": [{"name": "x"}]}, "quantity is no number"),
        ({"line_items": [{"name": "x", "quantity": -1}]}, "quantity is no number it could be"),
        ({"customer_note": {"a": 1}}, "customer_note is no text"),
    ],
)
def test_order_that_cannot_be_used_is_skipped_with_the_reason(changes, says):
    assert says in reason(declined(**changes))


@pytest.mark.parametrize(
    "missing", ["number", "payment_url", "customer_note", "meta_data", "coupon_lines", "line_items"]
)
def test_missing_keys_that_can_be_done_without_are_done_without(missing):
    row = declined()
    del row[missing]

    assert usable(row).order_id == 105


def test_odd_shapes_of_php_are_understood():
    order = usable(declined(billing=[], meta_data={"1": {"key": "a", "value": True}, "2": {"key": "b", "value": [1]}}))

    assert order.email == ""
    assert order.meta == {"a": "yes"}


def test_draft_without_lines_is_an_order_without_lines():
    order = usable(declined(line_items=[], total="0.00", shipping_total="", total_tax="0", status="checkout-draft"))

    assert (order.lines, order.total_minor, order.shipping_minor) == ((), 0, 0)


def test_goods_sold_by_weight_keep_their_price():
    line = declined()["line_items"][0] | {"quantity": 1.5, "total": "30.00"}
    found = usable(declined(line_items=[line])).lines[0]

    assert (found.quantity, found.unit_minor, found.total_minor) == (2, 2000, 3000)


@given(
    st.dictionaries(
        st.sampled_from(sorted(declined())),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=30)
        | st.lists(st.integers() | st.none())
        | st.dictionaries(st.text(), st.text()),
    )
)
def test_whatever_an_order_holds_it_is_a_value_or_has_a_reason(changes):
    found = read_order(declined(**changes))

    assert isinstance(found, Order) or found.reason.startswith("The store's record")


def test_notes_come_oldest_first_and_tell_who_wrote_them():
    notes = read_notes(recorded("order-from-block-checkout-declined-notes"))

    assert notes[1].text.startswith("Local card payment failed (card_declined)")
    assert all(note.by_system for note in notes)
    mixed = read_notes([*recorded("notes-list"), {"id": 1, "author": "x", "date_created_gmt": "never", "note": "?"}])
    assert [(note.author, note.by_system) for note in mixed] == [("WooCommerce", True), ("admin", False)]


def test_store_facts_come_from_the_recorded_answers():
    general = facts.values_of(recorded("settings-general-readonly-key"))

    assert facts.site_name(recorded("wp-json-index-fields"), "host") == "Harbor & Pine Outfitters"
    assert facts.time_zone(recorded("wp-json-index-fields")) == ("America/New_York", -300)
    assert facts.time_zone(recorded("wp-json-index-offset-timezone")) == ("", 330)
    assert facts.currency(general) == "USD"
    assert (facts.postal_line(general) or "").startswith("12 Wharf Street, Portland")
    assert facts.hold_stock_minutes(recorded("settings-products-hold-stock")) == 0
    assert facts.version(recorded("auth-shop-manager-system_status")) == "10.0.2"
    assert facts.statuses(recorded("orders-statuses")) == facts.CORE_STATUSES


def test_facts_that_cannot_be_seen_are_not_guessed():
    assert facts.site_name(None, "shop.example.com") == "shop.example.com"
    assert facts.time_zone({"timezone_string": "Mars/Olympus", "gmt_offset": "many"}) == ("", 0)
    assert (facts.currency(None), facts.country({}), facts.postal_line(None)) == (None, None, None)
    assert facts.hold_stock_minutes(None) is None
    assert facts.version({"environment": []}) is None
    assert facts.statuses([{"slug": "wc-in-production"}, {"slug": "trash"}, {"slug": 7}]) == ("in-production",)
