"""The owner's way back from "do not call", on the page of the cart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from sidecar import accounts
from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.db import session, transaction
from sidecar.recovery.calls import calling
from tests.calls.board import a_ready_task
from tests.cast import REP
from tests.factories import NOW, VAULT, make_store


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def said_no(app: Flask, visit) -> CallTask:
    """A cart whose customer told Sam not to call, an hour ago."""
    visit("rep", REP)
    sam = accounts.find_user_by_email(REP)
    assert sam is not None
    then = NOW - timedelta(hours=1)
    with transaction():
        task = a_ready_task(make_store(live_at=NOW - timedelta(days=1)), now=then)
        queue.claim(task.id, sam, now=then)
        form = OutcomeForm(key_of(task, sam), "do_not_call", confirmed=True)
        calling.wrap_up(task.id, sam, form, vault=VAULT, now=then)
    return task


def test_the_owner_allows_calls_again_and_nobody_else_is_offered_it(said_no: CallTask, visit) -> None:
    page = f"/carts/{said_no.cart_id}"
    owner, manager = visit("owner"), visit("manager")
    assert "Allow calls again" in owner.get(page).text
    assert "Allow calls again" not in manager.get(page).text
    assert manager.post(f"{page}/call-again").status_code == 403

    answer = owner.post(f"{page}/call-again", follow_redirects=True)

    assert "Taken back." in answer.text
    assert "Allow calls again" not in answer.text
    assert session().get_one(CallTask, said_no.id, populate_existing=True).state == "waiting"
    assert owner.post(f"{page}/call-again").status_code == 409
