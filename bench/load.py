"""A client that costs little: prebuilt requests on a few kept-alive connections, so that the server is measured."""

from __future__ import annotations

import http.client
import selectors
import socket
import time
from dataclasses import dataclass, field


@dataclass
class Line:
    """One connection that sends the same request again and again."""

    port: int
    request: bytes
    socket: socket.socket = field(init=False)
    received: bytearray = field(default_factory=bytearray)
    statuses: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> None:
        """Sends the request."""
        self.received.clear()
        self.socket.sendall(self.request)

    def has_answer(self) -> bool:
        """Takes what has come; whether the answer is whole. Raises ConnectionError when the server hung up."""
        chunk = self.socket.recv(262_144)
        if not chunk:
            raise ConnectionError("the server hung up")
        self.received += chunk
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.received[:end]).lower()
        status = int(head[9:12])
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if at < 0 and status not in (204, 304):
            raise ConnectionError("an answer without a length")
        self.statuses.add(status)
        return len(self.received) >= end + 4 + length


def per_second(port: int, path: str, headers: dict[str, str], *, connections: int = 4, seconds: float = 1.5) -> float:
    """Answers a second to `path`. Raises RuntimeError when any of them is neither 200 nor 204."""
    head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items())
    request = f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
    lines = [Line(port, request) for _ in range(connections)]
    with selectors.DefaultSelector() as waiting:
        for line in lines:
            waiting.register(line.socket, selectors.EVENT_READ, line)
            line.ask()
        count, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            for key, _ in waiting.select(1.0):
                if key.data.has_answer():
                    count += 1
                    key.data.ask()
        spent = time.perf_counter() - begun
    for line in lines:
        line.socket.close()
    seen = set().union(*(line.statuses for line in lines))
    if not seen <= {200, 204}:
        raise RuntimeError(f"{path} answered {sorted(seen)}")
    return count / spent


@dataclass(frozen=True)
class Answer:
    """One whole answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def exchange(port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
    """One request and its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    found = Answer(answer.status, answer.headers, answer.read())
    connection.close()
    return found
