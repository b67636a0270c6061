"""The order of the queue and its reasons in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sidecar.calls.priority import ranking
from sidecar.calls.priority.ranking import Facts, rank
from tests.factories import NOW

DANA = Facts(
    first_name="Dana",
    total_minor=148000,
    goods_minor=147000,
    currency="EUR",
    threshold_minor=30000,
    margin=0.3,
    active_at=NOW - timedelta(hours=26),
    failed_payments=0,
    past_orders=0,
    attempts=0,
    zone="America/New_York",
)


def test_a_cart_of_yesterday_says_its_worth_and_its_age() -> None:
    found = rank(DANA, now=NOW)

    assert found.rank_class == ranking.BEST_NEXT
    assert found.why == "€1,480 cart, 4.9× your threshold. 26 h since Dana left."
    assert found.chips == ("4.9× threshold",)


def test_a_due_callback_comes_first_and_says_the_customers_time() -> None:
    asked = replace(DANA, callback_at=NOW + timedelta(minutes=1), failed_payments=2)

    found = rank(asked, now=NOW)

    assert found.rank_class == ranking.ASKED
    assert found.why.startswith(
        "Dana asked us to ring at 13:01. €1,480 cart, 4.9× your threshold. Payment failed twice."
    )
    assert found.chips[0] == "Callback 13:01"
    assert found.icon == "callback"


def test_a_callback_is_not_on_top_before_its_time() -> None:
    assert rank(replace(DANA, callback_at=NOW + timedelta(minutes=3)), now=NOW).rank_class == ranking.BEST_NEXT


@pytest.mark.parametrize(("minutes", "expected"), [(35, ranking.NOW), (75, ranking.NOW), (76, ranking.BEST_NEXT)])
def test_a_payment_that_just_failed_is_happening_now(minutes: int, expected: int) -> None:
    failed = replace(DANA, failed_payments=1, active_at=NOW - timedelta(minutes=minutes))

    assert rank(failed, now=NOW).rank_class == expected


def test_a_failed_payment_that_was_called_about_is_no_longer_happening_now() -> None:
    failed = replace(DANA, failed_payments=1, active_at=NOW - timedelta(minutes=40), attempts=1)

    assert rank(failed, now=NOW).rank_class == ranking.BEST_NEXT


def test_the_best_hours_are_said() -> None:
    late = NOW + timedelta(hours=3)  # 16:00 in New York

    assert "16:00 to 18:00 is when most people answer" in rank(DANA, now=late).why


@pytest.mark.parametrize(
    "better",
    [
        replace(DANA, goods_minor=200000),
        replace(DANA, failed_payments=1),
        replace(DANA, past_orders=2),
        replace(DANA, active_at=NOW - timedelta(hours=2)),
    ],
)
def test_more_worth_fresher_declined_and_known_customers_rank_higher(better: Facts) -> None:
    assert rank(better, now=NOW).value > rank(DANA, now=NOW).value


def test_every_later_try_is_worth_less() -> None:
    values = [rank(replace(DANA, attempts=n), now=NOW).value for n in range(3)]

    assert values == sorted(values, reverse=True)


def test_carts_in_different_currencies_compare_by_their_thresholds() -> None:
    yen = replace(DANA, currency="JPY", goods_minor=44100, threshold_minor=9000)  # 4.9 times as well

    assert rank(yen, now=NOW).value == pytest.approx(rank(DANA, now=NOW).value)


@pytest.mark.parametrize(
    "facts",
    [
        DANA,
        replace(DANA, first_name="", threshold_minor=0),
        replace(DANA, goods_minor=100, failed_payments=3),
        replace(DANA, callback_at=NOW),
        replace(DANA, link_sent=True, attempts=2, past_orders=5, failed_payments=4, callback_at=NOW),
    ],
)
def test_every_reason_has_two_facts_or_more_and_four_chips_at_most(facts: Facts) -> None:
    found = rank(facts, now=NOW)

    assert len([part for part in found.why.split(". ") if part]) >= 2
    assert 1 <= len(found.chips) <= 4


def test_the_sum_behind_the_rank_can_be_read() -> None:
    found = ranking.rows(DANA, now=NOW)

    assert found[0] == ("Goods, without tax and delivery", "€1,470.00")
    assert found[1] == ("× margin, until you know better", "30 %")
    assert found[2] == ("× chance of an answer at 13:00", "28 %")
    assert found[4][0] == "= what this call is worth"
    assert found[-1] == ("Where the chances come from", "published figures, until you know better")
