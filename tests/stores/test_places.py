"""Where a pass goes on: nothing is lost while orders change under it, and it always ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.stores import polling
from sidecar.stores.polling import OVERLAP, Place, Reach, Seen, after_pass, first_place, next_place, question

START = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
SECOND = timedelta(seconds=1)


class MovingStore:
    """Orders by id and second of change, listed as WooCommerce lists them, while things happen between pages."""

    def __init__(self, changed: dict[int, int]) -> None:
        self.changed = dict(changed)
        self.hidden: set[int] = set()
        self.sorted_by: Callable[[tuple[int, int]], Any] = lambda row: row

    def page(self, place: Place) -> tuple[list[int], Seen]:
        after, until = (place.after - START).total_seconds(), (place.until - START).total_seconds()
        rows = [(at, order) for order, at in self.changed.items() if after < at < until]
        rows.sort(key=self.sorted_by)
        size = polling.PER_PAGE
        shown = [order for _, order in rows[(place.page - 1) * size : place.page * size] if order not in self.hidden]
        moments = [START + timedelta(seconds=self.changed[order]) for order in shown]
        pages = -(-len(rows) // size)
        return shown, Seen(len(rows), pages, max(moments, default=None), moments == sorted(moments))


def read_all(store: MovingStore, happenings: list[tuple[int, int]], *, at_most: int = 3000) -> tuple[set[int], int]:
    """Reads a pass to its end; before each page one thing happens: an order changes, at a second past all others."""
    place: Place | None = first_place(START, END)
    seen: set[int] = set()
    pages = 0
    now = max(store.changed.values(), default=0)
    while place is not None:
        shown, told = store.page(place)
        seen |= set(shown)
        pages += 1
        assert pages <= at_most, "the pass does not end"
        place = next_place(place, told)
        if happenings:
            order, wait = happenings.pop()
            now += wait
            store.changed[order] = now
    return seen, pages


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(polling, "PER_PAGE", 3)


@settings(max_examples=600, deadline=None)
@given(
    changed=st.dictionaries(st.integers(1, 40), st.integers(1, 12), max_size=40),
    happenings=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 2)), max_size=60),
)
def test_every_order_is_seen_while_others_change_and_come(changed, happenings):
    store = MovingStore(changed)
    before = set(changed)

    seen, _ = read_all(store, list(happenings))

    # Whoever changed in the last second of all may still be changing: the next pass reads the overlap again.
    last = max(store.changed.values(), default=0)
    settled = {order for order, at in store.changed.items() if at < last}
    assert before & settled <= seen


@settings(max_examples=200, deadline=None)
@given(
    changed=st.dictionaries(st.integers(1, 60), st.integers(1, 6), max_size=60),
    hidden=st.sets(st.integers(1, 60)),
)
def test_short_pages_of_hidden_orders_do_not_end_a_pass(changed, hidden):
    store = MovingStore(changed)
    store.hidden = hidden

    seen, _ = read_all(store, [])

    assert seen == set(changed) - hidden


@settings(max_examples=200, deadline=None)
@given(seconds=st.sets(st.integers(1, 60)))
def test_store_that_sorts_otherwise_is_read_whole_by_page_numbers(seconds):
    """On the night clocks are set back, the old storage sorts by site time, which jumps."""
    store = MovingStore({order: order for order in seconds})
    store.sorted_by = lambda row: -row[0]

    seen, _ = read_all(store, [])

    assert seen == seconds


def test_burst_in_one_second_is_read_whole():
    store = MovingStore(dict.fromkeys(range(1, 101), 5) | {200: 1, 201: 9})

    seen, pages = read_all(store, [])

    assert seen == {*range(1, 101), 200, 201}
    assert pages < 45


def test_order_that_leaves_a_burst_does_not_hide_its_neighbour():
    store = MovingStore(dict.fromkeys(range(1, 31), 5))
    leaving = [(order, 1) for order in range(1, 16)]

    seen, _ = read_all(store, leaving)

    assert seen == set(range(1, 31))


def test_quiet_pass_is_one_question():
    assert read_all(MovingStore({}), [])[1] == 1
    assert read_all(MovingStore({1: 5, 2: 5}), [])[1] == 1


def test_question_is_exclusive_and_bounded():
    asked = question(first_place(START, END), ("pending",))

    assert (asked.modified_after, asked.modified_before, asked.page) == (START, END, 1)


def reach(**changes):
    return replace(Reach(START, OVERLAP, START), **changes)


def test_reach_goes_by_the_stores_own_dates():
    later = START + timedelta(minutes=3)
    after = after_pass(reach(), newest=later, pages=1, is_new=True, store_now=END, now=END)

    assert after == Reach(later, OVERLAP, END)


def test_reach_stays_when_nothing_changed_however_long():
    much_later = START + timedelta(days=2)

    assert after_pass(reach(), newest=None, pages=1, is_new=False, store_now=much_later, now=much_later) == reach()


def test_date_in_the_future_does_not_carry_the_reach_along():
    future = START + timedelta(days=400)
    after = after_pass(reach(), newest=future, pages=1, is_new=True, store_now=END, now=END)

    assert after.reached == END


def test_clock_set_back_moves_nothing_back_or_ahead():
    earlier = START - timedelta(hours=3)

    after = after_pass(reach(), newest=START, pages=1, is_new=False, store_now=earlier, now=earlier)

    assert after.reached == START


def test_overlap_that_holds_a_burst_is_read_again_only_until_it_has_settled():
    soon, settled = START + timedelta(seconds=60), START + timedelta(seconds=180)

    assert after_pass(reach(), newest=START, pages=4, is_new=False, store_now=END, now=soon).overlap == OVERLAP
    assert after_pass(reach(), newest=START, pages=4, is_new=True, store_now=END, now=settled).overlap == OVERLAP
    assert after_pass(reach(), newest=START, pages=4, is_new=False, store_now=END, now=settled).overlap == timedelta(0)
    assert after_pass(reach(), newest=START, pages=1, is_new=False, store_now=END, now=settled).overlap == OVERLAP
