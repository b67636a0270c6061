"""What the shop's own calls teach: slowly, within bounds, and in the end the truth."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from math import exp

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as some

from sidecar.calls.priority import learning, ranking
from sidecar.calls.priority.chances import CALLS_WEIGH, STARTING, Outcome, learn
from sidecar.calls.priority.facts import facts_of
from sidecar.calls.task import Call
from sidecar.calls.tasks.ripening import ripen
from sidecar.db import session, transaction
from sidecar.settings import put
from tests.calls.board import a_task
from tests.cast import REP
from tests.factories import NOW, make_store, make_user

TRUTHS: dict[str, Callable[[float], float]] = {
    "waiting helps": lambda age: 0.5 * (0.05 + 0.95 * exp(-(((age - 22) / 9) ** 2))),
    "fades fast": lambda age: 0.5 * exp(-age / 2),
    "keeps": lambda age: 0.4,
}


def calls(count: int, truth: Callable[[float], float], answer: float = 0.4) -> list[Outcome]:
    luck = random.Random(7)
    found = []
    for _ in range(count):
        hour, age = luck.randrange(9, 18), luck.choice((luck.uniform(0, 4), luck.uniform(0, 48)))
        answered = luck.random() < answer
        bought = luck.random() < truth(age) if answered else None
        found.append(Outcome(hour, 0, age, False, False, answered, bought))
    return found


@pytest.mark.parametrize("name", TRUTHS)
def test_curves_come_close_to_the_truth_in_the_end(name: str) -> None:
    found = learn(calls(6000, TRUTHS[name]))

    for age in (0.5, 3.0, 6.0, 12.0, 22.0, 40.0):
        assert found.buys(age) == pytest.approx(TRUTHS[name](age), abs=0.1)
    for hour in range(9, 18):
        assert found.answers(hour, 0) == pytest.approx(0.4, abs=0.08)


def test_learned_curves_can_rise_with_age() -> None:
    found = learn(calls(1500, TRUTHS["waiting helps"]))

    assert found.buys(22) > 2 * found.buys(2)
    assert STARTING.buys(22) < STARTING.buys(2)


@settings(max_examples=40, deadline=None)
@given(
    some.lists(
        some.tuples(some.integers(0, 23), some.integers(0, 5), some.floats(0, 500), some.booleans()), max_size=20
    )
)
def test_a_few_calls_change_little(rows: list[tuple[int, int, float, bool]]) -> None:
    found = learn(Outcome(hour, tries, age, False, False, did, False) for hour, tries, age, did in rows)

    for hour in range(24):
        for tries in range(3):
            before, after = STARTING.answers(hour, tries), found.answers(hour, tries)
            count = len(rows)
            # Twice drawn, by the level and by the cell.
            kept = CALLS_WEIGH / (count + CALLS_WEIGH)
            assert before * kept**2 - 1e-9 <= after <= before + 0.3
            assert 0 < after < 1
    assert all(0 < found.buys(age) < 1 for age in (0, 0.5, 3, 24, 100, 5000)) or STARTING.buys(5000) < 1e-9


def test_the_shops_calls_are_read_as_they_teach(app: Flask) -> None:
    with app.app_context(), transaction():
        task = a_task(make_store(live_at=NOW), age=timedelta(hours=26))
        rep = make_user(REP)
        called_at = NOW - timedelta(hours=6)

        def call(key: str, disposition: str, **more: object) -> None:
            values = {"at": called_at, "before": {"attempts": 1, "callback_at": None}, **more}
            session().add(
                Call(
                    task_id=task.id,
                    cart_id=task.cart_id,
                    user_id=rep.id,
                    save_key=key,
                    disposition=disposition,
                    **values,
                )
            )

        call("a", "no_answer")
        call("b", "link_sent")
        call("c", "skip")
        call("d", "wrong_number")
        call("e", "link_sent", undone_at=NOW)
        call("f", "no_answer", counted=False)
        call("g", "no_answer", before={"attempts": 0, "callback_at": called_at.isoformat()})
        task.cart.paid_at = called_at + timedelta(days=1)
        session().flush()
        store_id = task.store_id

        soon = list(learning.outcomes_of(store_id, now=NOW))
        assert [one.answered for one in soon] == [True, False]
        assert {one.attempts for one in soon} == {1}
        assert {one.hour for one in soon} == {7}  # in New York
        assert soon[0].age_hours == pytest.approx(20)
        assert soon[0].bought is None  # its three days are not over
        later = list(learning.outcomes_of(store_id, now=NOW + timedelta(days=4)))
        assert later[0].bought is True
        task.cart.paid_at = None
        session().flush()
        assert next(learning.outcomes_of(store_id, now=NOW + timedelta(days=4))).bought is False


def test_curves_are_learned_anew_after_six_hours_and_not_before(app: Flask) -> None:
    with app.app_context(), transaction():
        task = a_task(make_store(live_at=NOW))
        rep = make_user(REP)
        assert facts_of(task, now=NOW).chances.calls == 0
        session().add(
            Call(task_id=task.id, cart_id=task.cart_id, user_id=rep.id, save_key="a", at=NOW, disposition="no_answer")
        )
        session().flush()

        assert facts_of(task, now=NOW + timedelta(hours=5)).chances.calls == 0
        assert facts_of(task, now=NOW + timedelta(hours=6)).chances.calls == 1


def test_the_owner_may_want_no_calls_timed_by_lot(app: Flask) -> None:
    with transaction():
        task = a_task(make_store(), id=19, age=timedelta(minutes=30))
        assert task.cart_id == 19  # its lot is an age of one hour
        ripen(now=NOW)
        assert (task.state, task.due_at) == ("waiting", NOW + timedelta(minutes=30))

        put(task.store_id, "calls.by_lot", "off", by="olive", now=NOW)
        task.due_at = soon = NOW + timedelta(minutes=1)
        session().flush()
        ripen(now=soon)
        session().refresh(task)
        assert task.state == "ready"
        later = NOW + timedelta(hours=1)
        assert not any("by lot" in what for what, _ in ranking.rows(facts_of(task, now=later), now=later))
