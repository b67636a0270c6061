"""One file per screen."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Adds every screen to the application."""
