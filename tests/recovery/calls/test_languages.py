"""A cart whose customer speaks another language goes to a rep who speaks it, and to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.recovery.calls import calling
from sidecar.stores.connection import Store
from tests.calls.board import a_task
from tests.factories import NOW
from tests.recovery.calls.test_calling import saved

MINUTE = timedelta(minutes=1)


def test_a_language_is_kept_and_only_who_speaks_it_gets_the_cart_next(
    store: Store, task: CallTask, sam: User, ana: User
) -> None:
    with transaction():
        ana.languages = ["es", "en"]
        a_task(store, 1)
    saved(task, sam, "language_barrier", language="es")

    assert (task.contact.language, task.language, task.state) == ("es", "es", "waiting")
    later = NOW + 61 * MINUTE
    with transaction():
        calling.tick(now=later)
        other = queue.claim_next(sam, now=later)
    assert other is not None
    assert other.id != task.id
    with pytest.raises(Refused, match=r"Dana Number 0 speaks Spanish\. A colleague takes it"), transaction():
        queue.claim(task.id, sam, now=later)
    with transaction():
        assert queue.claim(task.id, ana, now=later).id == task.id


def test_without_anybody_who_speaks_it_the_calls_end(task: CallTask, sam: User) -> None:
    with transaction():
        sam.languages = ["es"]  # who chose this outcome does not count

    saved(task, sam, "language_barrier", language="es")

    assert (task.state, task.done_reason) == ("done", "language_barrier")
