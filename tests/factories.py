"""Plain functions that make rows and values with sensible defaults; a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sidecar.accounts import User
from sidecar.carts.cart import Cart, CartLine
from sidecar.contacts.contact import Contact, ContactPoint
from sidecar.db import session
from sidecar.ports import Order, OrderLine
from sidecar.stores.connection import Store
from sidecar.vault import Vault

NOW = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)  # a Wednesday: 13:00 in New York
TEST_KEY = "t" * 64
VAULT = Vault((TEST_KEY,))


def a_line(**changes: Any) -> OrderLine:
    """One turntable for 400."""
    line = OrderLine(
        product_id=11,
        variation_id=0,
        name="HX-2 Turntable",
        options="Walnut",
        sku="HX-2",
        quantity=1,
        unit_minor=40000,
        total_minor=40000,
        image_url="",
    )
    return replace(line, **changes)


def an_order(
    order_id: int = 101, *, now: datetime = NOW, age: timedelta = timedelta(hours=26), **changes: Any
) -> Order:
    """A pending order of Dana in New York: 400 of goods, 10 delivery, 20 tax; last touched `age` ago."""
    then = now - age
    order = Order(
        order_id=order_id,
        number=str(order_id),
        order_key=f"wc_order_{order_id}",
        status="pending",
        currency="USD",
        total_minor=43000,
        shipping_minor=1000,
        tax_minor=2000,
        discount_minor=0,
        customer_id=0,
        first_name="Dana",
        last_name="Ruiz",
        company="",
        email="dana@example.com",
        phone="(212) 555-0123",
        country="US",
        state="NY",
        city="New York",
        postcode="10001",
        payment_method="stripe",
        payment_method_title="Credit card",
        payment_url=f"https://shop.example.com/pay/{order_id}",
        needs_payment=True,
        created_via="checkout",
        customer_ip="",
        customer_note="",
        coupon_codes=(),
        created_at=then,
        modified_at=then,
        paid_at=None,
        lines=(a_line(),),
        meta={},
    )
    return replace(order, **changes)


def make_store(*, now: datetime = NOW, **changes: Any) -> Store:
    """A connected, readable store in New York, connected ten days ago, not live."""
    values: dict[str, Any] = {
        "url": "https://shop.example.com",
        "key_sealed": VAULT.seal("ck_test"),
        "secret_sealed": VAULT.seal("cs_test"),
        "key_ending": "test",
        "connected_at": now - timedelta(days=10),
        "name": "Aurora Audio",
        "timezone": "America/New_York",
        "gmt_offset_minutes": -300,
        "currency": "USD",
        "country": "US:NY",
        "address": "1 Main St, New York, NY 10001",
        "health": "ok",
        "read_at": now,
        "polled_at": now,
        "statuses": [
            "pending",
            "processing",
            "on-hold",
            "completed",
            "cancelled",
            "refunded",
            "failed",
            "checkout-draft",
        ],
    }
    store = Store(**values | changes)
    session().add(store)
    session().flush()
    return store


def make_user(email: str, role: str = "rep", *, now: datetime = NOW, **changes: Any) -> User:
    """Somebody who may sign in."""
    user = User(email=email, role=role, created_at=now, name=email.split("@")[0].title(), **changes)
    session().add(user)
    session().flush()
    return user


def make_contact(store: Store, *, now: datetime = NOW, **changes: Any) -> Contact:
    """Dana in New York, with her two addresses to be recognised by."""
    values: dict[str, Any] = {
        "store_id": store.id,
        "first_name": "Dana",
        "last_name": "Ruiz",
        "email": "dana@example.com",
        "phone": "(212) 555-0123",
        "phone_e164": "+12125550123",
        "country": "US",
        "region": "NY",
        "created_at": now,
    }
    contact = Contact(**values | changes)
    session().add(contact)
    session().flush()
    for kind, address in (("email", contact.email), ("phone", contact.phone_e164)):
        if address:
            session().add(ContactPoint(store_id=store.id, contact_id=contact.id, kind=kind, address=address))
    session().flush()
    return contact


def make_cart(
    store: Store,
    contact: Contact,
    order_id: int = 101,
    *,
    now: datetime = NOW,
    age: timedelta = timedelta(hours=26),
    **changes: Any,
) -> Cart:
    """An abandoned cart with one turntable, last touched `age` ago."""
    then = now - age
    values: dict[str, Any] = _the_order(order_id) | {
        "store_id": store.id,
        "contact_id": contact.id,
        **{each: getattr(contact, each) for each in ("name", "email", "phone", "phone_e164", "country", "region")},
        **dict.fromkeys(("ordered_at", "modified_at", "active_at", "first_seen_at", "changed_at"), then),
        "abandoned_at": then + timedelta(minutes=15),
        "state": "abandoned",
    }
    cart = Cart(**values | changes)
    cart.lines = [
        CartLine(
            position=0,
            product_id=11,
            name="HX-2 Turntable",
            options="Walnut",
            quantity=1,
            unit_minor=40000,
            total_minor=40000,
        )
    ]
    session().add(cart)
    session().flush()
    return cart


def _the_order(order_id: int) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "number": str(order_id),
        "status": "pending",
        "currency": "USD",
        "total_minor": 43000,
        "goods_minor": 40000,
        "shipping_minor": 1000,
        "tax_minor": 2000,
        "city": "New York",
        "postcode": "10001",
        "created_via": "checkout",
        "payment_method": "stripe",
        "payment_method_title": "Credit card",
        "payment_url": f"https://shop.example.com/pay/{order_id}",
        "needs_payment": True,
        "content_hash": "",
    }
