"""The sample store in a process of its own, as the store that is read."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.config import ROOT

KEY, SECRET = "ck_" + "b" * 40, "cs_" + "b" * 40
_OURS = re.compile(r"&?\b(oauth_\w+|_ringback|_)=[^&]*")


@dataclass(frozen=True)
class Sample:
    """The running sample store."""

    port: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def asked(self) -> list[str]:
        """Paths with queries of the API requests so far, oldest first, without signatures."""
        visits = self._control("GET", "traffic?path=/wp-json")["visits"]
        return [f"{visit['path']}?{_OURS.sub('', visit['query']).strip('&')}" for visit in visits]

    def forget(self) -> None:
        """Forgets the requests so far."""
        self._control("DELETE", "traffic")

    def take_basic(self, on: bool) -> None:
        """Whether it believes keys in a plain header, as a store over https does; if not, requests are signed."""
        self._control("POST", "settings", {"basic_without_tls": on})

    def _control(self, method: str, what: str, body: dict[str, bool] | None = None) -> dict[str, list[dict[str, str]]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, f"/_control/{what}", body=json.dumps(body) if body else None)
        found: dict[str, list[dict[str, str]]] = json.loads(connection.getresponse().read())
        connection.close()
        return found


class Bare:
    """One kept-alive connection that reads an address and nothing more: the floor of everything that reads."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        secret = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        self._headers = {"Authorization": f"Basic {secret}"}

    def read(self, path: str) -> bytes:
        """The body. Raises RuntimeError for anything but 200."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the sample store answered {answer.status} to {path}")
        return body


@contextlib.contextmanager
def sample_store(port: int, *, orders: int, latency: float = 0.0) -> Iterator[Sample]:
    """The sample store with so many synthetic orders and nothing else."""
    command = [sys.executable, "-m", "sidecar.demo", "--port", str(port), "--orders", str(orders), "--no-people"]
    command += ["--latency", str(latency)]
    environ = {**os.environ, "DEMO_STORE_KEY": KEY, "DEMO_STORE_SECRET": SECRET, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, "/_control/")
        yield Sample(port)
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int, path: str, *, seconds: float = 60) -> None:
    """Waits until the address answers 200. Raises RuntimeError when it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.02)
    raise RuntimeError(f"nothing answered on port {port}")


def free_port() -> int:
    """A loopback port that nobody uses."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
