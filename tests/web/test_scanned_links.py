"""A gateway that opens everybody's links at once is nobody, though each visit alone looks like a person's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import clock
from sidecar.carts.cart import CartEvent
from sidecar.db import session, transaction
from sidecar.web.openings import Openings
from tests.factories import make_cart, make_contact, make_store
from tests.web.linking import BROWSER, clicks, sent_message

OFFICE, HOME = "198.51.100.9", "203.0.113.7"


@pytest.fixture
def tokens(app: Flask) -> list[str]:
    """The links of four customers. The store is left in peace just now, so nobody asks it."""
    now = clock.now()
    app.extensions["ringback.openings"] = Openings(lambda: 1000.0)  # however slow this machine is
    with transaction():
        store = make_store(now=now, health="unreadable", poll_due_at=now + timedelta(hours=1))
        people = [make_contact(store, now=now, email=f"p{n}@example.com", phone_e164="") for n in range(4)]
        carts = [make_cart(store, person, 501 + n, now=now) for n, person in enumerate(people)]
        return [sent_message(cart, now=now) for cart in carts]


def opened(visit: Any, token: str, place: str) -> int:
    """The status of the answer to a browser in that place."""
    headers = BROWSER | {"X-Forwarded-For": place}
    status: int = visit().get(f"/c/{token}", headers=headers).status_code
    return status


def told() -> int:
    return len(session().scalars(select(CartEvent.id).where(CartEvent.kind == "clicked")).all())


def test_three_customers_links_from_one_place_at_once_are_a_programs_all_of_them(visit: Any, tokens: list[str]) -> None:
    answers = [opened(visit, token, OFFICE) for token in tokens[:2]]
    assert [by for by, _ in clicks()] == ["person", "person"], "two may be a couple at one table"

    answers.append(opened(visit, tokens[2], OFFICE))

    assert answers == [302, 302, 302]
    assert [by for by, _ in clicks()] == ["scanner"] * 3
    assert told() == 0


def test_customers_in_different_places_are_people_even_behind_one_proxy(visit: Any, tokens: list[str]) -> None:
    for number, token in enumerate(tokens):
        opened(visit, token, f"{HOME}{number}")

    assert [by for by, _ in clicks()] == ["person"] * 4
    assert told() == 4
