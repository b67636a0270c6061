"""Who lives while processes are killed: reps who work the queue, and a shop where people come, go and pay."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import requests

from sidecar.demo import people
from sidecar.demo.people import Place, Town
from tests.acceptance.shop import AMP, BRUSH, LP, TURNTABLE, Shop
from tests.acceptance.visitor import Page, Visitor

CALLABLE: dict[str, list[Place]] = {
    "Pacific/Guam": people.GUAM[:3],
    "Australia/Perth": people.PERTH,
    "Australia/Sydney": people.EAST_AUSTRALIA[:2],
    "America/Halifax": people.ATLANTIC[1:2],
    "America/New_York": people.EASTERN[:2],
    "America/Denver": people.MOUNTAIN[:1],
    "America/Los_Angeles": people.PACIFIC[:3],
    "America/Anchorage": people.ALASKA,
    "Pacific/Honolulu": people.HAWAII,
}
PACE_SECONDS = 0.3
ENDINGS = ("no_answer", "left_voicemail", "busy_failed")


@dataclass
class Carts:
    """What was left in the shop: order ids of carts to call about, and the address of each one to write to."""

    called: list[int] = field(default_factory=list)
    written_to: dict[int, str] = field(default_factory=dict)
    paid_at: dict[int, float] = field(default_factory=dict)
    later: list[int] = field(default_factory=list)


def leave_carts(shop: Shop, chance: random.Random, *, messages: int, due_within: float) -> Carts:
    """Carts to call about where people are awake, and small ones whose message comes due within so many seconds."""
    carts, town = Carts(), Town(chance)
    for zone, places in CALLABLE.items():
        awake = 10 <= datetime.now(ZoneInfo(zone)).hour < 19
        for turn in range(25 if awake else 2):
            person = town.person(places[turn % len(places)])
            items = ((AMP, 1), (TURNTABLE, 1))
            carts.called.append(shop.place(person.billing(), *items, ago_seconds=30 * 3600)["id"])
    for turn in range(messages):
        person = town.person(people.CENTRAL[turn % 2])
        ago = 45 * 60 - due_within * turn / messages
        carts.written_to[shop.place(person.billing(), (LP, 1), (BRUSH, 1), ago_seconds=ago)["id"]] = person.email
    return carts


@dataclass
class Held:
    """One rep had this task from then until then."""

    task: str
    began: float
    ended: float = float("inf")


@dataclass
class Rep:
    """Takes the next cart, says how it went, gets the next; tries again whatever fails, like anybody would."""

    url: str
    sign_in: Callable[[Visitor], Page]
    chance: random.Random
    held: list[Held] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    failures: int = 0

    def work(self, over: threading.Event) -> None:
        """Works until it is over."""
        visitor = Visitor(self.url)
        while not over.is_set():
            try:
                page = self._signed_in(visitor)
                while page.task and not over.wait(PACE_SECONDS):
                    page = self._next(visitor, page)
                over.wait(PACE_SECONDS)
            except (requests.RequestException, _Failed):
                self.failures += 1
                over.wait(0.3)

    def _signed_in(self, visitor: Visitor) -> Page:
        page = _answered(visitor.look("/queue"))
        if "/sign-in" in page.url:
            _answered(self.sign_in(visitor))
            page = _answered(visitor.look("/queue"))
        if not page.task:
            page = _answered(visitor.submit(page, "/queue/next"))
        return self._note(page)

    def _next(self, visitor: Visitor, page: Page) -> Page:
        """Says how the call on the page went; the page with the next one."""
        action = f"/calls/{page.task}/save"
        key = page.form(action).fields["key"]
        self.tried.add(key)
        page = _answered(visitor.submit(page, action, in_place=True, outcome=self.chance.choice(ENDINGS)))
        if page.status == 200:
            self.saved.add(key)
            self.held[-1].ended = min(self.held[-1].ended, time.time())
        return self._note(page)

    def _note(self, page: Page) -> Page:
        if page.task and (not self.held or self.held[-1].task != page.task or self.held[-1].ended < time.time()):
            self.held.append(Held(page.task, time.time()))
        return page


class _Failed(Exception):
    """The server answered that it could not."""


def _answered(page: Page) -> Page:
    if page.status >= 500 or page.status == 429:
        raise _Failed(page.status)
    return page


def trade(shop: Shop, carts: Carts, chance: random.Random, over: threading.Event) -> None:
    """New carts are left and old ones paid, some without a new modified date, until it is over."""
    town = Town(random.Random(f"later {chance.random()}"))
    while not over.wait(1.0):
        try:
            person = town.person(people.EASTERN[0])
            carts.later.append(shop.place(person.billing(email=f"later.{person.email}"), (LP, 1))["id"])
            unpaid = [order_id for order_id in carts.written_to if order_id not in carts.paid_at]
            if unpaid and chance.random() < 0.4:
                order_id = chance.choice(unpaid)
                shop.do("pay", order_id=order_id, bump=chance.random() < 0.5)
                carts.paid_at[order_id] = time.time()
        except (requests.RequestException, AssertionError):
            continue  # the shop was just killed; what it did not answer may or may not have happened


@contextmanager
def busy(*errands: Callable[[threading.Event], None]) -> Iterator[None]:
    """Runs each errand on a thread of its own until the block ends; raises what an errand could not get over."""
    over = threading.Event()
    with ThreadPoolExecutor(len(errands)) as threads:
        running = [threads.submit(errand, over) for errand in errands]
        try:
            yield
        finally:
            over.set()
        for errand in running:
            errand.result(timeout=60)


def at_the_same_time(reps: list[Rep]) -> list[str]:
    """Tasks that two reps had at once."""
    every = [(number, held) for number, rep in enumerate(reps) for held in rep.held]
    return [
        one.task
        for first, one in every
        for second, other in every
        if first < second and one.task == other.task and one.began < other.ended and other.began < one.ended
    ]


def now() -> datetime:
    """The moment, as the database writes it."""
    return datetime.now(UTC)
