"""The stamp under which a list is shown is older than what it shows: nothing that comes in between stays unseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from sidecar.db import transaction
from tests.calls.board import a_ready_task
from tests.calls.counting import counted
from tests.factories import NOW, make_store

STAMP, ROWS = "max(call_task.changed_at)", "call_task.rank_class, call_task.icon"


@pytest.fixture(autouse=True)
def _wednesday_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("path", ["/queue", "/queue/list?seen=old"])
def test_the_stamp_is_asked_once_and_before_the_rows(app: Flask, visit, path: str) -> None:
    with transaction():
        a_ready_task(make_store(live_at=NOW))
    rep = visit("rep")
    with counted() as asked:
        assert rep.get(path, headers={"HX-Request": "true"} if "list" in path else {}).status_code == 200
    statements = [statement for statement, _ in asked.statements]

    stamp, rows = ([at for at, statement in enumerate(statements) if part in statement] for part in (STAMP, ROWS))
    assert len(stamp) == 1
    assert rows
    assert stamp[0] < rows[0]
