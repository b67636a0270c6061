"""Many synthetic orders at once, for measuring: plain, small in memory, spread over 90 days."""

from __future__ import annotations

import random
from datetime import datetime

from .order import Line, Order
from .world import World

_STATUSES = ("completed",) * 70 + ("processing",) * 8 + ("cancelled",) * 6 + ("refunded",) * 2 + ("pending",) * 6 + (
    "failed",) * 6 + ("on-hold",) * 2
# North American area codes, three digits each: with 555-0100 to 0199 they make a telephone number for everybody.
_AREAS = (
    "201202203205206207208209210212213214215216217218219220223224225227228229231234235239240248251252253"
    "254256260262267269270272274276279281283301302303304305307308309310312313314315316317318319320321323"
    "324325326327329330331332334336337339341346347350351352353360361363364369380385386401402404405406407"
    "408409410412413414415417419423424425430432434435440442443445447448458463464469470472475478479480484"
    "501502503504505507508509510512513515516517518520530531534539540541551557559561562563564567570571572"
    "573574575580582585586601602603605606607608609610612614615616617618619620623626628629630631636640641"
    "645646650651656657659660661662667669678680681682686689701702703704706707708712713714715716717718719"
    "720724725726727728730731732734737738740743747748754757760762763765769770771772773774775779781785786"
    "801802803804805806808810812813814815816817818820821826828830831832835838839840843845847848850854856"
    "857858859860862863864865870872878901903904906907908909910912913914915916917918919920925928929930931"
    "934936937938940941943945947948949951952954956959970971972973975978979980983984985986989")
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
        # The block checkout's pending orders stay; the classic one's would be cancelled by hold-stock at once.
        via = "checkout" if i % 2 and status != "pending" else "store-api"
        modified = min(moment, created + chance.randrange(30, 600))
        order = Order(world.next_id(), status, "USD", via, created, modified, f"wc_order_{i:013x}",
                      chance.choice(people))
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
    area = _AREAS[i // 100 * 3 % len(_AREAS):][:3]
    return {"first_name": f"Pat{i % 977}", "last_name": f"Sample{i}", "company": "",
            "address_1": f"{i % 900 + 1} Elm Street", "address_2": "", "city": "Denver", "state": "CO",
            "postcode": "80202", "country": "US", "email": f"person{i}@example.com",
            "phone": f"({area}) 555-{100 + i % 100:04d}"}
