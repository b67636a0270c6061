"""Finding orders fast: sorted by id, by creation and by change, so that a page costs little at 100,000 orders."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Hashable

from .order import Order

_Key = tuple[int, int]
_KEPT_ANSWERS = 32


class OrderIndex:
    """Sorted keys of all orders, and the last answers to questions, which fall away with every change."""

    def __init__(self) -> None:
        self._by_created: list[_Key] = []
        self._by_modified: list[_Key] = []
        self._answers: OrderedDict[Hashable, list[int]] = OrderedDict()

    def fill(self, orders: list[Order]) -> None:
        """Takes in many orders at once."""
        self._by_created = sorted([*self._by_created, *((o.created, o.id) for o in orders)])
        self._by_modified = sorted([*self._by_modified, *((o.modified, o.id) for o in orders)])
        self._answers.clear()

    def add(self, order: Order) -> None:
        """Takes in one order."""
        insort(self._by_created, (order.created, order.id))
        insort(self._by_modified, (order.modified, order.id))
        self._answers.clear()

    def remove(self, order: Order) -> None:
        """Forgets an order; its times must still be those it was added with."""
        for keys, key in ((self._by_created, order.created), (self._by_modified, order.modified)):
            place = bisect_left(keys, (key, order.id))
            if place < len(keys) and keys[place] == (key, order.id):
                del keys[place]
        self._answers.clear()

    def changed(self) -> None:
        """Something other than the times changed."""
        self._answers.clear()

    def between(self, what: str, after: int | None, before: int | None) -> list[int]:
        """Ids with `what` ("created" or "modified") strictly after and strictly before, oldest first, ties by id."""
        keys = self._by_created if what == "created" else self._by_modified
        start = 0 if after is None else bisect_right(keys, (after, 1 << 60))
        end = len(keys) if before is None else bisect_left(keys, (before, -1))
        return [order_id for _, order_id in keys[start:end]]

    def answer(self, question: Hashable, find: Callable[[], list[int]]) -> list[int]:
        """What `find` returns, remembered until the next change."""
        known = self._answers.get(question)
        if known is not None:
            self._answers.move_to_end(question)
            return known
        found = find()
        self._answers[question] = found
        while len(self._answers) > _KEPT_ANSWERS:
            self._answers.popitem(last=False)
        return found
