"""The demo's carts: about 400 orders over 90 days, all of them relative to a given moment.

Carts worth a call are left 25 to 66 hours ago (the first call comes a day after leaving, and nobody calls after three
days), in enough time zones that somebody may be called at nearly every hour of the week; tests/demo/test_people.py
says at which hours nobody can be. Small carts left half an hour to three hours ago get messages.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from . import catalog as c
from . import oddities, people
from .order import Customer
from .people import Person, Place, Town
from .simulator import RATES, Simulator
from .world import World

HOUR, DAY = 3600, 86_400
Items = tuple[tuple[int, int], ...]

# Who can be called where: how many valuable carts per region. Guam, Perth and the Atlantic coast carry the hours at
# which nobody else is awake, so they have the most.
VALUABLE: tuple[tuple[list[Place], int], ...] = (
    (people.GUAM, 7), (people.PERTH, 7), (people.ATLANTIC, 9), (people.EASTERN, 5), (people.CENTRAL, 4),
    (people.MOUNTAIN, 4), (people.PACIFIC, 4), (people.ALASKA, 2), (people.HAWAII, 3), (people.EAST_AUSTRALIA, 4),
)
_BIG: tuple[Items, ...] = (
    ((c.TURNTABLE, 1), (c.BRUSH, 1)), ((c.AMP_60, 1), (c.CABLE_3M, 2)), ((c.BOOKSHELF, 1),), ((c.OPEN_BACK, 1),),
    ((c.DIRECT_DRIVE, 1), (c.MC_CARTRIDGE, 1), (c.MAT, 1)), ((c.AMP_120, 1), (c.FLOORSTANDER, 1), (c.CABLE_3M, 2)),
    ((c.OPEN_BACK, 1), (c.HEADPHONE_AMP, 1)), ((c.TURNTABLE, 1), (c.PHONO, 1), (c.LP_NIGHT, 1), (c.LP_TIDE, 1)),
    ((c.MC_CARTRIDGE, 1),), ((c.BOOKSHELF, 1), (c.AMP_60, 1)), ((c.TUBE_AMP, 1),), ((c.TURNTABLE, 1), (c.AMP_60, 1)),
)
_SMALL: tuple[Items, ...] = (
    ((c.LP_NIGHT, 1),), ((c.LP_TIDE, 1), (c.LP_HALL, 1)), ((c.BRUSH, 1), (c.SLEEVES, 1)), ((c.CABLE_2M, 2),),
    ((c.MM_CARTRIDGE, 1),), ((c.MAT, 1), (c.BRUSH, 1)), ((c.LP_HALL, 2),), ((c.GIFT_CARD, 1),), ((c.PHONO, 1),),
    ((c.SLEEVES, 2), (c.LP_NIGHT, 1), (c.LP_TIDE, 1)),
)
DECLINES = (
    "Local card payment failed (card_declined): Your card was declined.",
    "Local card payment failed (insufficient_funds): Your card has insufficient funds.",
    "Local card payment failed (expired_card): Your card has expired.",
    "Local card payment failed (authentication_required): 3-D Secure authentication was not completed.",
    "Local card payment failed (incorrect_cvc): Your card's security code is incorrect.",
)


@dataclass(frozen=True)
class Plan:
    """An order to be: left `age` seconds ago by `person`, and what became of it.

    `fate` is pending, failed, draft, held (cancelled by hold-stock), cancelled (by a person), paid, completed,
    refunded or on-hold.
    """

    age: int
    person: Person
    items: Items
    fate: str
    via: str = "store-api"
    currency: str = ""
    ip: str = "203.0.113.7"
    failures: int = 1
    reason: str = DECLINES[0]
    billing: dict[str, str] = field(default_factory=dict)
    remark: str = ""


def fill(world: World, *, seed: int, now: datetime) -> None:
    """Puts the demo's people and carts into a world. The same seed and moment make the same store."""
    chance = random.Random(f"aurora {seed}")
    town = Town(chance)
    simulator = Simulator(world)
    plans = [*_valuable(chance, town), *_young(chance, town), *oddities.plans(chance, town)]
    plans += _history(chance, town, [plan.person for plan in plans])
    moment = int(now.timestamp())
    accounts = _accounts(world, plans, moment)
    for plan in sorted(plans, key=lambda plan: -plan.age):
        carry_out(simulator, chance, plan, moment, accounts.get(plan.person.email, 0))


