"""The first import: the last 90 days in the background, with progress, going on where it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sidecar.recovery.orders import importing
from sidecar.stores import polling as places
from tests.recovery.answers.linked import linked_store

NOTHING = timedelta(0)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def _small_pages(monkeypatch):
    monkeypatch.setattr(places, "PER_PAGE", 10)


@pytest.mark.usefixtures("_small_pages")
def test_import_goes_on_in_slices_and_changes_come_in_between(app):
    with linked_store(app, orders=60) as shop:
        shop.store.simulator.place({}, [(11, 1)], at=int(datetime.now(UTC).timestamp()) - 100 * 86_400)  # too old
        first = shop.poll(patience=NOTHING)
        assert first.has_more
        assert shop.rings.rung == ["poll"]
        due = shop.row.poll_due_at
        assert due is not None
        assert due <= shop.clock()

        new = shop.place(ago=NOTHING)
        slices = 1
        while shop.poll(patience=timedelta(milliseconds=1)).has_more:
            slices += 1
            assert new.id in shop.carts()
            assert slices < 60

        done = shop.cursor("import")
        assert slices > 3
        assert done.finished_at is not None
        assert done.done == done.total
        assert len(shop.carts()) >= 10


@pytest.mark.usefixtures("_small_pages")
def test_import_stops_after_a_page_when_the_process_stops(app):
    with linked_store(app, orders=60) as shop:
        shop.poll(patience=NOTHING)
        before = shop.imported()
        assert shop.poll(is_stopping=lambda: True).has_more
        assert before < shop.imported() <= before + 10
        assert shop.row.lease_by is None


@pytest.mark.usefixtures("_small_pages")
def test_import_shows_how_far_it_is_and_how_long_it_will_take(app):
    with linked_store(app, orders=60) as shop:
        shares = []
        for _ in range(40):
            if not shop.poll(patience=timedelta(milliseconds=1)).has_more:
                break
            cursor = shop.cursor("import")
            if cursor.total:
                shares.append(cursor.done / cursor.total)
                left = importing.time_left(cursor, now=shop.clock())
                assert left is None or left >= NOTHING

        assert shares == sorted(shares)
        assert shares[0] < 0.5 < shares[-1] <= 1


def test_import_reads_each_page_about_once(app):
    with linked_store(app, orders=450) as shop:
        shop.poll_all()
        lists = [visit for visit in shop.store.traffic.visits() if visit.path.endswith("/orders")]

        assert len(lists) <= 10
        assert shop.store.traffic.most_at_once == 1


def test_killed_import_goes_on_where_it_was(app, database_url, tmp_path):
    """A process that imports is killed in the middle; another one finishes, and no order is missing."""
    with linked_store(app, orders=700) as shop:
        shop.store.settings.latency = 0.05
        worker = _importer(database_url, tmp_path, shop.id)
        for _ in range(3000):  # a minute: starting a process takes long where others work too
            time.sleep(0.02)
            if shop.imported() or worker.poll() is not None:
                break
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        stopped = shop.cursor("import")
        assert 0 < stopped.done < (stopped.total or 0)

        before = stopped.done
        shop.store.settings.latency = 0
        shop.clock.move(timedelta(seconds=31))  # the lease of the dead
        shop.store.traffic.clear()
        shop.poll_all()
        finished = shop.cursor("import")
        lists = [visit for visit in shop.store.traffic.visits() if visit.path.endswith("/orders")]

        assert finished.finished_at is not None
        assert len(lists) <= ((finished.total or 0) - before) / 100 + 4
        assert _unpaid(shop.store.orders.values()) <= set(shop.carts())


def _unpaid(orders):
    since = datetime.now(UTC).timestamp() - 90 * 86_400
    return {order.id for order in orders if order.status in ("pending", "failed", "on-hold") and order.modified > since}


def _importer(database_url: str, folder: Path, store_id: int) -> subprocess.Popen[bytes]:
    code = f"""
import os
from pathlib import Path
from sidecar.app import create_app
from sidecar.clock import now
from sidecar.recovery.orders.polling import poll_store
from tests.conftest import a_config
app = create_app(a_config(Path({str(folder)!r}), {database_url!r}))
with app.app_context():
    while poll_store({store_id}, gateways=app.extensions["ringback.gateways"], clock=now).has_more:
        pass
"""
    environ = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code], env=environ, cwd=ROOT, stderr=subprocess.DEVNULL)
