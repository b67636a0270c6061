"""A store's coupons through the real client: made, found, removed, and every way in which a store may not answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sidecar.demo.store import SampleStore, running_store
from sidecar.errors import GatewayError, Refused
from sidecar.gateways.turns import FileTurns
from sidecar.gateways.woocommerce import WooOpener
from sidecar.gateways.woocommerce.coupons import WooCoupons
from sidecar.outreach.incentives.offers import differences
from sidecar.ports import StoreLink
from sidecar.ports.coupons import CouponTerms
from tests.gateways.small_server import Answer, recorded, small_server

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TERMS = CouponTerms(
    code="K7QM-4RTX-9HDW",
    discount_type="percent",
    amount="10",
    email="dana@example.com",
    expires_site_time="2036-11-30T23:59:59",
    description="Ringback, cart 101",
    exclude_sale_items=True,
    minimum_amount="50.00",
)


@pytest.fixture
def store() -> Iterator[SampleStore]:
    with running_store(people=False) as store:
        yield store


@pytest.fixture
def opener(tmp_path) -> WooOpener:
    return WooOpener(allow_local=True, turns=FileTurns(tmp_path / "turns"))


@pytest.fixture
def desk(opener, store) -> WooCoupons:
    return opener.open_coupons(StoreLink(store.url, store.key, store.secret))


def trouble(ask, *args) -> GatewayError:
    with pytest.raises(GatewayError) as raised:
        ask(*args)
    return raised.value


def test_coupon_is_made_for_one_person_and_one_use_and_says_so(desk, store):
    made = desk.create(TERMS)

    assert differences(TERMS, made, now=NOW) == ()
    kept = store.world.coupons[made.coupon_id]
    assert (kept.code, kept.amount, kept.usage_limit, kept.usage_limit_per_user) == ("k7qm-4rtx-9hdw", 1000, 1, 1)
    assert kept.email_restrictions == ["dana@example.com"]
    assert (kept.individual_use, kept.exclude_sale_items, kept.minimum_amount) == (True, True, 5000)


@pytest.mark.parametrize(
    ("zone", "ends_at"),
    [
        ("America/New_York", datetime(2036, 12, 1, 4, 59, 59, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2036, 11, 30, 14, 59, 59, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2036, 11, 30, 9, 59, 59, tzinfo=UTC)),
        ("Pacific/Pago_Pago", datetime(2036, 12, 1, 10, 59, 59, tzinfo=UTC)),
    ],
)
def test_expiry_is_on_the_stores_own_clock(desk, store, zone, ends_at):
    store.settings.timezone = zone
    assert desk.create(TERMS).expires_at == ends_at


def test_coupon_is_found_by_its_code_in_any_case_and_no_other_is(desk):
    made = desk.create(TERMS)
    desk.create(replace(TERMS, code="K7QM-4RTX-9HDX"))

    assert [coupon.coupon_id for coupon in desk.with_code(TERMS.code)] == [made.coupon_id]
    assert desk.with_code(TERMS.code.lower())[0] == made
    assert desk.with_code("NOBODY") == ()


def test_second_coupon_with_the_same_code_is_refused_as_taken(desk, store):
    desk.create(TERMS)
    error = trouble(desk.create, replace(TERMS, code=TERMS.code.lower()))

    assert (error.code, error.outcome_unknown) == ("code_taken", False)
    assert len(store.world.coupons) == 1


def test_removed_coupon_is_gone_for_good_and_removing_it_again_is_no_error(desk, store):
    made = desk.create(TERMS)
    desk.delete(made.coupon_id)
    desk.delete(made.coupon_id)

    assert store.world.coupons == {}


def test_what_woocommerce_drops_silently_is_seen(desk):
    terms = replace(TERMS, amount="150", email="not an email")
    assert differences(terms, desk.create(terms), now=NOW) == ("amount", "email")


@pytest.mark.parametrize(("keys", "code"), [("read_only", "read_only"), ("without_rights", "no_rights")])
def test_key_that_may_not_write_is_refused_clearly_and_nothing_is_made(opener, store, keys, code):
    error = trouble(opener.open_coupons(StoreLink(store.url, *getattr(store, keys))).create, TERMS)

    assert (error.code, error.permanent, error.outcome_unknown) == (code, True, False)
    assert store.world.coupons == {}


def test_wrong_secret_is_refused_clearly(opener, store):
    error = trouble(opener.open_coupons(StoreLink(store.url, store.key, "cs_wrong")).create, TERMS)
    assert (error.code, error.outcome_unknown) == ("bad_secret", False)


@pytest.mark.parametrize("fault", ["cut", "empty", "bom", "php_warning", "truncated"])
def test_answer_that_got_lost_is_unknown_and_the_coupon_was_made_once(desk, store, fault):
    store.fault(fault, times=1, path="/wp-json/wc/v3/coupons", method="POST")

    assert trouble(desk.create, TERMS).outcome_unknown
    assert len(desk.with_code(TERMS.code)) == len(store.world.coupons) == 1
    assert len([visit for visit in store.traffic.visits("/wp-json/wc/v3/coupons") if visit.method == "POST"]) == 1


@pytest.mark.parametrize("fault", ["drop", "fatal", "database", "maintenance", "bad_gateway", "html_200", "captcha"])
def test_request_that_came_to_nothing_is_unknown_too(desk, store, fault):
    store.fault(fault, times=1, path="/wp-json/wc/v3/coupons", method="POST")

    assert trouble(desk.create, TERMS).outcome_unknown
    assert desk.with_code(TERMS.code) == ()


@pytest.mark.parametrize("fault", ["rest_disabled", "rate_limited"])
def test_refusal_before_anything_was_done_is_not_unknown(desk, store, fault):
    store.fault(fault, times=1, path="/wp-json/wc/v3/coupons", method="POST")
    assert not trouble(desk.create, TERMS).outcome_unknown


def test_store_that_takes_no_connection_has_done_nothing(opener):
    error = trouble(opener.open_coupons(StoreLink("http://127.0.0.1:9", "ck_a", "cs_a")).create, TERMS)
    assert (error.code, error.outcome_unknown) == ("no_connection", False)


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"id": 0, "code": "x"}', b'{"id": 7, "code": "x", "usage_count": "many"}']
)
def test_coupon_in_another_shape_is_no_answer(opener, body):
    with small_server(Answer(201, body=body)) as server:
        error = trouble(opener.open_coupons(StoreLink(server.url, "ck_a", "cs_a")).create, TERMS)
    assert (error.code, error.outcome_unknown) == ("wrong_shape", True)


def test_recorded_coupon_of_the_real_woocommerce_is_read(opener):
    with small_server(recorded("coupon-create-percent")) as server:
        made = opener.open_coupons(StoreLink(server.url, "ck_a", "cs_a")).create(TERMS)
    assert made.expires_at == datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert (made.code, made.amount, made.usage_limit, made.emails) == (
        "recover-10-ab12", "10.00", 1, ("bob.harris@example.com",),
    )  # fmt: skip


def test_private_address_is_refused_before_a_byte_leaves(tmp_path):
    opener = WooOpener(allow_local=False, turns=FileTurns(tmp_path / "turns"))
    with pytest.raises(Refused):
        opener.open_coupons(StoreLink("https://127.0.0.1", "ck_a", "cs_a"))


def test_products_on_sale_are_told_from_the_others(desk, store):
    store.world.products[11].on_sale = True
    assert desk.on_sale([11, 12, 999]) == {11}
    assert desk.on_sale([]) == frozenset()


@pytest.mark.parametrize(
    ("requires", "opens"), [("coupon", True), ("either", True), ("", False), ("min_amount", False)]
)
def test_free_delivery_that_a_coupon_opens_is_found(desk, store, requires, opens):
    store.settings.free_shipping_requires = requires
    assert desk.ships_free_by_coupon() is opens


def test_one_request_at_a_time_reaches_the_store(desk, opener, store):
    link = StoreLink(store.url, store.key, store.secret)
    desk.create(TERMS)
    opener.open(link).order(1)
    desk.with_code(TERMS.code)
    assert store.traffic.most_at_once == 1