def _valuable(chance: random.Random, town: Town) -> list[Plan]:
    """Carts worth a call, of an age to be called."""
    plans: list[Plan] = []
    for places, count in VALUABLE:
        for turn in range(count):
            place = places[turn % len(places)]
            age = chance.randint(25 * HOUR, 66 * HOUR)
            plans.append(_valuable_plan(chance, town.person(place), len(plans), age))
    for turn in range(6):  # not yet due: left in the last day
        age = chance.randint(3 * HOUR, 22 * HOUR)
        plans.append(_valuable_plan(chance, town.person(people.EASTERN[turn % 5]), turn, age))
    return plans


def _valuable_plan(chance: random.Random, person: Person, turn: int, age: int) -> Plan:
    fate = ("pending", "failed", "held", "pending", "failed")[turn % 5]
    return Plan(age, person, _BIG[(turn * 5 + chance.randrange(2)) % len(_BIG)], fate,
                via="checkout" if fate == "held" else "store-api", currency=person.place.currency,
                failures=1 + turn % 3, reason=DECLINES[turn % len(DECLINES)], ip=f"203.0.113.{10 + turn}")


def _young(chance: random.Random, town: Town) -> list[Plan]:
    """Small carts of the last hours and days, which get messages."""
    plans = []
    home = people.EASTERN + people.CENTRAL + people.PACIFIC
    for turn in range(16):
        person = town.person(home[turn % len(home)])
        age = chance.randint(30 * 60, 3 * HOUR) if turn < 10 else chance.randint(5 * HOUR, 60 * HOUR)
        fates = ("pending", "failed", "draft", "pending") if age < 20 * HOUR else ("pending", "failed")
        fate = fates[turn % len(fates)]
        via = "checkout" if fate == "failed" else "store-api"
        plans.append(Plan(age, person, _SMALL[turn % len(_SMALL)], fate, via=via, currency=person.place.currency,
                          reason=DECLINES[turn % 5], ip=f"198.51.100.{10 + turn}"))
    return plans


