"""Every request has an id that its answer, its log lines and its error page share."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from sidecar import logs
from sidecar.web.access import public


@pytest.fixture
def lines(app: Flask) -> Iterator[io.StringIO]:
    """What is logged, as JSON lines."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    out = io.StringIO()
    logs.set_up("json", stream=out)
    yield out
    root.handlers, root.level = before, level


def test_an_answer_carries_its_id_and_each_has_its_own(app: Flask) -> None:
    client = app.test_client()
    first, second = (client.get("/livez").headers["X-Request-ID"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    assert first != second


def test_a_failed_page_names_the_line_in_the_log(app: Flask, lines: io.StringIO) -> None:
    @public
    def fail() -> str:
        raise RuntimeError("broken on purpose")

    app.view_functions["health.livez"] = fail
    answer = app.test_client().get("/livez")
    assert answer.status_code == 500
    request_id = answer.headers["X-Request-ID"]
    assert request_id in answer.text
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    (line,) = [line for line in logged if "exception" in line]
    assert line["request_id"] == request_id
    assert "broken on purpose" in line["exception"]
    assert "broken on purpose" not in answer.text
