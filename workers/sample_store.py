"""The demo: the built-in sample store in a process of its own, and an environment in which nothing can be sent."""

from __future__ import annotations

import os
import runpy
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sidecar.config import ROOT, Config, ConfigError

from .roles import Role

MARK = "demo"  # a file that says: this data folder is the demo's and may be begun anew

# What could reach the world, or somebody's real data.
_NAMES = ("SMTP", "MAIL", "IMAP", "TWILIO", "DATABASE", "REDIS", "STORE", "OWNER")
LEFT_OUT = tuple(f"SIDECAR_{name}_" for name in _NAMES)


@dataclass(frozen=True)
class _StoreRole(Role):
    """The sample store: a program of its own that shares nothing with Ringback but the Python it runs on."""

    arguments: tuple[str, ...] = field(default=())

    @property
    def program(self) -> list[str]:
        return [sys.executable, "-m", "sidecar.demo", *self.arguments]


def demo_environment(environ: Mapping[str, str], port: int) -> dict[str, str]:
    """The environment of the demo: the sample store on `port` is connected, and no way out is left.

    `environ` is the caller's own; its data folder is kept, by default `var/demo` in the project.
    """
    key, secret = (f"{prefix}_{secrets.token_hex(20)}" for prefix in ("ck", "cs"))
    kept = {name: value for name, value in environ.items() if not name.startswith(LEFT_OUT)}
    if not any(name in kept for name in ("SIDECAR_DATA_DIR", "SIDECAR_DATA_DIR_FILE")):
        kept["SIDECAR_DATA_DIR"] = str(ROOT / "var" / "demo")
    return kept | {
        "SIDECAR_STORE_URL": f"http://127.0.0.1:{port}",
        "SIDECAR_STORE_KEY": key,
        "SIDECAR_STORE_SECRET": secret,
        "SIDECAR_ALLOW_LOCAL_STORES": "1",
        "DEMO_STORE_KEY": key,
        "DEMO_STORE_SECRET": secret,
    }


def begin_anew(config: Config) -> None:
    """Empties the demo's data folder: the store's people and carts are relative to now, so yesterday's do not fit.

    Raises ConfigError when the folder holds somebody's real database.
    """
    mark = config.data_dir / MARK
    database = Path(config.database_url.removeprefix("sqlite:///"))
    if database.exists() and not mark.exists():
        raise ConfigError(f"{config.data_dir} is not a demo's data folder. Give the demo another SIDECAR_DATA_DIR.")
    mark.touch()
    for left in (*config.data_dir.glob(f"{database.name}*"), _memory(config)):
        left.unlink(missing_ok=True)


def _memory(config: Config) -> Path:
    """Where the sample store keeps its orders, so that one killed and started again still knows who paid."""
    return config.data_dir / "sample-store.json"


def store_role(config: Config, port: int) -> Role:
    """The process of the sample store, in which now and then a cart is left or paid."""
    arguments = ("--port", str(port), "--state", str(_memory(config)), "--live")

    def main(_config: Config) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # it prints for those who run it alone
        sys.argv = ["sidecar.demo", *arguments]
        runpy.run_module("sidecar.demo", run_name="__main__", alter_sys=True)

    return _StoreRole("store", main, arguments)


def answers(config: Config) -> bool:
    """Whether the store takes connections."""
    address = urlsplit(config.store_url or "")
    try:
        socket.create_connection((address.hostname or "", address.port or 80), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A loopback port nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
