"""A customer who has just opened the pay link and has not paid is happening now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.calls.priority import ranking
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.calls.tasks.ripening import ripen
from sidecar.db import session, transaction
from tests.calls.board import a_ready_task, a_task
from tests.factories import NOW, make_store

MINUTE = timedelta(minutes=1)


@pytest.fixture
def tasks(app) -> tuple[int, int]:
    """Two carts ready to be called, the second worth less; their tasks' ids."""
    with transaction():
        store = make_store()
        return a_ready_task(store, 1).id, a_ready_task(store, 2, goods_minor=31000).id


def task(task_id: int) -> CallTask:
    session().rollback()
    return session().get_one(CallTask, task_id)


def test_click_brings_the_task_to_the_top_and_says_so(tasks: tuple[int, int]) -> None:
    with transaction():
        assert queue.note_click(task(tasks[1]).cart_id, NOW - 3 * MINUTE, now=NOW)

    found = task(tasks[1])
    assert found.rank_class == ranking.NOW
    assert " opened the pay link 3 min ago and has not paid." in found.why
    assert (found.chips[0], found.icon) == ("Opened pay link 3 min ago", "link")
    assert task(tasks[0]).rank_class == ranking.BEST_NEXT


def test_after_a_quarter_of_an_hour_the_task_goes_back_to_its_place(tasks: tuple[int, int]) -> None:
    with transaction():
        queue.note_click(task(tasks[1]).cart_id, NOW, now=NOW)
    seen = []
    for minutes in (5, 15, 16):
        with transaction():
            ripen(now=NOW + minutes * MINUTE)
        seen.append((task(tasks[1]).rank_class, task(tasks[1]).chips[0]))

    assert seen[0] == (ranking.NOW, "Opened pay link 5 min ago")
    assert seen[1][0] == ranking.NOW
    assert seen[2][0] == ranking.BEST_NEXT
    assert "pay link" not in seen[2][1]


def test_what_a_program_opened_is_taken_back(tasks: tuple[int, int]) -> None:
    cart_id = task(tasks[0]).cart_id
    with transaction():
        queue.note_click(cart_id, NOW, now=NOW)
    with transaction():
        queue.note_click(cart_id, None, now=NOW)

    assert task(tasks[0]).rank_class == ranking.BEST_NEXT


def test_click_does_not_bring_a_call_forward(app) -> None:
    with transaction():
        store = make_store()
        waiting = a_task(store, 3)
        waiting.due_at = due = NOW + timedelta(hours=5)
        queue.note_click(waiting.cart_id, NOW, now=NOW)
        ripen(now=NOW)
        task_id = waiting.id

    assert (task(task_id).state, task(task_id).due_at) == ("waiting", due)


def test_click_on_a_cart_nobody_calls_about_is_no_signal(app) -> None:
    with transaction():
        assert not queue.note_click(4711, NOW, now=NOW)
