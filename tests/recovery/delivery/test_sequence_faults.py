"""Sequences when things go wrong: payments in the last moment, orders that change, clocks that jump, long outages.

Faults 20, 22, 29 and 33 of the table of faults, as far as sequences go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from sidecar.db import session, transaction
from sidecar.recovery.decisions.changing import change_setting
from sidecar.recovery.delivery import sending
from sidecar.recovery.orders.settling import settle_gone
from sidecar.stores.connection import Store
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.days import HOUR, MINUTE, Days, gaps, live_days

CROWD = range(200, 230)
PAID: dict[str, Any] = {"status": "processing", "needs_payment": False}


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """The mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def days(app: Flask, sink: MailSink) -> Days:
    """A live store."""
    return live_days(sink)


def body_of(mail: Any) -> str:
    part = mail.get_body(("plain",))
    return str(part.get_content())


# --- 20: paid before or while sending ------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-300, -5, -1, 1, 5, 300])
def test_20_paid_around_the_moment_of_sending_means_at_most_the_email_that_was_under_way(
    days: Days, seconds: int
) -> None:
    days.order()
    days.run(23 * HOUR + 50 * MINUTE, every=10 * MINUTE)
    pays_at = days.now + 10 * MINUTE + timedelta(seconds=seconds)
    while days.now < pays_at + HOUR:
        if days.now >= pays_at and days.shop.orders[101].paid_at is None:
            days.shop.change(101, **PAID, paid_at=pays_at)
        days.now += timedelta(seconds=1) if abs(days.now - pays_at) < 7 * MINUTE else MINUTE
        if days.has_work():
            days.work()
    days.poll()
    days.run(timedelta(days=6))
    late = [at for at, _, _ in days.sent if at > pays_at + timedelta(seconds=1)]
    assert late == []
    assert [step for step, _ in days.steps()] == (["reminder-1"] if seconds < 0 else ["reminder-1", "reminder-2"])


def test_20_a_payment_that_comes_while_the_order_is_read_is_seen_by_the_next_email(days: Days) -> None:
    days.order()
    days.run(HOUR)
    paid_at = days.now + 10 * HOUR

    def pays() -> None:
        if days.now > paid_at:
            days.shop.change(101, **PAID, paid_at=paid_at)

    days.shop.meanwhile = pays
    days.run(timedelta(days=6))
    assert [step for step, _ in days.steps()] == ["reminder-1"]


# --- 22: refunded, deleted, merged, edited, currency changed ----------------------------------------------------------

CHANGES: dict[str, dict[str, Any]] = {
    "dearer": {"total_minor": 45600},
    "cheaper": {"total_minor": 7800},
    "euros": {"currency": "EUR", "total_minor": 8100},
    "failed": {"status": "failed"},
    "on hold": {"status": "on-hold"},
    "refunded": {"status": "refunded"},
    "trashed": {"status": "trash"},
    "paid": PAID,
    "open": {"status": "pending"},
    "emptied": {"lines": (), "total_minor": 0},
}
ENDS = {"refunded", "trashed", "paid", "emptied"}


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(some.lists(some.tuples(some.sampled_from(sorted(CHANGES)), some.integers(1, 40), some.booleans()), max_size=6))
def test_22_whatever_becomes_of_an_order_its_customer_reads_its_true_amount_or_nothing(
    days: Days, changes: list[tuple[str, int, bool]]
) -> None:
    number = 1000 + len(days.shop.orders)
    days.order(number, total_minor=9000)
    for name, hours, is_polled in changes:
        days.run(timedelta(hours=hours), every=3 * HOUR)
        before = len(days.sent)
        changed = CHANGES[name] | ({"paid_at": days.now} if name == "paid" else {})
        if is_polled:
            days.order(number, **changed)
        else:
            days.shop.change(number, modified_at=days.now, **changed)
        if name in ENDS:
            days.run(timedelta(days=5), every=6 * HOUR)
            assert len(days.sent) == before
            return
        _reads_only_true_amounts(days, number, 30 * HOUR)
    _reads_only_true_amounts(days, number, timedelta(days=5))


def _reads_only_true_amounts(days: Days, number: int, length: timedelta) -> None:
    seen = len(days.sink.accepted)
    days.run(length, every=3 * HOUR)
    order = days.shop.orders[number]
    sign = {"USD": "$", "EUR": "€"}[order.currency]
    for mail in days.sink.accepted[seen:]:
        assert order.status in ("pending", "failed")
        assert f"{sign}{order.total_minor / 100:,.2f}" in body_of(mail)


def test_22_an_order_that_was_deleted_is_not_written_about(days: Days) -> None:
    days.order()
    days.run(2 * HOUR)
    del days.shop.orders[101]
    days.run(timedelta(days=5))
    assert [step for step, _ in days.steps()] == ["reminder-1"]
    with transaction():
        settle_gone(days.store_id, 101, status="gone", now=days.now)
    assert {state for state, _ in days.states().values()} <= {"sent", "cancelled"}


