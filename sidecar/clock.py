"""The one place that reads the clock. Everything else is given `now`."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment: aware, UTC."""
    return datetime.now(UTC)
