"""Finding and reserving the next 500 due messages: among 10k messages, and among a million."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask

from bench.cloning import clone, refresh_statistics
from bench.crowd import gather
from bench.figures import Effort, Figure, growth, in_turn, seconds
from bench.ground import KEY, Ground
from sidecar.carts.cart import Cart
from sidecar.db import Base, db, session, transaction
from sidecar.outreach.delivery import leaving
from sidecar.outreach.message import Message
from sidecar.stores.connection import Store
from sidecar.vault import Vault

SMALL = 10_000
DUE = 5_000
NEXT = 500


def measure(ground: Ground, effort: Effort) -> Figure:
    """Milliseconds, the larger beside the smaller. What is reserved is given back, so that every round is alike."""
    with ground.application() as small_app, ground.application() as large_app:
        for app, count in ((small_app, SMALL), (large_app, effort.messages)):
            with app.app_context():
                write(count, due=DUE)
        pairs = in_turn(lambda: _reserve(small_app), lambda: _reserve(large_app), effort.at_least(20))
        return growth(
            "due",
            pairs,
            unit=f"ms for {NEXT} of {effort.messages:,} beside {SMALL:,}, {ground.database_name}",
            goal=1.5,
        )


class _GiveBack(Exception):
    """Ends the transaction without keeping what it did."""


def _reserve(app: Flask) -> float:
    with app.app_context():

        def reserve() -> None:
            found = leaving.reserve(now=datetime.now(UTC), limit=NEXT)
            if len(found) != NEXT:
                raise RuntimeError(f"{len(found)} messages were reserved instead of {NEXT}")

        spent = 0.0
        try:
            with transaction():
                spent = seconds(reserve)
                raise _GiveBack
        except _GiveBack:
            return spent


def write(count: int, *, due: int) -> None:
    """`count` messages of a live store: some due, half of the others long sent, half planned."""
    crowd = gather(1000, vault=Vault((KEY,)), calls=False)
    with transaction():
        now = datetime.now(UTC)
        session().get_one(Store, crowd.store_id).live_at = now
        cart = session().get_one(Cart, 1)
        first = _message(cart, now)
        session().add(first)
        session().flush()
        state = f"CASE WHEN i <= {due} THEN 'due' WHEN i % 2 = 0 THEN 'sent' ELSE 'planned' END"
        clone(
            session().connection(),
            Base.metadata.tables["message"],
            first.id,
            count,
            cart_id="1000001 + i % 1000",
            contact_id="1000001 + i % 1000",
            step="'step-' || i",
            state=state,
        )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        refresh_statistics(connection)


def _message(cart: Cart, now: datetime) -> Message:
    return Message(
        store_id=cart.store_id,
        cart_id=cart.id,
        contact_id=cart.contact_id,
        channel="email",
        step="step-0",
        to="dana@example.com",
        subject="Your turntable",
        state="sent",
        created_at=now,
        due_at=now - timedelta(hours=1),
        not_after_at=now + timedelta(days=3),
    )
