"""Sam on the queue's page of a live store with twelve carts to call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page

from sidecar.calls.tasks.ripening import ripen
from sidecar.db import transaction
from tests.calls.board import a_person, a_task
from tests.cast import REP
from tests.factories import NOW, an_order, make_store
from tests.shop import Shop

PEOPLE = 12


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    """13:00 in New York, on the server; the browser is told the same in `rep`."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def shop(live_app: Flask) -> Shop:
    """A live store with twelve carts to call, the first of them the most valuable."""
    found = Shop()
    live_app.extensions["ringback.gateways"] = replace(live_app.extensions["ringback.gateways"], stores=found)
    with live_app.app_context(), transaction():
        store = make_store(live_at=NOW - timedelta(days=1))
        for number in range(PEOPLE):
            goods = (100 - number) * 1000
            person = a_person(store, number)
            a_task(store, number, person=person, goods_minor=goods, total_minor=goods + 3000, failed_payments=2)
            found.put(
                an_order(1000 + number, first_name=person.first_name, last_name=person.last_name, email=person.email,
                         phone=person.phone, total_minor=goods + 3000, status="failed")
            )  # fmt: skip
        ripen(now=NOW)
    return found


@pytest.fixture
def rep(page: Page, shop: Shop, live_url: str, signed_in) -> Iterator[Page]:
    """Sam on the queue's page. Any script error fails the test."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.clock.set_system_time(NOW)
    signed_in(page, "rep", REP).goto(f"{live_url}/queue")
    yield page
    assert errors == []
