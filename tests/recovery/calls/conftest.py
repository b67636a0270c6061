"""A live store, two reps, and a task that one of them has."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from sidecar.accounts import User
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.db import transaction
from sidecar.stores.connection import Store
from tests.calls.board import a_ready_task
from tests.cast import OTHER_REP, REP
from tests.factories import NOW, make_store, make_user


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction():
        return make_store(live_at=NOW - timedelta(days=1))


@pytest.fixture
def sam(store: Store) -> User:
    with transaction():
        return make_user(REP)


@pytest.fixture
def ana(store: Store) -> User:
    with transaction():
        return make_user(OTHER_REP)


@pytest.fixture
def task(store: Store, sam: User) -> CallTask:
    """A task that Sam has claimed."""
    with transaction():
        found = a_ready_task(store, 0)
        queue.claim(found.id, sam, now=NOW)
    return found
