"""What messages say about products is read ahead, seldom, and never while somebody waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from sidecar.carts.cart import Cart, Purchase
from sidecar.db import session, transaction
from sidecar.demo import catalog
from sidecar.demo.faults import NAMES
from sidecar.recovery.orders.catalogue import read_products, stores_to_read
from sidecar.stores.product import FRESH_FOR, Product
from tests.recovery.answers.linked import TURNTABLE, Linked, linked_store

PATH = "/wp-json/wc/v3/products"


def read(shop: Linked) -> int:
    return read_products(shop.id, gateways=shop.gateways, clock=shop.clock)


def known() -> dict[int, Product]:
    session().rollback()
    return {product.product_id: product for product in session().scalars(select(Product))}


def test_products_of_open_carts_are_read_with_what_goes_with_them(app: Flask) -> None:
    with linked_store(app) as shop:
        shop.place()
        shop.poll()

        assert stores_to_read() == [shop.id]
        assert read(shop) == 4
        found = known()
        assert set(found) == {TURNTABLE, catalog.MM_CARTRIDGE, catalog.BRUSH, catalog.DIRECT_DRIVE}
        turntable = found[TURNTABLE]
        assert (turntable.name, turntable.price_minor, turntable.currency) == ("Aurora One turntable", 44900, "USD")
        assert (turntable.stock, turntable.is_sold, turntable.review_count) == (12, True, 2)
        assert (turntable.quote, turntable.quote_by) == ("The lid hinges are stiff. The rest is lovely.", "Rob")
        assert turntable.cross_sell_ids == [catalog.MM_CARTRIDGE, catalog.BRUSH]
        assert turntable.image_url.startswith(shop.store.url)


def test_nobody_is_asked_again_before_it_is_old_and_then_what_changed_is_seen(app: Flask) -> None:
    with linked_store(app) as shop:
        shop.place()
        shop.poll()
        read(shop)
        asked = shop.asked(PATH)
        assert asked == 3  # products, their reviews, what goes with them

        assert read(shop) == 0
        assert shop.asked(PATH) == asked
        del shop.store.world.products[catalog.BRUSH]
        shop.store.world.products[TURNTABLE].stock = 2
        with transaction():
            session().execute(update(Product).values(read_at=shop.clock() - FRESH_FOR - timedelta(minutes=1)))

        assert read(shop) == 4
        assert known()[TURNTABLE].stock == 2
        assert known()[catalog.BRUSH].gone is True


def test_what_the_same_person_bought_before_is_read_too(app: Flask) -> None:
    with linked_store(app) as shop:
        order = shop.place()
        shop.poll()
        with transaction():
            cart = session().scalars(select(Cart).where(Cart.order_id == order.id)).one()
            session().add(
                Purchase(
                    store_id=shop.id, order_id=9, contact_id=cart.contact_id, status="completed", currency="USD",
                    total_minor=100, goods_minor=100, ordered_at=cart.ordered_at, paid_at=cart.ordered_at,
                    product_ids=[catalog.LP_NIGHT],
                )
            )
        read(shop)
        assert catalog.LP_NIGHT in known()


def test_carts_that_are_too_old_to_be_written_about_ask_nothing(app: Flask) -> None:
    with linked_store(app) as shop:
        shop.place(ago=timedelta(days=8))
        shop.poll_all()
        assert read(shop) == 0
        assert shop.asked(PATH) == 0


@pytest.mark.parametrize("fault", [name for name in NAMES if name != "slow"])
def test_a_store_in_trouble_changes_nothing_that_is_known(app: Flask, fault: str) -> None:
    with linked_store(app) as shop:
        shop.place()
        shop.poll()
        shop.store.fault(fault)

        assert read(shop) == 0
        assert known() == {}
