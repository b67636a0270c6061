"""Many synthetic orders at once, for measuring: plain, small in memory, spread over 90 days."""

from __future__ import annotations

import random
from datetime import datetime

from .order import Line, Order
from .world import World

_STATUSES = ("completed",) * 70 + ("processing",) * 8 + ("cancelled",) * 6 + ("refunded",) * 2 + ("pending",) * 6 + (
    "failed",) * 5 + ("on-hold",) * 2 + ("checkout-draft",)
_PAID = ("completed", "processing", "refunded")
_SPAN = 90 * 86_400


def fill(world: World, count: int, *, seed: int, now: datetime) -> None:
    """Adds `count` orders of `count // 3` invented guests."""
    chance = random.Random(f"bulk {seed}")
    people = [_person(i) for i in range(max(1, count // 3))]
    products = [product for product in world.products.values() if not product.options]
    moment = int(now.timestamp())
    made = []
    for i in range(count):
        created = moment - _SPAN + int(_SPAN * i / count)
        status = chance.choice(_STATUSES)
        order = Order(world.next_id(), status, "USD", "checkout" if i % 2 else "store-api", created,
                      min(moment, created + chance.randrange(30, 600)), f"wc_order_{i:013x}", chance.choice(people))
        for product in chance.sample(products, chance.choice((1, 1, 1, 2, 3))):
            order.lines.append(Line(world.next_line_id(), product.id, product.name, product.sku, 1, product.price,
                                    image=product.image, image_id=product.image_id))
        order.shipping_total, order.shipping_line_id = 1200, world.next_line_id()
        order.payment_method, order.payment_title = "local_card", "Credit card"
        if status in _PAID:
            order.paid, order.transaction_id = created + 20, f"ch_local_{order.id}"
        made.append(order)
    world.fill(made)


def _person(i: int) -> dict[str, str]:
    return {"first_name": f"Pat{i % 977}", "last_name": f"Sample{i}", "company": "", "address_1": f"{i % 900 + 1} Elm St",
            "address_2": "", "city": "Denver", "state": "CO", "postcode": "80202", "country": "US",
            "email": f"person{i}@example.com", "phone": f"303555{100 + i % 100:04d}"}
