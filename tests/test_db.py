"""What a failing statement may say."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from sidecar.db import session, transaction


def test_a_failing_statement_does_not_show_what_it_was_to_write(app: Flask) -> None:
    """Letters and names of customers, sealed keys: an exception ends up in the log."""
    with pytest.raises(SQLAlchemyError) as failed, transaction():
        session().execute(text("INSERT INTO no_such_table VALUES (:secret)"), {"secret": "Dana Ruiz, 1 Main St"})

    assert "Dana" not in str(failed.value)
