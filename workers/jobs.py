"""What the workers do, one function per ring. Each looks for its own work in the database and may run twice."""

from __future__ import annotations


def poll_stores() -> None:
    """Reads every store that is due."""


def decide_due() -> None:
    """Decides every cart that is due, and lets call tasks become ready."""


def send_due() -> None:
    """Composes and sends every message that is due."""


def housekeeping() -> None:
    """Settles what was left half-done."""
