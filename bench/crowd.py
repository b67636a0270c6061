"""A store with many people, each with an abandoned cart and, if wanted, a call that may be made now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Table

from bench.cloning import FIRST, clone, refresh_statistics
from sidecar.calls.task import CallTask
from sidecar.carts.cart import Cart, CartLine
from sidecar.contacts.contact import Contact, ContactPoint
from sidecar.db import Base, db, transaction
from sidecar.stores.connection import Store
from sidecar.vault import Vault

_FAR = timedelta(days=2)


def email_of(number: int) -> str:
    """The address of the person with that order number."""
    return f"person{number - FIRST}@example.com"


def phone_of(number: int) -> str:
    """Their number: everybody has one of their own, or they would be taken for one person."""
    return f"+1212{2_000_000 + number - FIRST}"


@dataclass(frozen=True)
class Crowd:
    """What stands in the database: one store, `carts` carts with ids from FIRST + 1."""

    store_id: int
    carts: int

    def order_ids(self) -> range:
        """The orders of the carts."""
        return range(FIRST + 1, FIRST + self.carts + 1)


def gather(
    carts: int, *, vault: Vault, calls: bool, url: str = "https://shop.example.com", carts_each: int = 1
) -> Crowd:
    """Makes them; every person has `carts_each`, which stand side by side in the queue. Needs the application's
    context."""
    now = datetime.now(UTC)
    with transaction() as session:
        store = _store(vault, url, now)
        session.add(store)
        session.flush()
        contact = _contact(store.id, now)
        session.add(contact)
        session.flush()
        point = ContactPoint(store_id=store.id, contact_id=contact.id, kind="email", address=contact.email)
        cart = _cart(store.id, contact, now)
        session.add_all([point, cart])
        session.flush()
        task = _task(cart, now) if calls else None
        if task:
            session.add(task)
            session.flush()
        store_id, contact_id, point_id, cart_id = store.id, contact.id, point.id, cart.id
        task_id = task.id if task else None
    _copy(contact_id, point_id, cart_id, task_id, carts, carts_each)
    return Crowd(store_id, carts)


def _copy(contact_id: int, point_id: int, cart_id: int, task_id: int | None, count: int, each: int) -> None:
    people, own, who = -(-count // each), f"{FIRST} + i", f"((i - 1) / {each} + 1)"  # `who` is the number of a cart's
    with transaction() as session:
        connection = session.connection()
        clone(connection, _table(Contact), contact_id, people, **_person("i"))
        clone(connection, _table(ContactPoint), point_id, people, contact_id=own, address=_person("i")["email"])
        of = {"contact_id": f"{FIRST} + {who}"}
        number = f"CAST({own} AS TEXT)"
        clone(connection, _table(Cart), cart_id, count, order_id=own, number=number, **of, **_person(who))
        clone(connection, _table(CartLine), cart_id, count)
        if task_id is not None:
            rank = f"({who} * 7919 % 1000003) / 7.0"
            clone(connection, _table(CallTask), task_id, count, cart_id=own, rank_value=rank, **of)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        refresh_statistics(connection)


def _person(number: str) -> dict[str, str]:
    phone = f"'+1212' || (2000000 + {number})"
    return {"email": f"'person' || {number} || '@example.com'", "phone": phone, "phone_e164": phone}


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


def _store(vault: Vault, url: str, now: datetime) -> Store:
    return Store(
        url=url,
        key_sealed=vault.seal("ck_bench"),
        secret_sealed=vault.seal("cs_bench"),
        key_ending="ench",
        connected_at=now - timedelta(days=10),
        name="Aurora Audio",
        timezone="America/New_York",
        gmt_offset_minutes=-300,
        currency="USD",
        country="US:NY",
        address="1 Main St, New York, NY 10001",
        health="ok",
        read_at=now,
        polled_at=now,
        poll_due_at=now,
        statuses=["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"],
    )


def _contact(store_id: int, now: datetime) -> Contact:
    return Contact(
        store_id=store_id,
        first_name="Dana",
        last_name="Ruiz",
        email="dana@example.com",
        phone="(212) 555-0123",
        phone_e164="+12125550123",
        country="US",
        region="NY",
        created_at=now,
    )


def _cart(store_id: int, contact: Contact, now: datetime) -> Cart:
    left = now - timedelta(hours=26)
    lines = [CartLine(position=0, product_id=11, name="HX-2 Turntable", unit_minor=40000, total_minor=40000)]
    return Cart(
        store_id=store_id,
        order_id=FIRST,
        number=str(FIRST),
        contact_id=contact.id,
        status="pending",
        currency="USD",
        total_minor=43000,
        goods_minor=40000,
        shipping_minor=1000,
        tax_minor=2000,
        name="Dana Ruiz",
        email=contact.email,
        phone=contact.phone,
        phone_e164=contact.phone_e164,
        country="US",
        region="NY",
        created_via="checkout",
        needs_payment=True,
        content_hash="",
        ordered_at=left,
        modified_at=left,
        active_at=left,
        first_seen_at=left,
        changed_at=left,
        abandoned_at=left + timedelta(minutes=15),
        state="abandoned",
        route="call",
        reason_code="worth_a_call",
        reason="Worth a call.",
        lines=lines,
    )


def _task(cart: Cart, now: datetime) -> CallTask:
    return CallTask(
        store_id=cart.store_id,
        cart_id=cart.id,
        contact_id=cart.contact_id,
        state="ready",
        due_at=now - timedelta(hours=1),
        open_until=now + _FAR,
        zones=["America/New_York"],
        rank_class=2,
        rank_value=1.0,
        why="$400 cart, left yesterday.",
        chips=["High value"],
        ranked_at=now + _FAR,
        created_at=now,
        changed_at=now,
    )
