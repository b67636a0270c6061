"""What somebody said on the phone stays said, whatever becomes of the order it was said about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from sidecar.accounts import User
from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.contacts.consent import is_opted_out
from sidecar.contacts.contact import OptOut
from sidecar.db import session, transaction
from sidecar.recovery.calls import calling
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.cast import REP
from tests.factories import NOW, VAULT, make_store, make_user

DANAS = ("+12125551000", "person0@example.com")


@pytest.fixture
def sam(app: Flask) -> User:
    with transaction():
        return make_user(REP)


@pytest.fixture
def task(app: Flask, sam: User) -> CallTask:
    """Dana's cart in Sam's hands; the shop erased who placed the order while they talked."""
    with transaction():
        store = make_store(live_at=NOW - timedelta(days=1))
        found = a_ready_task(store, 0)
        queue.claim(found.id, sam, now=NOW)
        found.cart.phone = found.cart.phone_e164 = found.cart.email = ""
    return found


def say_no(task: CallTask, sam: User, scope: str) -> None:
    with transaction():
        found = session().get_one(CallTask, task.id)
        form = OutcomeForm(key=key_of(found, sam), outcome="do_not_call", confirmed=True, scope=scope)
        calling.wrap_up(task.id, sam, form, vault=VAULT, now=NOW)


def test_do_not_call_counts_for_every_number_of_the_person(task: CallTask, sam: User) -> None:
    say_no(task, sam, "calls")

    store = session().scalars(select(Store)).one()
    assert is_opted_out(store.id, "calls", DANAS[:1], vault=VAULT)
    assert not is_opted_out(store.id, "email", DANAS, vault=VAULT)


def test_everything_counts_for_every_address_of_the_person(task: CallTask, sam: User) -> None:
    say_no(task, sam, "all")

    store = session().scalars(select(Store)).one()
    assert is_opted_out(store.id, "email", DANAS[1:], vault=VAULT)


def test_taking_it_back_takes_all_of_it_back(task: CallTask, sam: User) -> None:
    say_no(task, sam, "all")

    with transaction():
        calling.undo(sam, vault=VAULT, now=NOW + timedelta(minutes=1))

    assert session().scalar(select(func.count()).select_from(OptOut)) == 0
