"""The bundled broker keeps what it was given, and never runs twice."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sidecar.config import ConfigError, load
from tests.workers.conftest import RealBroker
from tests.workers.running import environment, is_alive, until
from workers import broker


@pytest.mark.faults
def test_what_it_holds_survives_a_kill(real_broker: RealBroker) -> None:
    connection = real_broker.connection
    for number in range(1000):
        connection.rpush("kept", number)
    time.sleep(1.2)  # it writes to disk every second

    real_broker.kill()
    real_broker.start()

    assert real_broker.connection.llen("kept") == 1000


def test_only_a_socket_for_our_own_user_is_open(real_broker: RealBroker) -> None:
    assert real_broker.connection.config_get("port")["port"] == "0"
    assert real_broker.config.broker_socket.stat().st_mode & 0o077 == 0
    assert broker.folder_of(real_broker.config).stat().st_mode & 0o077 == 0


def test_it_refuses_to_drop_jobs_when_memory_runs_out(real_broker: RealBroker) -> None:
    assert real_broker.connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_one_that_was_left_behind_is_stopped(real_broker: RealBroker) -> None:
    broker.stop_leftover(real_broker.config)

    until(lambda: not is_alive(real_broker.process.pid), "it has ended")
    assert not broker.answers(real_broker.config)


def test_deep_data_folder_gets_a_socket_with_a_short_path(data_dir: Path) -> None:
    deep = data_dir / ("a" * 60) / ("b" * 60)
    it = RealBroker(load(environment(deep)))

    assert len(str(it.config.broker_socket)) < 104
    assert broker.answers(it.config)
    it.kill()
    it.config.broker_socket.unlink()
    it.config.broker_socket.parent.rmdir()


@pytest.mark.faults
def test_unreadable_files_are_set_aside(real_broker: RealBroker) -> None:
    real_broker.connection.set("a", 1)
    real_broker.kill()
    for file in (broker.folder_of(real_broker.config) / "appendonlydir").glob("*.manifest"):
        file.write_text("nothing that it can read\n")

    broker.set_aside(real_broker.config)
    real_broker.start()

    assert real_broker.connection.dbsize() == 0
    assert len(list(real_broker.config.data_dir.glob("broker-unreadable-*"))) == 1


def test_folder_of_another_kind_is_refused(data_dir: Path) -> None:
    elsewhere = data_dir / "elsewhere"
    elsewhere.mkdir()
    (data_dir / "broker").symlink_to(elsewhere)

    with pytest.raises(ConfigError, match="SIDECAR_REDIS_URL"):
        broker.make_folders(load(environment(data_dir)))
