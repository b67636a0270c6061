"""How a command begins and ends: configuration, logs, a database that is current; every failure one line."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections.abc import Iterator
from typing import IO, Any

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError

from sidecar import logs
from sidecar.app import create_core
from sidecar.commands import start
from sidecar.config import Config, ConfigError, load
from sidecar.db import db
from sidecar.errors import GatewayError, Refused

# Refusals that mean the command was used wrongly, not that it failed.
_USED_WRONGLY = frozenset({"unknown_setting", "out_of_bounds", "not_settable", "unknown_role", "email", "name"})


class Failed(click.ClickException):
    """The command could not be done: one line on standard error, exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Writes the line."""
        click.echo(f"ringback: {one_line(self.message)}", file=file or sys.stderr)


class UsedWrongly(Failed):
    """The command was not used as it is meant: one line on standard error, exit code 2."""

    exit_code = 2


@contextlib.contextmanager
def opened() -> Iterator[Flask]:
    """The application of the environment without pages and gateways, its context open, its database current.

    Raises Failed for everything that a person or a vendor can cause.
    """
    with failing_in_one_line():
        config = load()
        logs.set_up(config.log_format, level=logging.ERROR)  # the command says itself what went wrong with a store
        app = create_core(config)
        with app.app_context():
            start.prepare(app)
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()


@contextlib.contextmanager
def failing_in_one_line() -> Iterator[None]:
    """Turns the errors of configuration, database, domain and gateways into Failed."""
    try:
        yield
    except ConfigError as error:
        raise UsedWrongly(str(error)) from error
    except Refused as error:
        raise (UsedWrongly if error.code in _USED_WRONGLY else Failed)(error.reason) from error
    except GatewayError as error:
        raise Failed(error.reason) from error
    except DBAPIError as error:
        raise Failed(f"The database did not do what was asked: {error.orig}") from error


def config_of(app: Flask) -> Config:
    """The configuration that the application was made with."""
    found: Config = app.extensions["ringback.config"]
    return found


def one_line(text: str) -> str:
    """The text in one line, without what could steer a terminal."""
    return re.sub(r"[^ \S]+|[\x00-\x1f\x7f-\x9f]+", " ", text).strip()
