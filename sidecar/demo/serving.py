"""A small threaded HTTP server that keeps connections open, as real web servers do, and runs one WSGI application."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Server(ThreadingHTTPServer):
    """Listens on host and port (0: any free one). Stopping it ends open connections too."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, application: Wsgi) -> None:
        super().__init__((host, port), _Handler)
        self.application = application
        self.host, self.port = host, int(self.server_address[1])
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def server_bind(self) -> None:
        """Binds without asking the name service for the machine's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        """A new connection."""
        line, address = super().get_request()
        with self._lock:
            self._open.add(line)
        return line, address

    def shutdown_request(self, request: Any) -> None:
        """The end of a connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left, or a connection dropped on purpose, is nothing to report."""

    def stop(self) -> None:
        """Stops listening and hangs up on everybody."""
        self.shutdown()
        self.server_close()
        with self._lock:
            lines = list(self._open)
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, runs the application, writes each answer in one piece."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 75
    server: Server

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._run
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Requests are kept by traffic.py."""

    def _run(self) -> None:
        answer: list[Any] = []
        try:
            body = b"".join(self.server.application(self._environ(), lambda *given: answer.extend(given)))
        except ConnectionError:
            self.close_connection = True
            return
        status, headers = answer[0], answer[1]
        self.send_response_only(int(status[:3]), status[4:])
        self.send_header("Server", "nginx/1.22.1")
        self.send_header("Date", self.date_time_string())
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command, "SCRIPT_NAME": "", "QUERY_STRING": query, "REQUEST_URI": self.path,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "SERVER_PROTOCOL": self.request_version,
            "SERVER_NAME": self.server.host, "SERVER_PORT": str(self.server.port),
            "REMOTE_ADDR": self.client_address[0], "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length), "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.rfile.read(length) if length else b""), "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False, "store.line": self.connection,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
                environ[key] = value
        return environ
