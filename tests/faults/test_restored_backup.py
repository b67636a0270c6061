"""A database that was restored from a backup, or copied to another server, sends nothing before a person says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, update

from sidecar import clock, instances
from sidecar.commands import start
from sidecar.config import Config
from sidecar.db import session, transaction
from sidecar.instances import Instance, Mark, Place, judge
from sidecar.recovery.delivery import going_live, restoring
from sidecar.stores.connection import connected_stores
from tests.mail_server import MailSink, mail_server
from tests.recovery.delivery.writing import Desk, make_live_store
from tests.shop import Shop
from workers import jobs

pytestmark = pytest.mark.faults
PLACE = Place("m1", "/var/ringback", 7)
HERE = Mark("f1", PLACE, ("s1", "s2"))


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with mail_server() as found:
        yield found


@pytest.fixture
def desk(app: Flask, sink: MailSink, tmp_path: Path) -> Desk:
    """A live store that has been at work with this test's data folder."""
    with transaction():
        store_id = make_live_store().id
    assert look(tmp_path) is None
    return Desk(store_id, Shop(), sink.url)


def look(folder: Path) -> str | None:
    """What a start says about the database beside this folder."""
    with transaction():
        return restoring.hold_a_copy(folder, now=clock.now())


def test_the_same_folder_and_database_go_on_start_after_start(desk: Desk, sink: MailSink, tmp_path: Path) -> None:
    for _ in range(3):
        assert look(tmp_path) is None
    desk.write(1)
    assert desk.send().sent == 1


def test_a_copy_beside_a_new_folder_sends_nothing_until_a_person_says_so(
    desk: Desk, sink: MailSink, tmp_path: Path
) -> None:
    desk.write(1, 2)
    desk.write(3, age=timedelta(minutes=46))
    elsewhere = tmp_path / "restored"
    elsewhere.mkdir()

    told = look(elsewhere)

    assert told is not None
    assert "another data folder" in told
    assert "3 messages" in told
    assert "bin/run resume" in told
    assert desk.send().reserved == 0
    assert sink.recipients == []
    assert desk.state(1) == ("review", "restored")
    assert look(elsewhere) is None  # it has been said; what holds now is the pause
    assert desk.send().reserved == 0
    with transaction():
        assert going_live.resume(desk.store_id, by="owner", now=clock.now())
    desk.write(4)
    assert desk.send().sent == 1
    assert sink.recipients == ["p4@example.com"]  # what may have been sent before is still for a person


def test_an_older_copy_under_the_same_folder_is_held(desk: Desk, sink: MailSink, tmp_path: Path) -> None:
    stamp = session().get_one(Instance, next(iter(known()))).stamp
    for _ in range(2):
        assert look(tmp_path) is None
    desk.write(1)
    with transaction():
        session().execute(update(Instance).values(stamp=stamp))  # as the backup has it

    told = look(tmp_path)

    assert told is not None
    assert "older than this data folder" in told
    assert desk.send().reserved == 0


def test_a_folder_that_was_copied_or_restored_as_a_whole_is_held(desk: Desk, tmp_path: Path) -> None:
    desk.write(1)
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.copy2(tmp_path / instances.FILE, kept)
    shutil.copytree(kept, tmp_path / "clone")
    with transaction():
        told = [instances.check(tmp_path / "clone"), instances.check(kept)]
    assert told == ["copied", "copied"]

    (tmp_path / instances.FILE).rename(tmp_path / "set-aside")
    shutil.copy2(kept / instances.FILE, tmp_path)  # put back where it was

    assert "restored" in (look(tmp_path) or "")
    assert desk.send().reserved == 0


def test_a_backup_from_before_the_first_stamp_is_held(desk: Desk, tmp_path: Path) -> None:
    with transaction():
        session().execute(delete(Instance))
    assert "older" in (look(tmp_path) or "")


def test_a_kill_while_the_stamp_is_renewed_is_no_reason_to_hold(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        be_killed_between_folder_and_database(tmp_path)
    assert look(tmp_path) is None
    with pytest.raises(KeyboardInterrupt):
        be_killed_between_folder_and_database(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        be_killed_between_folder_and_database(tmp_path)
    assert look(tmp_path) is None


def be_killed_between_folder_and_database(folder: Path) -> None:
    """The folder gets its new stamp, the database keeps the one before."""
    with transaction():
        instances.renew(folder, now=clock.now())
        raise KeyboardInterrupt


def test_housekeeping_renews_the_stamp_and_finds_a_database_that_was_swapped(
    desk: Desk, config: Config, app: Flask
) -> None:
    before = known()
    jobs.housekeeping()
    assert known() != before
    with transaction():
        session().execute(update(Instance).values(stamp="of another life"))
    jobs.housekeeping()
    assert all(store.paused_at is not None for store in connected_stores())


def test_a_start_says_it_with_its_first_lines(desk: Desk, config: Config, app: Flask) -> None:
    (config.data_dir / instances.FILE).unlink()
    (line,) = start.hold_a_copy(app)
    assert line.startswith("This database may be a copy")
    assert start.hold_a_copy(app) == []


@pytest.mark.parametrize(
    ("mark", "stamps", "place", "found"),
    [
        (None, {}, None, None),  # everything is new
        (HERE, {"f1": "s2"}, PLACE, None),
        (HERE, {"f1": "s1", "f2": "t9"}, PLACE, None),  # two machines with one Postgres
        (HERE, {"f1": "s0"}, PLACE, "older"),
        (HERE, {}, PLACE, "older"),
        (HERE, {"f2": "t9"}, PLACE, "elsewhere"),
        (None, {"f1": "s2"}, None, "elsewhere"),
        (HERE, {"f1": "s2"}, replace(PLACE, machine="m2"), "machine"),  # a whole server, copied
        (HERE, {"f1": "s2"}, replace(PLACE, machine=""), None),  # a container has no name
        (HERE, {"f1": "s2"}, replace(PLACE, folder="/var/copy"), "copied"),
        (HERE, {"f1": "s2"}, replace(PLACE, file=8), "copied"),  # the folder was restored where it was
    ],
)
def test_what_is_taken_for_a_copy(
    mark: Mark | None, stamps: dict[str, str], place: Place | None, found: str | None
) -> None:
    assert judge(mark, stamps, place) == found


def known() -> dict[str, str]:
    """The stamps in the database."""
    session().rollback()
    return {row.id: row.stamp for row in session().query(Instance)}
