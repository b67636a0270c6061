"""The web server: gunicorn, one worker process with threads, run inside a process of ours."""

from __future__ import annotations

import os
import sys
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from setproctitle import setproctitle

from sidecar.app import create_app
from sidecar.config import Config

from .child import die_with

TITLE = "ringback: web"
THREADS = 8
STOP_SECONDS = 5


class _OneLog(Logger):  # type: ignore[misc]
    """Gunicorn's lines go where all lines go."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": [f"[{self._config.host}]:{self._config.port}" if ":" in self._config.host
                     else f"{self._config.host}:{self._config.port}"],
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "timeout": 60,
            "graceful_timeout": STOP_SECONDS,
            "keepalive": 5,
            "control_socket_disable": True,  # it would lie in the home folder, one for all servers of the user
            "loglevel": "warning",
            "logger_class": _OneLog,
            "pre_fork": _name_listener,
            "post_worker_init": _name_worker,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(self._config)


def _name_listener(_arbiter: Any, _worker: Any) -> None:
    _set_title(TITLE)  # gunicorn has named itself by now


def _name_worker(_worker: Any) -> None:
    die_with(os.getppid())
    _set_title(f"{TITLE} worker")


def _set_title(title: str) -> None:
    if sys.platform != "darwin":  # there it crashes a forked process
        setproctitle(title)


def serve(config: Config) -> None:
    """Serves pages until SIGTERM, then finishes the requests that are running."""
    _Server(config).run()
