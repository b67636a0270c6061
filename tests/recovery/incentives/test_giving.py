"""A rep gives an offer on the phone: within limits, as a real coupon of the store, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import CallTask
from sidecar.db import session, transaction
from sidecar.demo.coupon_rules import NotApplicable, use_code
from sidecar.errors import Refused
from sidecar.outreach.incentives.coupon import TAKEN_BACK, Coupon
from sidecar.recovery.incentives import giving
from sidecar.recovery.incentives.giving import BeyondLimits
from sidecar.stores.site_time import zone_of
from tests.recovery.incentives.on_the_phone import REASONS, Desk, desk


@pytest.fixture
def at(app: Flask) -> Iterator[Desk]:
    with desk(app) as found:
        yield found


def test_the_store_has_the_coupon_for_one_address_and_one_use_and_it_ends(at: Desk) -> None:
    order, task_id = at.hold()
    coupon = at.give(task_id)

    assert (coupon.state, coupon.kind, coupon.value_minor) == ("active", "percent", 1000)
    (made,) = at.at.made
    assert made.code == coupon.code.lower()
    assert made.email_restrictions == [order.billing["email"]]
    assert (made.usage_limit, made.usage_limit_per_user, made.individual_use) == (1, 1, True)
    there = coupon.expires_at.astimezone(zone_of(at.at.shop.row))
    assert ((there.date() - at.at.shop.clock().astimezone(there.tzinfo).date()).days, f"{there:%H:%M:%S}") == (
        7, "23:59:59",
    )  # fmt: skip
    assert made.expires == int(coupon.expires_at.timestamp())
    world = at.at.shop.store.world
    with pytest.raises(NotApplicable, match="valid email"):
        use_code(world, at.at.shop.place(), coupon.code)
    use_code(world, order, coupon.code)
    again = at.at.shop.place()
    again.billing = order.billing
    with pytest.raises(NotApplicable, match="Usage limit"):
        use_code(world, again, coupon.code)


def test_it_is_kept_who_gave_it_in_which_claim_and_why(at: Desk) -> None:
    _, task_id = at.hold()
    coupon = at.give(task_id)
    task = session().get_one(CallTask, task_id)

    assert (coupon.user_id, coupon.reasons) == (at.sam_id, list(REASONS))
    assert coupon.claim_key == key_of(task, at.sam)
    assert at.told(task_id) == [
        "Sam gives 10 % off on the phone.", f"Coupon {coupon.code} made in the store.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "code", "says"),
    [("percent 11", "percent", "10 % is the most a rep may give alone."),
     ("fixed 60", "value", "$50 is the most a rep’s offer may be worth. This one is worth $60.")],
)  # fmt: skip
def test_more_than_the_limit_is_refused_with_a_sentence_and_makes_nothing(
    at: Desk, wish: str, code: str, says: str
) -> None:
    _, task_id = at.hold()
    with pytest.raises(BeyondLimits) as refused:
        at.give(task_id, wish)
    assert (refused.value.code, refused.value.reason, refused.value.wish) == (code, says, wish)
    assert (at.at.rows(), at.at.made) == ([], [])


def test_the_sixth_of_a_day_has_to_be_asked_for_and_tomorrow_begins_anew(at: Desk) -> None:
    at.set(rep_value_per_day="USD=10000")
    for _ in range(5):
        at.give(at.hold()[1], "fixed 1")
    _, sixth = at.hold()
    with pytest.raises(BeyondLimits, match="5 offers a day is the most"):
        at.give(sixth, "fixed 1")
    _, theirs = at.hold(by=at.ana_id)
    assert at.give(theirs, "fixed 1", by=at.ana_id).state == "active"
    with transaction():
        for row in at.at.rows():
            row.created_at -= timedelta(days=1)
    assert at.give(sixth, "fixed 1").state == "active"


def test_the_worth_of_a_day_is_limited(at: Desk) -> None:
    at.set(rep_value_per_day="USD=60")
    at.give(at.hold()[1], "fixed 40")
    _, task_id = at.hold()
    with pytest.raises(BeyondLimits, match=r"\$20 is left of \$60 for today"):
        at.give(task_id, "fixed 21")
    assert at.give(task_id, "fixed 20").state == "active"


def test_what_no_owners_word_lifts_is_refused_without_a_question(at: Desk) -> None:
    _, task_id = at.hold()
    at.set(margin="20", margin_floor="15")
    with pytest.raises(Refused, match="less than 15 % margin") as refused:
        at.give(task_id, "percent 10")
    assert not isinstance(refused.value, BeyondLimits)
    with pytest.raises(Refused, match="less than 15 % margin"):
        at.ask(task_id, "percent 20")
    at.set(margin="0", margin_floor="0")
    at.at.shop.store.world.products[11].on_sale = True
    with pytest.raises(Refused, match="on sale already"):
        at.give(task_id)
    assert (at.at.made, at.at.posts()) == ([], 0)


@pytest.mark.parametrize(
    "wish", ["", "percent", "percent 0", "percent 51", "percent 10.5", "percent -1", "fixed 0", "fixed x", "fixed 1e9",
             "gift", "percent 10 percent 90", "fixed 20 EUR", "percent ١٠", "free_shipping 5", "fixed 99999999999"],
)  # fmt: skip
def test_what_is_no_offer_is_refused_whatever_is_sent(at: Desk, wish: str) -> None:
    _, task_id = at.hold()
    with pytest.raises(Refused) as refused:
        at.give(task_id, wish)
    assert refused.value.code in ("no_offer", "out_of_bounds")
    assert at.at.rows() == []


def test_without_a_reason_nothing_is_given(at: Desk) -> None:
    _, task_id = at.hold()
    with pytest.raises(Refused, match="Tick what got in the way first"):
        giving.give(task_id, at.sam, "percent 10", (), gateways=at.at.shop.gateways, clock=at.at.shop.clock)
    assert at.at.rows() == []


def test_only_who_has_the_cart_gives(at: Desk) -> None:
    _, task_id = at.hold()
    with pytest.raises(Refused, match="not with you any more"):
        at.give(task_id, by=at.ana_id)
    assert at.at.rows() == []


def test_nothing_is_given_for_a_cart_that_was_paid_this_very_moment(at: Desk) -> None:
    order, task_id = at.hold()
    at.at.shop.store.simulator.pay(order.id, bump=False)
    with pytest.raises(Refused):
        at.give(task_id)
    assert (at.at.rows(), at.at.made) == ([], [])


def test_a_second_press_gives_the_same_coupon(at: Desk) -> None:
    _, task_id = at.hold()
    first = at.give(task_id).code
    assert at.give(task_id, "percent 5").code == first
    assert (len(at.at.made), at.at.posts(), at.at.row.value_minor) == (1, 1, 1000)


def test_what_the_rep_takes_back_leaves_the_store_and_another_may_be_given(at: Desk) -> None:
    order, task_id = at.hold()
    first = at.give(task_id, "percent 5").code
    with pytest.raises(Refused, match="no offer of yours"):
        at.back(task_id, by=at.ana_id)
    assert at.back(task_id) == "Taken back. The store has it no more."
    assert (at.at.made, at.at.row.state, at.at.row.reason) == ([], "removed", TAKEN_BACK)
    second = at.give(task_id, "percent 10")
    assert second.code != first
    assert [made.code for made in at.at.made] == [second.code.lower()]
    use_code(at.at.shop.store.world, order, second.code)
    assert at.back(task_id) == "It had been used already."
    assert (at.at.row.state, len(at.at.made)) == ("used", 1)


def test_a_store_that_does_not_answer_loses_what_was_taken_back_as_soon_as_it_does(at: Desk) -> None:
    _, task_id = at.hold()
    at.give(task_id)
    at.at.shop.store.fault("cut", times=9, path="/wp-json/wc/v3/coupons")
    assert "loses it as soon as it does" in at.back(task_id)
    assert at.at.row.expires_at <= at.at.shop.clock()  # nothing names it any more
    at.at.shop.store.heal()
    with pytest.raises(Refused, match="still being taken out of the store"):
        at.give(task_id)
    assert at.at.withdraw() == 1
    assert (at.at.made, at.at.row.state, at.at.row.reason) == ([], "removed", TAKEN_BACK)


def test_a_cart_gets_no_second_offer_after_the_first_has_run_out(at: Desk) -> None:
    _, task_id = at.hold()
    at.give(task_id)
    at.at.shop.clock.move(timedelta(days=8))
    assert at.at.withdraw() == 1
    with pytest.raises(Refused, match="This cart had its offer"):
        at.give(task_id)
    assert at.at.made == []


def test_an_offer_ends_with_its_cart(at: Desk) -> None:
    order, task_id = at.hold()
    at.give(task_id)
    at.at.shop.store.simulator.pay(order.id)
    at.at.shop.poll_all()
    assert at.at.withdraw() == 1
    assert (at.at.row.state, at.at.row.reason, at.at.made) == ("removed", "paid_without", [])


def test_a_lost_answer_is_looked_up_before_anything_is_made_again(at: Desk) -> None:
    _, task_id = at.hold()
    at.at.shop.store.fault("cut", times=3, path="/wp-json/wc/v3/coupons")
    with pytest.raises(Refused, match="did not say whether it made the coupon"):
        at.give(task_id)
    at.at.shop.store.heal()
    code = at.at.row.code
    assert at.look_again(task_id).code == code
    assert at.give(task_id).code == code
    assert at.at.posts() == 1
    assert [made.code for made in at.at.made] == [code.lower()]
    assert isinstance(at.at.row, Coupon)


def test_looking_again_begins_nothing(at: Desk) -> None:
    _, task_id = at.hold()
    with pytest.raises(Refused, match="No coupon was made"):
        at.look_again(task_id)
    assert (at.at.rows(), at.at.made) == ([], [])


def test_what_ended_with_a_cart_may_be_given_anew_when_the_cart_is_open_again(at: Desk) -> None:
    _, task_id = at.hold()
    first = at.give(task_id).code
    with transaction():
        session().get_one(CallTask, task_id).cart.state = "closed"
    assert at.at.withdraw() == 1
    with transaction():
        session().get_one(CallTask, task_id).cart.state = "abandoned"
    assert at.give(task_id).code != first
    assert len(at.at.made) == 1
