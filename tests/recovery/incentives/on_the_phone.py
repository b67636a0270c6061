"""A rep with a cart in hand at a live sample store, who may give offers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from sidecar import settings as business
from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.carts.cart import Cart
from sidecar.carts.story import story
from sidecar.db import session, transaction
from sidecar.demo.order import Order
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.incentives.request import OfferRequest
from sidecar.recovery.incentives import giving, questions
from tests.cast import OTHER_REP, OWNER, REP
from tests.factories import make_user
from tests.recovery.incentives.offered import Stand, stand

REASONS = ("extra_costs",)


@dataclass
class Desk:
    """Sam at the desk, Ana beside him, and Olive, who owns the shop. Ids, so that nothing is stale."""

    at: Stand
    sam_id: int
    ana_id: int
    olive_id: int

    def user(self, user_id: int) -> User:
        """Somebody, read anew and let go of, as a request has them."""
        session().rollback()
        found = session().get_one(User, user_id)
        session().expunge(found)
        return found

    @property
    def sam(self) -> User:
        return self.user(self.sam_id)

    @property
    def ana(self) -> User:
        return self.user(self.ana_id)

    @property
    def olive(self) -> User:
        return self.user(self.olive_id)

    def hold(self, *, by: int | None = None, **more: Any) -> tuple[Order, int]:
        """An order of somebody new, and the task about it that a rep (Sam) holds now."""
        (order,) = self.at.place(**more)
        return order, self.take(order, by=by)

    def take(self, order: Order, *, by: int | None = None) -> int:
        """The task about this order, held by a rep (Sam); what they held before is done."""
        holder, now = by or self.sam_id, self.at.shop.clock()
        with transaction():
            for held in session().scalars(select(CallTask).where(CallTask.claimed_by_id == holder)):
                held.state, held.done_at = "done", now
            cart = session().scalars(select(Cart).where(Cart.order_id == order.id)).one()
            task = session().scalar(select(CallTask).where(CallTask.cart_id == cart.id, CallTask.state != "done"))
            task = task or queue.add(cart, due_at=now, threshold_minor=30000, now=now)
            assert task is not None
            task.state, task.claimed_by_id, task.claimed_at = "claimed", holder, now
            task.lease_until = now + timedelta(minutes=10)
            return task.id

    def give(self, task_id: int, wish: str = "percent 10", *, by: int | None = None) -> Coupon:
        """A rep (Sam) gives."""
        return giving.give(
            task_id, self.user(by or self.sam_id), wish, REASONS,
            gateways=self.at.shop.gateways, clock=self.at.shop.clock,
        )  # fmt: skip

    def look_again(self, task_id: int) -> Coupon:
        """Sam looks whether the store has made it."""
        return giving.look_again(task_id, self.sam, gateways=self.at.shop.gateways, clock=self.at.shop.clock)

    def back(self, task_id: int, *, by: int | None = None) -> str:
        """A rep (Sam) takes back."""
        user = self.user(by or self.sam_id)
        return giving.take_back(task_id, user, gateways=self.at.shop.gateways, clock=self.at.shop.clock)

    def ask(self, task_id: int, wish: str, words: str = "", *, by: int | None = None) -> int:
        """A rep (Sam) asks the owner; the question's id."""
        user = self.user(by or self.sam_id)
        with transaction():
            return giving.ask(task_id, user, wish, REASONS, words, now=self.at.shop.clock()).id

    def answer(self, question_id: int, *, yes: bool = True, by: int | None = None, words: str = "") -> None:
        """Somebody (Olive) answers."""
        user = self.user(by or self.olive_id)
        with transaction():
            questions.decide(question_id, user, is_approved=yes, answer=words, now=self.at.shop.clock())

    def question(self, question_id: int) -> OfferRequest:
        """A question, read anew."""
        session().rollback()
        return session().get_one(OfferRequest, question_id, populate_existing=True)

    def set(self, **values: str) -> None:
        """Settings of offers."""
        with transaction():
            for name, value in values.items():
                business.put(self.at.shop.id, f"offers.{name}", value, by="test", now=self.at.shop.clock())

    def told(self, task_id: int) -> list[str]:
        """What the cart's story says about offers, oldest first."""
        cart_id = session().get_one(CallTask, task_id).cart_id
        return [one.text for one in reversed(story(cart_id)) if one.kind in ("offer", "coupon")]


@contextlib.contextmanager
def desk(app: Flask) -> Iterator[Desk]:
    """The desk; messages offer nothing."""
    with stand(app) as at:
        at.set(by_step="")
        with transaction():
            now = at.shop.clock()
            people = [make_user(OWNER, "owner", now=now), make_user(REP, now=now), make_user(OTHER_REP, now=now)]
            session().flush()
            olive, sam, ana = (person.id for person in people)
        yield Desk(at, sam, ana, olive)
