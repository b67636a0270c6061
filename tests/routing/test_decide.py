"""The decision, rule by rule: a table of carts, and what must never happen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.contacts.permission import Permission
from sidecar.contacts.quiet_hours import may_call_at
from sidecar.routing.decide import Decision, Facts, Rules, decide
from sidecar.routing.threshold import Threshold, percentile_place
from sidecar.settings.notation import hours
from tests.factories import NOW

YES = Permission(True, "inquiry", "In the US a started checkout may be followed up for 90 days.", "basis.inquiry.US")
NO = Permission(False, "no_basis", "Calls to Germany need consent, and this order carries none.", "basis.consent.DE")

RULES = Rules(
    abandoned_after=timedelta(minutes=15),
    follow_on_hold=False,
    thresholds={"USD": Threshold(30000, learned=False), "EUR": Threshold(100000, learned=True)},
    failed_factor=Decimal("0.5"),
    first_call_after=timedelta(hours=24),
    call_hours=hours("Mon-Sun 10:00-19:00"),
    call_backlog=timedelta(days=3),
    first_mail_after=timedelta(minutes=45),
    mail_steps=1,
    mail_backlog=timedelta(0),
    holdout_percent=0,
)
DANA = Facts(
    meaning="unpaid",
    status="pending",
    notes_read=False,
    paid_at=None,
    currency="USD",
    total_minor=43000,
    goods_minor=40000,
    lines=1,
    active_at=NOW - timedelta(hours=26),
    failed_payments=0,
    who="Dana",
    email="dana@example.com",
    phone_typed="(212) 555-0123",
    phone_e164="+12125550123",
    country="US",
    region="NY",
    zones=("America/New_York",),
    refused=frozenset(),
    call_basis=YES,
    mail_basis=YES,
    held_back="",
    draw=50,
    connected_at=NOW - timedelta(days=10),
)


def decided(*, rules: dict[str, Any] | None = None, **facts: Any) -> Decision:
    return decide(replace(DANA, **facts), replace(RULES, **rules or {}), now=NOW)


SMALL: dict[str, Any] = {"goods_minor": 8000, "total_minor": 9000}
NO_PHONE: dict[str, Any] = {"phone_typed": "", "phone_e164": ""}


@pytest.mark.parametrize(
    ("facts", "rules", "route", "code"),
    [
        ({}, {}, "call", "above_threshold"),
        ({"goods_minor": 30000}, {}, "call", "above_threshold"),
        ({"goods_minor": 29999}, {}, "sequence", "below_threshold"),
        ({"goods_minor": 15000, "failed_payments": 1}, {}, "call", "failed_payment"),
        ({"goods_minor": 14999, "failed_payments": 1}, {}, "sequence", "below_threshold"),
        (SMALL, {}, "sequence", "below_threshold"),
        (NO_PHONE, {}, "personal", "no_phone"),
        ({"phone_e164": ""}, {}, "personal", "no_phone"),
        (SMALL | NO_PHONE | {"email": ""}, {}, "hold", "no_contact"),
        (SMALL | {"email": ""}, {}, "hold", "no_email"),
        ({"email": ""}, {}, "call", "above_threshold"),
        ({"currency": "EUR"}, {}, "sequence", "below_threshold"),
        ({"currency": "??"}, {}, "hold", "unknown_currency"),
        ({"lines": 0}, {}, "hold", "no_items"),
        ({"total_minor": 0}, {}, "hold", "nothing_to_pay"),
        ({"total_minor": -500, "goods_minor": -500}, {}, "hold", "nothing_to_pay"),
        ({"meaning": "cancelled"}, {}, "call", "above_threshold"),
        ({"meaning": "on_hold"}, {}, "hold", "on_hold"),
        ({"meaning": "on_hold"}, {"follow_on_hold": True}, "call", "above_threshold"),
        ({"meaning": "unknown", "status": "quote"}, {}, "hold", "unknown_status"),
        ({"meaning": "paid"}, {}, "hold", "paid"),
        ({"paid_at": NOW}, {}, "hold", "paid_before"),
        ({"active_at": NOW - timedelta(minutes=14)}, {}, "hold", "still_active"),
        ({"active_at": NOW - timedelta(minutes=15)}, {}, "call", "above_threshold"),
        ({"active_at": NOW - timedelta(days=14)}, {}, "hold", "too_late"),
        (SMALL | {"active_at": NOW - timedelta(days=7)}, {}, "hold", "too_late"),
        ({"held_back": "Looks like card testing."}, {}, "hold", "quarantine"),
        ({"refused": frozenset({"all"})}, {}, "hold", "opted_out"),
        ({"refused": frozenset({"calls", "email"})}, {}, "hold", "opted_out"),
        ({"refused": frozenset({"calls"})}, {}, "sequence", "not_by_phone"),
        ({"refused": frozenset({"email"})}, {}, "call", "above_threshold"),
        (SMALL | {"refused": frozenset({"email"})}, {}, "hold", "opted_out"),
        ({"call_basis": NO}, {}, "sequence", "not_by_phone"),
        ({"call_basis": NO, "mail_basis": NO}, {}, "hold", "no_basis"),
        (SMALL | {"mail_basis": NO}, {}, "hold", "no_basis"),
        ({"zones": ()}, {}, "sequence", "not_by_phone"),
        (SMALL, {"mail_steps": 0}, "hold", "messages_off"),
        ({"connected_at": NOW, "active_at": NOW - timedelta(days=2)}, {}, "call", "above_threshold"),
        ({"connected_at": NOW, "active_at": NOW - timedelta(days=4)}, {}, "hold", "backlog"),
        (SMALL | {"connected_at": NOW, "active_at": NOW - timedelta(hours=2)}, {}, "hold", "backlog"),
        (
            SMALL | {"connected_at": NOW, "active_at": NOW - timedelta(hours=2)},
            {"mail_backlog": timedelta(days=1)},
            "sequence",
            "below_threshold",
        ),
        ({"draw": 10}, {"holdout_percent": 10}, "hold", "holdout"),
        ({"draw": 11}, {"holdout_percent": 10}, "call", "above_threshold"),
        (SMALL | {"email": "", "draw": 1}, {"holdout_percent": 10}, "hold", "no_email"),
    ],
)
def test_route_and_reason(facts, rules, route, code):
    found = decided(rules=rules, **facts)
    assert (found.route, found.reason_code) == (route, code)
    assert found.reason.endswith(".")
    assert len(found.reason) < 200


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "Goods of $400.00 reach your call threshold of $300.00, and Dana can be phoned."),
        (SMALL, "Goods of $80.00 are below your call threshold of $300.00, so Dana gets an email."),
        (
            NO_PHONE,
            "Goods of $400.00 reach your call threshold of $300.00, but there is no phone number: one personal email.",
        ),
        (
            {"failed_payments": 2},
            "Goods of $400.00 reach $150.00, the call threshold after a failed payment, and Dana can be phoned.",
        ),
        ({"call_basis": NO, "mail_basis": NO}, "Calls to Germany need consent, and this order carries none."),
        ({"refused": frozenset({"all"})}, "Dana asked not to be contacted."),
        (
            SMALL | {"who": "the customer"},
            "Goods of $80.00 are below your call threshold of $300.00, so the customer gets an email.",
        ),
    ],
)
def test_reason_is_one_readable_sentence(facts, reason):
    assert decided(**facts).reason == reason


def test_call_is_due_a_day_after_leaving_inside_the_customers_hours():
    left = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # 21:00 in New York
    found = decided(active_at=left)
    assert found.due_at == datetime(2026, 11, 19, 15, 0, tzinfo=UTC)  # the day after, at 10:00
    assert found.look_again_at == left + timedelta(days=14)
    assert found.threshold_minor == 30000


def test_call_after_a_failed_payment_is_due_after_30_minutes():
    left = NOW - timedelta(minutes=20)
    assert decided(active_at=left, failed_payments=1).due_at == left + timedelta(minutes=30)
    assert decided(active_at=left, failed_payments=1).threshold_minor == 30000  # what ranking compares with


def test_message_is_due_45_minutes_after_leaving():
    assert decided(**SMALL).due_at == DANA.active_at + timedelta(minutes=45)


def test_cart_that_is_still_active_is_looked_at_again_when_it_is_not():
    left = NOW - timedelta(minutes=3)
    assert decided(active_at=left).look_again_at == left + timedelta(minutes=15)


def test_every_rule_is_answered_so_that_why_not_has_an_answer():
    found = decided(**SMALL, call_basis=NO)
    answers = {check.rule: check.passed for check in found.rules}
    assert answers["call.value"] is False
    assert answers["call.phone"] is True
    assert answers["call.basis"] is False
    assert answers["mail.address"] is True
    assert len(answers) == len(found.rules) == 21
    assert all(check.says.endswith(".") for check in found.rules)


@pytest.mark.parametrize(("count", "place"), [(0, 0), (1, 0), (2, 1), (5, 3), (10, 7), (11, 8), (100, 79)])
def test_percentile_is_the_nearest_rank(count, place):
    assert percentile_place(count) == place


PERMISSIONS = st.sampled_from([YES, NO])
FACTS = st.builds(
    Facts,
    meaning=st.sampled_from(["unpaid", "cancelled", "on_hold", "unknown", "paid", "refunded", "trashed", "closed"]),
    status=st.text(max_size=12),
    notes_read=st.booleans(),
    paid_at=st.none() | st.just(NOW),
    currency=st.sampled_from(["USD", "JPY", "XXX", "", "usd"]),
    total_minor=st.integers(-(10**14), 10**14),
    goods_minor=st.integers(-(10**14), 10**14),
    lines=st.integers(0, 3),
    active_at=st.timedeltas(timedelta(days=-400), timedelta(minutes=5)).map(lambda age: NOW + age),
    failed_payments=st.integers(0, 9),
    who=st.sampled_from(["Dana", "the customer", "İ", "<b>"]),
    email=st.sampled_from(["", "dana@example.com"]),
    phone_typed=st.sampled_from(["", "x"]),
    phone_e164=st.sampled_from(["", "+12125550123"]),
    country=st.sampled_from(["US", "DE", "", "ZZ"]),
    region=st.sampled_from(["", "NY", "AL"]),
    zones=st.lists(st.sampled_from(["America/New_York", "Asia/Tokyo", "Europe/Berlin"]), unique=True).map(tuple),
    refused=st.frozensets(st.sampled_from(["email", "sms", "calls", "all"])),
    call_basis=PERMISSIONS,
    mail_basis=PERMISSIONS,
    held_back=st.sampled_from(["", "Looks like card testing."]),
    draw=st.integers(1, 100),
    connected_at=st.just(NOW - timedelta(days=3)),
)


@given(FACTS, st.integers(0, 50), st.booleans())
def test_nobody_is_routed_to_contact_against_the_rules(facts, holdout, on_hold):
    rules = replace(RULES, holdout_percent=holdout, follow_on_hold=on_hold)
    found = decide(facts, rules, now=NOW)
    if found.route == "hold":
        assert found.reason_code
        assert found.due_at is None
        return
    assert facts.meaning in ("unpaid", "cancelled") or (on_hold and facts.meaning == "on_hold")
    assert facts.paid_at is None
    assert not facts.held_back
    assert facts.draw > holdout
    assert facts.lines
    assert facts.total_minor > 0
    assert "all" not in facts.refused
    assert found.due_at is not None
    if found.route == "call":
        assert facts.call_basis.allowed
        assert facts.phone_e164
        assert "calls" not in facts.refused
        assert found.due_at >= max(NOW, facts.active_at + timedelta(minutes=30))
        hours_there = may_call_at(facts.zones, facts.country, facts.region, RULES.call_hours, at=found.due_at)
        assert hours_there.allowed
    else:
        assert facts.mail_basis.allowed
        assert facts.email
        assert "email" not in facts.refused
        assert NOW - facts.active_at < timedelta(days=7)


@given(FACTS)
def test_decision_is_the_same_twice_and_nothing_in_it_is_a_float(facts):
    first = decide(facts, RULES, now=NOW)
    assert first == decide(facts, RULES, now=NOW)
    assert not isinstance(first.threshold_minor, float)
