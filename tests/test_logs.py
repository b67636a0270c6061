"""Log lines: readable, and never a secret, a whole address or a whole number."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from sidecar import logs


@pytest.fixture(autouse=True)
def _nothing_bound() -> Iterator[None]:
    yield
    logs.unbind()


def lines_as_json(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("said", "kept_out"),
    [
        ("GET https://shop.example.com/wp-json/wc/v3/orders?per_page=1&consumer_key=ck_0123abc", "ck_0123abc"),
        ("https://shop.example.com/x?oauth_nonce=9f&oauth_signature=Zm9v", "Zm9v"),
        ("key ck_0123456789abcdef", "0123456789abcdef"),
        ("Authorization: Basic Y2tfMTpjc18x", "Y2tfMTpjc18x"),
        ("smtp://olive:hunter2pass@smtp.example.com", "hunter2pass"),
        ("GET /setup?token=s3cr3tt0ken", "s3cr3tt0ken"),
        ("GET /link/Zk3v9wq8_x7Yt5Rr2Lp0", "Zk3v9wq8_x7Yt5Rr2Lp0"),
        ("GET /u/Zk3v9wq8_x7Yt5Rr2Lp0", "Zk3v9wq8_x7Yt5Rr2Lp0"),
        ("mail to dana.ruiz+shop@example.com", "dana.ruiz"),
        ("call +12125550123", "2125550123"),
        ("call +44 20 7946 0123", "7946"),
        ("call (212) 555-0123", "555-0123"),
        ("call 020 7946 0123", "7946"),
    ],
)
def test_what_must_not_be_logged_is_masked(said: str, kept_out: str) -> None:
    assert kept_out not in logs.masked(said)


@pytest.mark.parametrize(
    "said",
    [
        "polled store 3: 100 seen, 2 new at 2026-11-18T18:00:00Z",
        "order 1234567890 took 1234.5678 ms",
        "GET /calls/17 200",
        "id 7f18971766a4 of 550e8400-e29b-41d4-a716-446655440000",
        "2026-11-18 10:00:00,123 127.0.0.1:8000",
    ],
)
def test_what_an_operator_needs_stays(said: str) -> None:
    assert logs.masked(said) == said


def test_an_address_keeps_enough_to_be_recognised() -> None:
    assert logs.masked("to dana@example.com, +12125550123") == "to d…@example.com, …23"


def test_json_is_one_object_a_line_with_the_request_id() -> None:
    out = io.StringIO()
    logs.set_up("json", stream=out)
    logs.bind(request_id="abc123")
    logging.getLogger("sidecar.stores").info("polled %s", "store 3", extra={"seen": 5, "api_key": "ck_1"})
    (line,) = lines_as_json(out)
    assert line["event"] == "polled store 3"
    assert (line["level"], line["logger"], line["request_id"], line["seen"]) == ("info", "sidecar.stores", "abc123", 5)
    assert line["api_key"] == "…"
    assert line["timestamp"].endswith("Z")
    logs.unbind()
    logging.getLogger("sidecar.stores").info("next")
    assert "request_id" not in lines_as_json(out)[1]


def test_hostile_text_cannot_forge_or_colour_a_line() -> None:
    out = io.StringIO()
    logs.set_up("text", stream=out)
    logging.getLogger("x").warning("name %s", "Dana\n2026 [error] forged\x1b[31m\u202e")
    (line,) = out.getvalue().splitlines()
    assert "\x1b" not in line
    assert "\u202e" not in line


def test_an_exception_shows_its_traceback_masked() -> None:
    for log_format in ("text", "json"):
        out = io.StringIO()
        logs.set_up(log_format, stream=out)
        try:
            raise ValueError("no route to dana@example.com with cs_0123456789ab")
        except ValueError:
            logging.getLogger("x").exception("it broke")
        assert "ValueError" in out.getvalue()
        assert "test_logs.py" in out.getvalue()
        assert "dana@" not in out.getvalue()
        assert "0123456789ab" not in out.getvalue()


def test_libraries_speak_through_the_same_logs_once() -> None:
    out = io.StringIO()
    library = logging.getLogger("gunicorn.error")
    library.addHandler(logging.StreamHandler(out))
    library.propagate = False
    logs.set_up("json", stream=out)
    library.warning("worker %s timed out", 7)
    logging.getLogger("werkzeug").info("127.0.0.1 GET / 200")
    (line,) = lines_as_json(out)
    assert line["event"] == "worker 7 timed out"