def _history(chance: random.Random, town: Town, known: list[Person]) -> list[Plan]:
    """Orders that were paid, mostly small: the valuable tenth of a normal shop's sales, and buyers who come back."""
    plans: list[Plan] = []
    everywhere = ([*people.EASTERN[:4], *people.CENTRAL[:3], *people.MOUNTAIN[:3], *people.PACIFIC[:3]], 215), (
        [place for place in people.ATLANTIC + people.EASTERN + people.PACIFIC if place.country == "CA"], 58), (
        people.EAST_AUSTRALIA + people.PERTH, 56), (people.BRITAIN, 16), (people.GERMANY + people.FRANCE, 14), (
        people.NEW_ZEALAND, 14)
    for places, count in everywhere:
        buyers = [town.person(chance.choice(places)) for _ in range(count * 2 // 3)]
        for turn in range(count):
            plans.append(_sale(chance, chance.choice(buyers), big=turn % 60 == 30))
    for person in known[:12]:
        plans += [_sale(chance, person, big=False, youngest=6) for _ in range(chance.randint(1, 3))]
    return plans


def _sale(chance: random.Random, person: Person, *, big: bool, youngest: int = 1) -> Plan:
    age = chance.randint(youngest * DAY, 89 * DAY)
    fate = chance.choices(("paid", "completed", "refunded"), (2, 20, 1))[0]
    if age > 5 * DAY and fate == "paid":
        fate = "completed"
    currency = person.place.currency
    small = [items for items in _SMALL if all(item not in (c.PHONO, c.MM_CARTRIDGE) for item, _ in items)]
    items = chance.choice(_BIG[:4] if big else small if RATES[currency] > 1 else _SMALL)
    return Plan(age, person, items, fate, via=chance.choice(("store-api", "checkout")), currency=currency)


def _accounts(world: World, plans: Iterable[Plan], moment: int) -> dict[str, int]:
    """Every ninth buyer has an account. Returns e-mail → customer id."""
    accounts: dict[str, int] = {}
    for plan in list(plans)[::9]:
        email = plan.person.email
        if email and email not in accounts and plan.fate != "draft":
            accounts[email] = len(accounts) + 2
            world.customers[accounts[email]] = Customer(
                accounts[email], email.split("@")[0], moment - 200 * DAY, moment - 30 * DAY, plan.person.billing(),
                paying=plan.fate in ("paid", "completed"))
    return accounts


def carry_out(simulator: Simulator, chance: random.Random, plan: Plan, moment: int, customer_id: int = 0) -> int:
    """Places the order a plan describes and lets happen what happened. Returns its id."""
    at = moment - plan.age
    order = simulator.place(
        plan.person.billing(**plan.billing), plan.items, currency=plan.currency, created_via=plan.via, at=at,
        status="checkout-draft" if plan.fate == "draft" else "pending", customer_id=customer_id, ip=plan.ip,
        payment_method="bacs" if plan.fate == "on-hold" else "local_card",
        key=f"wc_order_{chance.getrandbits(52):013x}")
    if plan.fate != "draft" and plan.via == "store-api":
        simulator.world.add_note(order, "Order status changed from Draft to Pending payment.", at=at)
    _fate(simulator, plan, order.id, at, moment)
    return order.id


def _fate(simulator: Simulator, plan: Plan, order_id: int, at: int, moment: int) -> None:
    order = simulator.world.orders[order_id]
    if plan.fate == "failed":
        for turn in range(plan.failures):
            then = min(moment, at + 40 + turn * 95)
            if turn:
                simulator.world.add_note(order, plan.reason, at=then)
            else:
                simulator.fail_payment(order_id, reason=plan.reason, at=then)
    elif plan.fate == "held":
        simulator.cancel(order_id, hold_stock=True, at=min(moment, at + 62 * 60))
    elif plan.fate == "cancelled":
        simulator.world.add_note(order, plan.remark or "Customer rang and no longer wants it.", at=at + HOUR,
                                 author="admin")
        simulator.cancel(order_id, at=at + HOUR)
    elif plan.fate == "on-hold":
        simulator.change_status(order, "on-hold", told="Awaiting BACS payment ", at=at)
    elif plan.fate in ("paid", "completed", "refunded"):
        simulator.pay(order_id, at=at + 25)
        if plan.fate != "paid":
            simulator.change_status(order, "completed", at=min(moment, at + 2 * DAY))
        if plan.fate == "refunded":
            simulator.refund(order_id, reason="Customer returned goods", at=min(moment, at + 6 * DAY))


def leave_a_cart(simulator: Simulator, chance: random.Random, now: int) -> int:
    """Somebody new leaves a cart right now. Returns the order's id."""
    person = Town(chance).person(chance.choice(people.EASTERN + people.CENTRAL + people.PACIFIC + people.MOUNTAIN))
    tag = simulator.world.last_id
    person = replace(person, email=person.email.replace("@", f".{tag}@"))
    big = chance.random() < 0.4
    fate = chance.choice(("pending", "pending", "failed"))
    # One in three at the classic checkout, whose orders the store cancels after an hour.
    via = chance.choice(("store-api", "store-api", "checkout"))
    plan = Plan(0, person, chance.choice(_BIG if big else _SMALL), fate, via=via, currency=person.place.currency,
                ip=f"203.0.113.{chance.randint(60, 250)}", reason=chance.choice(DECLINES))
    return carry_out(simulator, chance, plan, now)
