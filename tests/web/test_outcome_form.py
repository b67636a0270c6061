"""The outcome form as a rep sees it: reasons in the shop's own order, the picker of callbacks, what is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from sidecar import accounts
from sidecar.accounts import User
from sidecar.calls.outcomes import frequent
from sidecar.calls.outcomes.dispositions import REASONS_SHOWN
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import Call, CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.story import story
from sidecar.db import session, transaction
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.cast import REP
from tests.factories import NOW, make_store

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    """13:00 in New York, when everybody may be called."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1), timezone="Europe/Berlin")


@pytest.fixture
def rep(visit, store: Store):
    return visit("rep", REP)


@pytest.fixture
def sam(rep) -> User:
    found = accounts.find_user_by_email(REP)
    assert found
    return found


@pytest.fixture
def task(store: Store, sam: User) -> CallTask:
    """Dana's cart, claimed by Sam."""
    with transaction():
        found = a_ready_task(store, 0)
        queue.claim(found.id, sam, now=NOW)
    return found


def a_form(task: CallTask, sam: User, outcome: str, **more: object) -> dict[str, object]:
    """What the outcome form sends."""
    return {"key": key_of(session().get_one(CallTask, task.id), sam), "outcome": outcome, **more}


def ticks(page: str) -> list[str]:
    """The codes of the reasons in the script, in order."""
    return re.findall(r'data-testid="reason-(\w+)"', page)


def test_reasons_stand_in_the_shops_own_order_nine_in_sight(task: CallTask, rep, sam: User) -> None:
    with transaction():
        for number, codes in enumerate((["warranty", "extra_costs"], ["warranty"], ["no_time"])):
            call = Call(
                task_id=task.id, cart_id=task.cart_id, user_id=sam.id, save_key=f"k{number}", at=NOW,
                disposition="skip" if codes == ["no_time"] else "link_sent", reasons=codes,
            )  # fmt: skip
            session().add(call)
    frequent._known.clear()

    shown = ticks(rep.get("/queue").text)

    assert shown[:2] == ["warranty", "extra_costs"]
    sight = rep.get("/queue").text.partition("More reasons")[0]
    assert len(ticks(sight)) == REASONS_SHOWN
    assert len(shown) == len(set(shown)) == 20


def test_after_a_failed_payment_that_reason_is_in_sight(task: CallTask, rep, sam: User) -> None:
    often = ["extra_costs", "warranty", "returns_policy", "quality_doubt", "bulk_discount", "just_looking",
             "changed_mind", "trust_card", "shipping_time", "other"]  # fmt: skip
    with transaction():
        call = Call(
            task_id=task.id, cart_id=task.cart_id, user_id=sam.id, save_key="k", at=NOW, disposition="link_sent",
            reasons=often,
        )  # fmt: skip
        session().add(call)
        task.cart.failed_payments = 1
    frequent._known.clear()

    assert "payment_declined" in ticks(rep.get("/queue").text)[:REASONS_SHOWN]


def test_several_reasons_are_kept_and_the_chosen_main_one_is_first(task: CallTask, rep, sam: User) -> None:
    form = a_form(task, sam, "not_interested", reason=["warranty", "extra_costs"], main_reason="extra_costs")

    assert rep.post(f"/calls/{task.id}/save", data=form, headers=HTMX).status_code == 200

    assert session().scalars(select(Call.reasons)).all() == [["extra_costs", "warranty"]]


def test_callbacks_are_picked_in_the_customers_time_with_the_reps_own_beneath(task: CallTask, rep, sam: User) -> None:
    assert "<small>13:30<span data-yours=" in rep.get("/queue").text
    assert ", shop 19:30" in rep.get("/queue").text
    with transaction():
        session().get_one(User, sam.id).time_zone = "Asia/Tokyo"

    assert "<small>13:30<span>, yours 03:30</span></small>" in rep.get("/queue").text


@pytest.mark.parametrize(("sent", "ends"), [(["no", "yes"], True), (["no"], False), ([], True)])
def test_a_callback_ends_with_a_reply_unless_the_rep_says_no(
    task: CallTask, rep, sam: User, sent: list[str], ends: bool
) -> None:
    at = (NOW + timedelta(hours=1)).isoformat()
    form = a_form(task, sam, "callback", when=at, ends_on_reply=sent)

    assert rep.post(f"/calls/{task.id}/save", data=form, headers=HTMX).status_code == 200

    assert session().get_one(CallTask, task.id, populate_existing=True).ends_on_reply is ends


def test_word_left_with_somebody_reminds_of_what_not_to_say_and_keeps_the_tick(task: CallTask, rep, sam: User) -> None:
    assert "To anybody else: your name and number, nothing about the cart." in rep.get("/queue").text

    rep.post(f"/calls/{task.id}/save", data=a_form(task, sam, "left_with_person", discreet="yes"), headers=HTMX)

    assert story(task.cart_id)[0].text.startswith("Sam called: left word with someone (nothing said about the cart).")
