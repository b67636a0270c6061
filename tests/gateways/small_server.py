"""A server that gives one answer, or whatever a function says, and counts what came: requests and connections."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parent.parent / "recordings"


@dataclass
class Answer:
    """Status, headers and bytes, as they go out. With `length`, the Content-Length lies."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json; charset=UTF-8"})
    body: bytes = b"[]"
    length: int | None = None


@dataclass
class SmallServer:
    """A running server: its address, and what came to it."""

    url: str
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # method, path with query, headers
    connections: int = 0


def recorded(name: str) -> Answer:
    """The answer of a recorded exchange."""
    response = json.loads((RECORDINGS / f"{name}.json").read_text())["response"]
    body = response["body"]
    raw = body.encode("latin-1" if name == "broken-bom-before-json" else "utf-8") if isinstance(body, str) else None
    headers = {key: value for key, value in response["headers"].items() if key not in _PER_CONNECTION}
    return Answer(response["status"], headers, raw if raw is not None else json.dumps(body).encode())


_PER_CONNECTION = ("Transfer-Encoding", "Connection", "Content-Length", "Content-Encoding", "Date", "Server")


@contextlib.contextmanager
def small_server(
    answer: Answer | Callable[[str], Answer], *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[SmallServer]:
    """Runs the server on a free port of this machine."""
    seen = SmallServer("")
    server = _Server((host, 0), _handler(answer, seen))
    server.seen = seen
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    seen.url = f"http{'s' if tls else ''}://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    seen: SmallServer

    def get_request(self) -> tuple[socket.socket, Any]:
        connection = super().get_request()
        self.seen.connections += 1
        return connection

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


def _handler(answer: Answer | Callable[[str], Answer], seen: SmallServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def _answer(self) -> None:
            seen.requests.append((self.command, self.path, dict(self.headers.items())))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            given = answer(self.path) if callable(answer) else answer
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.body) if given.length is None else given.length))
            self.end_headers()
            self.wfile.write(given.body)
            self.close_connection = given.length is not None

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    return Handler
