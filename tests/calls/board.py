"""A queue for tests: carts of different people that stand ready to be called."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.calls.tasks.ripening import ripen
from sidecar.contacts.contact import Contact
from sidecar.stores.connection import Store
from tests.factories import NOW, make_cart, make_contact

NAMES = ("Dana", "Jo", "Piotr", "Aoife", "Lars", "Beatriz", "Noor", "Ines", "Tom", "Mei", "Ravi", "Ola")


def a_person(store: Store, number: int, **changes: Any) -> Contact:
    """The nth person in New York, with an address and number of their own."""
    values: dict[str, Any] = {
        "first_name": NAMES[number % len(NAMES)],
        "last_name": f"Number {number}",
        "email": f"person{number}@example.com",
        "phone": f"(212) 555-{1000 + number:04d}",
        "phone_e164": f"+1212555{1000 + number:04d}",
    }
    return make_contact(store, **values | changes)


def a_task(
    store: Store, number: int = 0, *, person: Contact | None = None, now: datetime = NOW, **cart_changes: Any
) -> CallTask:
    """A waiting task of the nth person (or of `person`), due now; `cart_changes` go to the cart."""
    contact = person or a_person(store, number)
    cart_changes.setdefault("age", timedelta(hours=26))
    cart = make_cart(store, contact, order_id=1000 + number, now=now, **cart_changes)
    task = queue.add(cart, due_at=now, threshold_minor=30000, now=now)
    assert task is not None
    return task


def a_ready_task(store: Store, number: int = 0, *, now: datetime = NOW, **more: Any) -> CallTask:
    """As `a_task`, and ripened: it can be claimed."""
    task = a_task(store, number, now=now, **more)
    ripen(now=now)
    return task
