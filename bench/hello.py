"""`python -m bench.hello`: Flask saying hello, on the same server with the same settings as our pages. A floor."""

from __future__ import annotations

from typing import Any

from flask import Flask

from sidecar.config import load
from workers import web


class _Hello(web._Server):
    def load(self) -> Any:
        app = Flask("hello")
        app.add_url_rule("/", "hello", lambda: "hello")
        return app


if __name__ == "__main__":
    _Hello(load()).run()
