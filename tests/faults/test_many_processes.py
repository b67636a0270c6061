"""Several processes on one database: two workers, two sweepers, eight writers, a fork with a connection open, a full
disk. Each happens in processes of its own: tests/faults/scenes.py."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sidecar.db import transaction
from tests.factories import make_store
from tests.faults.scenes import play
from tests.mail_server import MailSink, mail_server

pytestmark = pytest.mark.faults


def test_two_workers_on_ten_thousand_messages_take_each_once(database_url: str, tmp_path: Path) -> None:
    found = play("reserve", database_url, tmp_path, "10000")
    assert len(found["first"]) + len(found["second"]) == 10_000
    assert set(found["first"]).isdisjoint(found["second"])
    assert min(len(found["first"]), len(found["second"])) > 0


def test_two_sweepers_give_back_what_had_not_begun_once(database_url: str, tmp_path: Path) -> None:
    found = play("sweep", database_url, tmp_path, "2000")
    first, second = found["both"]
    assert first["swept"] + second["swept"] == 2000
    assert len(first["reserved"]) + len(second["reserved"]) == 1000
    assert set(first["reserved"]).isdisjoint(second["reserved"])
    assert found["in_review"] == 1000


def test_eight_writers_at_once_lose_no_change(app: object, database_url: str, tmp_path: Path) -> None:
    with transaction():
        make_store(gmt_offset_minutes=0)
    found = play("write", database_url, tmp_path, "8", "25")
    assert found == {"done": [25] * 8, "counted": 200}


def test_a_forked_process_opens_a_connection_of_its_own(database_url: str, tmp_path: Path) -> None:
    found = play("fork", database_url, tmp_path)
    assert found["mine"] not in found["theirs"]
    assert found["still_mine"] == found["mine"]
    assert found["read"] == [[number * 1000 + n for n in range(200)] for number in range(4)]


@pytest.mark.parametrize("room", [0, 60_000, 120_000])
def test_on_a_full_disk_nothing_leaves_without_its_intent_and_later_everything_once(
    sqlite_template: Path, tmp_path: Path, room: int
) -> None:
    database, log = tmp_path / "ringback.sqlite3", tmp_path / "taken.txt"
    database.write_bytes(sqlite_template.read_bytes())
    log.touch()
    with mail_server(MailSink(log=log)) as sink:
        found = play("fill_the_disk", f"sqlite:///{database}", tmp_path, sink.url, str(log), "20", str(room))
    assert "due" in found["before"].values()  # the disk was full before all had left
    assert all("begun" in found["before"][to] for to in found["taken"])
    assert sorted(found["after"]) == sorted(f"p{number}@example.com" for number in range(1, 21))
    assert set(found["after"].values()) <= {"sent, begun", "review, begun"}
    assert max(Counter(sink.recipients).values()) == 1
    assert {to for to, state in found["after"].items() if state == "sent, begun"} <= set(sink.recipients)
    assert found["integrity"] == "ok"
