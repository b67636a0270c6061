"""The carts that are not as they should be, and those nobody may be called or written to about."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from . import catalog as c
from . import people
from .people import Person, Town

if TYPE_CHECKING:
    from .carts import Plan

HOUR, DAY = 3600, 86_400
BOT_ADDRESS = "192.0.2.66"
HOSTILE_NAMES = (
    ("<script>alert('hi')</script>", "Marlow"), ("Zoë 🎧🎶", "O’Larkin"), ("مريم", "القيسي"),
    ("=cmd|'/C calc'!A0", "Vale"), ("A" * 10_240, "Longfellow"), ("{{ config }}", "${jndi:ldap://x}"),
    ("Robert'); DROP TABLE carts;--", "Tansy"),
)
BAD_PHONES = ("call me after 5pm!", "n/a", "123", "000-000-0000")


def plans(chance: random.Random, town: Town) -> list[Plan]:
    """All of them, as plans for carts.py."""
    return [*_hostile(chance, town), *_contactless(chance, town), *_not_from_the_checkout(town),
            *_elsewhere(chance, town), *_bots(town), *_decided_by_the_shop(town), *_twice(town)]


def _plan(age: float, person: Person, product: int, fate: str, **other: object) -> Plan:
    from .carts import Plan as Made

    made = Made(int(age), person, ((product, 1),) if product else (), fate, currency=person.place.currency)
    return replace(made, **other)  # type: ignore[arg-type]


def _hostile(chance: random.Random, town: Town) -> list[Plan]:
    rows = []
    for turn, (first, last) in enumerate(HOSTILE_NAMES):
        person = replace(town.person(people.CENTRAL[turn % 2]), first=first, last=last)
        rows.append(_plan(chance.randint(26, 60) * HOUR, person, (c.TURNTABLE, c.LP_TIDE)[turn % 2], "pending"))
    return rows


def _contactless(chance: random.Random, town: Town) -> list[Plan]:
    """No phone, no usable phone, no e-mail, nothing at all, and an emptied cart."""
    rows = []
    for turn in range(3):
        person = replace(town.person(people.MOUNTAIN[turn]), phone="")
        rows.append(_plan((28 + turn * 9) * HOUR, person, (c.AMP_60, c.OPEN_BACK, c.BOOKSHELF)[turn], "pending"))
    for turn, phone in enumerate(BAD_PHONES):
        person = replace(town.person(people.PACIFIC[turn % 3]), phone=phone)
        rows.append(_plan((27 + turn * 7) * HOUR, person, c.TURNTABLE, "failed"))
    rows.append(_plan(31 * HOUR, replace(town.person(people.EASTERN[0]), email=""), c.BOOKSHELF, "pending"))
    nobody = replace(town.person(people.EASTERN[3]), first="", last="", email="", phone="", street="")
    for turn in range(4):
        rows.append(_plan((1 + turn * 4) * HOUR, nobody, (c.LP_NIGHT, c.AMP_60, c.MAT, c.SLEEVES)[turn], "draft",
                          billing={"city": "", "postcode": ""}, ip=f"203.0.113.{200 + turn}"))
    rows.append(_plan(2 * HOUR, town.person(people.EASTERN[1]), 0, "draft"))
    typed = replace(town.person(people.EASTERN[2]), first="", last="", street="")
    rows.append(_plan(chance.randint(50, 90) * 60, typed, c.HEADPHONE_AMP, "draft"))
    return rows


def _not_from_the_checkout(town: Town) -> list[Plan]:
    """Orders that a customer did not place at the checkout: never to be followed up."""
    made = (("admin", c.AMP_120), ("admin", c.BRUSH), ("rest-api", c.LP_NIGHT), ("rest-api", c.OPEN_BACK),
            ("subscription", c.LP_TIDE))
    return [_plan((26 + turn * 6) * HOUR, town.person(people.EASTERN[turn % 4]), product, "pending", via=via, ip="")
            for turn, (via, product) in enumerate(made)]


def _elsewhere(chance: random.Random, town: Town) -> list[Plan]:
    """Countries that need a consent or a basis first, and bank transfers under way."""
    rows = []
    for turn, place in enumerate([*people.BRITAIN, *people.GERMANY, *people.FRANCE, *people.NEW_ZEALAND]):
        product = (c.TURNTABLE, c.OPEN_BACK, c.LP_TIDE)[turn % 3]
        rows.append(_plan(chance.randint(25, 60) * HOUR, town.person(place), product, ("pending", "failed")[turn % 2]))
    for turn in range(3):
        rows.append(_plan((20 + 30 * turn) * HOUR, town.person(people.EASTERN[turn]), c.AMP_60, "on-hold"))
    return rows


def _bots(town: Town) -> list[Plan]:
    """A card tester: seven failed orders from one address within half an hour."""
    rows = []
    for turn in range(7):
        person = replace(town.person(people.PACIFIC[0]), first="John", last="Doe", email=f"qx{turn}7w@example.com")
        rows.append(_plan(9 * HOUR - turn * 260, person, c.BRUSH, "failed", ip=BOT_ADDRESS, via="checkout"))
    return rows


def _decided_by_the_shop(town: Town) -> list[Plan]:
    """Cancelled by a person, with that person's note: the shop's decision."""
    remarks = ("Customer rang and no longer wants it.", "Bought in the shop instead.", "Out of stock, told by e-mail.")
    goods = (c.DIRECT_DRIVE, c.MAT, c.LP_HALL)
    return [_plan((30 + turn * 10) * HOUR, town.person(people.CENTRAL[turn % 2]), goods[turn], "cancelled",
                  via="checkout", remark=remark) for turn, remark in enumerate(remarks)]


def _twice(town: Town) -> list[Plan]:
    """People with two carts, and people who left one and bought in another order."""
    rows = []
    for turn in range(3):
        person = town.person(people.PACIFIC[turn])
        rows.append(_plan((40 + turn) * HOUR, person, c.BOOKSHELF, "failed"))
        spelled = replace(person, phone=person.phone.replace("-", " "))
        rows.append(_plan((39 + turn) * HOUR, spelled, c.LP_TIDE, "pending"))
    for turn in range(2):
        person = town.person(people.MOUNTAIN[turn])
        rows.append(_plan((50 + turn) * HOUR, person, c.OPEN_BACK, "pending"))
        rows.append(_plan((49 + turn) * HOUR, person, c.OPEN_BACK, "paid"))
    return rows
