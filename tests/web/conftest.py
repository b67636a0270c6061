"""Visitors of the pages: strangers and signed-in people of each role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sidecar import accounts, clock
from sidecar.db import session, transaction
from tests.factories import make_user


class Visitor(FlaskClient):
    """A test client whose requests see what the test wrote, and after which the test sees what they wrote."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """The answer; the request has a database session and a `g` of its own, as in real life."""
        session().commit()
        with self.application.app_context():
            response = super().open(*args, **kwargs)
            response.get_data()
        session().rollback()
        session().expire_all()
        return response


@pytest.fixture
def visit(app: Flask) -> Callable[..., Visitor]:
    """`visit()` is a stranger, `visit("rep")` somebody signed in. Their forms need no CSRF token unless `csrf=True`."""
    app.test_client_class = Visitor

    def make(role: str | None = None, email: str | None = None, *, csrf: bool = False) -> Visitor:
        app.config["WTF_CSRF_ENABLED"] = csrf
        client = app.test_client()
        assert isinstance(client, Visitor)
        if role:
            address = email or f"{role}@example.com"
            with transaction():
                user = accounts.find_user_by_email(address) or make_user(address, role, now=clock.now())
                token = accounts.start_session(user, now=clock.now())
            client.set_cookie("ringback", token)
        return client

    return make
