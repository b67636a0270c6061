"""The queue asks for the same few rows by index, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import insert, text

from sidecar.accounts import User
from sidecar.calls.desk.card import find_card
from sidecar.calls.outcomes.outcome_form import OutcomeForm
from sidecar.calls.outcomes.wrap_up import key_of
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import claims, queries
from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.db import db, session, transaction
from sidecar.recovery.calls import calling
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.calls.counting import Asked, counted
from tests.cast import REP
from tests.factories import NOW, VAULT, make_store, make_user
from tests.shop import Shop

LONG = 3000
BIG = ("call_task", "cart", "contact", "call", "cart_event", "purchase", "message")


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def store(app: Flask) -> Store:
    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=Shop())
    with transaction():
        return make_store(live_at=NOW)


@pytest.fixture
def sam(store: Store) -> User:
    with transaction():
        return make_user(REP)


def lengthen(store: Store, count: int) -> None:
    """Fills the queue with copies of a ready task, each of a person and cart of their own."""
    first = a_ready_task(store, 0)
    for model, row in ((Contact, first.contact), (Cart, first.cart), (CallTask, first)):
        session().execute(insert(model), [_copy(row, number) for number in range(1, count)])


def _copy(row: Any, number: int) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != "metadata"}
    values |= {"id": row.id + number}
    moved = {"order_id": 100000 + number, "contact_id": number, "cart_id": number}
    values |= {name: values[name] + by for name, by in moved.items() if name in values}
    if "rank_value" in values:
        values |= {"rank_value": values["rank_value"] * (1 + number % 97 / 100)}
    return values


def one_round(user: User) -> Asked:
    """What a rep's round asks: claim, card, board, figures, stamp, save, the next claim."""
    with counted() as asked:
        with transaction():
            task = claims.claim_next(user, now=NOW)
            assert task is not None
            find_card(task.id, user, None, now=NOW)
        queries.board(user, "due", now=NOW)
        queries.figures(user, now=NOW, zone="America/New_York")
        queries.stamp(now=NOW)
        with transaction():
            form = OutcomeForm(key=key_of(task, user), outcome="left_voicemail")
            calling.wrap_up(task.id, user, form, vault=VAULT, now=NOW)
            claims.claim_next(user, now=NOW)
    return asked


def test_a_long_queue_asks_no_more_than_a_short_one(store: Store, sam: User) -> None:
    with transaction():
        for number in range(1, 40):
            a_ready_task(store, number, age=timedelta(hours=26))
    short = len(one_round(sam).statements)
    with transaction():
        task = claims.held_by(sam)
        assert task is not None
        claims.release(task.id, sam, now=NOW)
        lengthen(store, LONG)

    assert len(one_round(sam).statements) == short


def test_no_statement_of_a_round_reads_a_whole_table(store: Store, sam: User) -> None:
    if db.engine.dialect.name != "sqlite":
        return  # Postgres reads small tables whole on purpose
    with transaction():
        lengthen(store, LONG)
        session().execute(text("ANALYZE"))
    asked = one_round(sam)

    for statement, parameters in asked.statements:
        if not statement.startswith(("SELECT", "UPDATE")):
            continue
        plan = session().connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row[3] for row in plan]
        whole = [step for step in steps if step.startswith("SCAN") and step.split()[1].rstrip("_1234567890") in BIG]
        assert [step for step in whole if "USING" not in step] == [], (statement, steps)


@pytest.mark.parametrize("tab", queries.TABS)
def test_every_tab_reads_by_an_index(store: Store, sam: User, tab: str) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    with transaction():
        lengthen(store, LONG)
        session().execute(text("ANALYZE"))
    assert sam.id
    with counted() as asked:
        queries.board(sam, tab, now=NOW)

    ((statement, parameters),) = asked.statements
    plan = [row[3] for row in session().connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert not [step for step in plan if step.startswith("SCAN") and step.split()[1] in BIG and "USING" not in step], (
        plan
    )