def test_22_two_customers_who_turn_out_to_be_one_share_their_limits(days: Days) -> None:
    days.order(101)
    days.now += HOUR
    days.order(102)
    days.run(2 * HOUR)
    days.order(102, email="p101@example.com")
    days.run(timedelta(days=8))
    moments = [at for at, to, _ in days.sent if to == "p101@example.com"]
    assert all(gap >= 12 * HOUR for gap in gaps(moments))
    assert len(moments) <= 4


# --- 29: the computer's clock jumps -----------------------------------------------------------------------------------


def test_29_a_clock_that_jumps_a_day_ahead_floods_nobody_and_doubles_nothing_when_set_back(days: Days) -> None:
    for number in CROWD:
        days.order(number)
    days.run(2 * HOUR)
    days.now += timedelta(days=1)
    days.work()
    after_the_jump = Counter(to for _, to, _ in days.sent)
    assert set(after_the_jump.values()) == {2}
    days.now -= timedelta(days=1, hours=1)
    days.run(20 * HOUR)
    assert Counter(to for _, to, _ in days.sent) == after_the_jump
    days.run(timedelta(days=8), every=3 * HOUR)
    assert set(Counter(to for _, to, _ in days.sent).values()) == {3}
    assert len(days.sink.accepted) == 3 * len(CROWD)


# --- 33: eight hours of outage, then start ------------------------------------------------------------------------


def test_33_after_eight_hours_of_outage_stale_steps_are_left_out_and_nothing_bursts(days: Days) -> None:
    for number in CROWD:
        days.order(number)
    days.now += 16 * MINUTE
    days.work()
    days.now += 8 * HOUR
    days.work()
    assert days.sent == []
    for number in CROWD:
        assert days.states(number)["reminder-1"] == ("cancelled", "stale")
        says = "Its time had passed by hours. The next email follows at its own time."
        assert f"Email not sent (first reminder). {says}" in days.told(number)
    days.run(timedelta(days=8), every=2 * HOUR)
    assert set(Counter(to for _, to, _ in days.sent).values()) == {2}
    assert days.steps(CROWD[0])[0] == ("reminder-2", timedelta(hours=24, minutes=16))


def test_33_what_only_waits_to_be_written_anew_was_not_missed(days: Days) -> None:
    """A store that is not live yet: the first email has waited for ten hours when the owner changes the sender."""
    with transaction():
        session().get_one(Store, days.store_id).live_at = None
    days.order()
    days.run(11 * HOUR)
    assert days.states()["reminder-1"] == ("due", "not_live")
    with transaction():
        change_setting(days.store_id, "sender.name", "Aurora", by="test", now=days.now)
    days.run(HOUR)
    assert days.states()["reminder-1"] == ("due", "not_live")
    assert days.message("reminder-1").sender_name == "Aurora"


def test_33_the_last_email_is_sent_after_an_outage_at_the_pace_that_providers_allow(app: Flask, sink: MailSink) -> None:
    days = live_days(sink, outreach__steps="1", sending__per_domain_per_minute="10")
    for number in CROWD:
        days.order(number)
    days.now += 16 * MINUTE
    days.work()
    days.now += 8 * HOUR
    began = days.now
    days.run(6 * MINUTE, every=timedelta(seconds=15))
    moments = [at for at, _, _ in days.sent]
    assert len(moments) == len(CROWD)
    for second in range(360):
        start = began + timedelta(seconds=second)
        assert sum(start <= at < start + MINUTE for at in moments) <= 10


def test_33_after_a_week_of_outage_nothing_is_sent_at_all(days: Days) -> None:
    days.order()
    days.now += 16 * MINUTE
    days.work()
    days.now += timedelta(days=7)
    with transaction():
        sending.fill(now=days.now)
    days.run(timedelta(days=2))
    assert days.sent == []
    assert {state for state, _ in days.states().values()} == {"cancelled"}


def test_33_carts_that_are_first_seen_after_an_outage_get_one_email_and_the_next_much_later(days: Days) -> None:
    """The store could not be read for long: a cart is decided ten hours after the customer left."""
    days.order()
    days.now += 10 * HOUR
    days.work()
    days.run(timedelta(days=8))
    assert days.steps()[0] == ("reminder-1", 10 * HOUR)
    assert [step for step, _ in days.steps()] == ["reminder-1", "reminder-2", "reminder-3"]
    assert all(gap >= 23 * HOUR for gap in gaps(at for at, _, _ in days.sent))


def test_a_message_of_a_step_that_no_longer_exists_stops_no_other(days: Days) -> None:
    days.order(101)
    days.order(102)
    days.now += 16 * MINUTE
    days.work()
    with transaction():
        days.message("reminder-1", 101).step = "reminder-9"
    days.run(2 * HOUR)
    assert days.steps(102) == [("reminder-1", 76 * MINUTE)]
    assert days.states(101)["reminder-9"] == ("failed", "stumbled")
