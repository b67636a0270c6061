"""What holds for every cart: properties of the order of the queue, whatever the figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import isfinite

from hypothesis import given, settings
from hypothesis import strategies as some

from sidecar.calls.priority import ranking
from sidecar.calls.priority.chances import STARTING, Chances, Outcome, learn
from sidecar.calls.priority.ranking import Facts, rank
from sidecar.calls.priority.waiting import compare
from sidecar.calls.priority.worth import drawn_age
from tests.factories import NOW

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
FEW = settings(max_examples=40, deadline=None)
# A shop whose customers buy the next afternoon, and hardly at all before.
HUMP = learn(
    Outcome(15, 0, age, False, False, True, age > 16) for age in (0.5, 1.5, 3, 6, 12, 20, 24, 28) for _ in range(80)
)


@some.composite
def carts(draw: some.DrawFn) -> Facts:
    """Any cart that can stand in the queue, strange ones among them."""
    return Facts(
        first_name=draw(some.sampled_from(("Dana", ""))),
        total_minor=draw(some.integers(0, 10**11)),
        goods_minor=draw(some.integers(1, 10**11)),
        currency=draw(some.sampled_from(("EUR", "JPY", "KWD"))),
        threshold_minor=draw(some.integers(0, 10**8)),
        margin=draw(some.floats(0.01, 1.0)),
        active_at=NOW - timedelta(minutes=draw(some.integers(-600, 60 * 24 * 400))),
        failed_payments=draw(some.integers(0, 9)),
        past_orders=draw(some.integers(0, 99)),
        attempts=draw(some.integers(0, 9)),
        zone=draw(some.sampled_from(ZONES)),
        chances=draw(some.sampled_from((STARTING, HUMP))),
        lot=draw(some.integers(0, 10**6)),
    )


moments = some.integers(0, 60 * 48).map(lambda minutes: NOW + timedelta(minutes=minutes))


@FEW
@given(carts(), moments, some.integers(2, 50))
def test_of_two_carts_that_differ_in_worth_alone_the_dearer_never_stands_behind(
    facts: Facts, now: datetime, times: int
) -> None:
    dearer = rank(replace(facts, goods_minor=facts.goods_minor * times), now=now)

    assert dearer.value >= rank(facts, now=now).value
    assert dearer.rank_class == rank(facts, now=now).rank_class


@FEW
@given(carts(), moments)
def test_every_cart_has_a_place_and_two_reasons(facts: Facts, now: datetime) -> None:
    found = rank(facts, now=now)

    assert isfinite(found.value)
    assert found.value >= 0
    assert len([part for part in found.why.split(". ") if part]) >= 2
    assert 1 <= len(found.chips) <= 4


@FEW
@given(carts(), moments, some.sampled_from((10, 100, 1000)))
def test_the_order_does_not_depend_on_what_a_currency_counts_in(facts: Facts, now: datetime, scale: int) -> None:
    facts = replace(facts, threshold_minor=max(1, facts.threshold_minor))
    other = replace(facts, goods_minor=facts.goods_minor * scale, threshold_minor=facts.threshold_minor * scale)

    ours, theirs = rank(facts, now=now).value, rank(other, now=now).value
    assert abs(ours - theirs) <= 1e-6 * max(1.0, ours)


@FEW
@given(carts(), moments)
def test_nobody_is_held_back_into_the_past_or_for_long(facts: Facts, now: datetime) -> None:
    better = ranking.better_at(facts, now=now)

    assert better is None or now < better <= now + timedelta(hours=36)


def test_a_fresh_cart_waits_where_the_shops_own_calls_say_that_waiting_helps() -> None:
    fresh = Facts("Dana", 148000, 147000, "EUR", 30000, 0.3, NOW - timedelta(hours=1), 0, 0, 0, "America/New_York")

    assert ranking.better_at(fresh, now=NOW) is None  # published figures hold nobody back
    better = ranking.better_at(replace(fresh, chances=HUMP), now=NOW)
    assert better is not None
    assert timedelta(hours=12) < better - NOW < timedelta(hours=36)
    assert ranking.better_at(replace(fresh, chances=HUMP, callback_at=NOW + timedelta(hours=2)), now=NOW) is None
    just_clicked = replace(fresh, chances=HUMP, clicked_at=NOW)
    assert ranking.better_at(just_clicked, now=NOW) is None
    aged = replace(fresh, active_at=NOW - timedelta(hours=22))
    assert rank(replace(aged, chances=HUMP), now=NOW).value > rank(replace(fresh, chances=HUMP), now=NOW).value
    assert rank(aged, now=NOW).value < rank(fresh, now=NOW).value


def test_what_waiting_keeps_never_takes_a_call_out_of_the_queue() -> None:
    for curves in (STARTING, HUMP):
        for hour in range(8, 20):
            for age in (0.0, 1.0, 20.0, 71.0, 200.0):
                assert 0 < compare(curves, hour=hour, age=age, attempts=0).urgency <= 1


def test_one_cart_in_twenty_is_called_at_an_age_drawn_by_lot() -> None:
    fresh = Facts("Dana", 148000, 147000, "EUR", 30000, 0.3, NOW, 0, 0, 0, "America/New_York")
    found = [ranking.better_at(replace(fresh, lot=lot), now=NOW) for lot in range(200)]

    assert sorted({better - NOW for better in found if better}) == [timedelta(hours=n) for n in (1, 4, 8, 16, 24)]
    assert sum(better is not None for better in found) == 10
    drawn = replace(fresh, lot=19, active_at=NOW - timedelta(hours=1))
    assert ranking.better_at(drawn, now=NOW) is None
    assert rank(drawn, now=NOW).value > rank(replace(drawn, lot=18), now=NOW).value
    assert drawn_age(59, 900) == drawn_age(59, 0) == 8
    assert [lot for lot in range(200) if drawn_age(lot, 900)] == [59, 119, 179]
    assert any("drawn by lot" in what for what, _ in ranking.rows(drawn, now=NOW))


def test_the_explanation_says_whose_figures_they_are() -> None:
    dana = Facts("Dana", 148000, 147000, "EUR", 30000, 0.3, NOW - timedelta(hours=26), 0, 0, 0, "America/New_York")

    def source(calls: int) -> str:
        return ranking.rows(replace(dana, chances=Chances(calls=calls)), now=NOW)[-1][1]

    assert source(0) == "published figures, until you know better"
    assert source(40) == "mostly published figures, a little from your own 40 calls"
    assert source(312) == "from your own 312 calls"
    late = NOW + timedelta(hours=3)
    says = rank(replace(dana, chances=Chances(calls=312)), now=late).why
    assert "by your own 312 calls 16:00 to 18:00 is when most people answer" in says
