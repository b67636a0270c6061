"""What happens before anything listens: a current database, an owner, the store of the environment; and the lines
that a start prints."""

from __future__ import annotations

import contextlib
import os
import secrets
from datetime import timedelta
from pathlib import Path

from flask import Flask

from sidecar import accounts, clock, migrations
from sidecar.config import Config, ConfigError
from sidecar.db import transaction
from sidecar.errors import Refused
from sidecar.stores import connection
from sidecar.vault import Vault

DEMO_PEOPLE = (("owner@example.com", "owner", "Olive Grant"), ("rep@example.com", "rep", "Sam Reyes"))
DEMO_LINK_LASTS = timedelta(hours=12)
# The sample store's carts were all left before it was connected; a demo with nothing written would show little.
DEMO_SETTINGS = {
    "outreach.backlog_within": "7d",
    "calls.hours": "Mon-Sun 08:00-20:00",
    "calls.number": "+1 212-555-0100",
    "sender.reply_to": "hello@example.com",
}


def prepare(app: Flask, *, demo: bool = False) -> None:
    """Makes the installation ready to be used; needs the application's context. May run at every start and command.

    A demo's store gets settings that let the sample carts be seen at work.

    Raises ConfigError when the environment asks for what cannot be done.
    """
    config: Config = app.extensions["ringback.config"]
    migrations.upgrade(app)
    with migrations.alone(config):
        _owner_of_the_environment(config)
        _store_of_the_environment(config)
        _set_up_token(config)
        if demo:
            _furnish_demo()


def hold_a_copy(app: Flask) -> list[str]:
    """What to tell when the database turns out to be a copy, which is put on hold; needs the application's context."""
    from sidecar.recovery.delivery import restoring  # with all that sends; every command would load it

    config: Config = app.extensions["ringback.config"]
    with transaction():
        told = restoring.hold_a_copy(config.data_dir, now=clock.now())
    return [told] if told else []


def announce(app: Flask, *, demo: bool = False) -> list[str]:
    """The lines to print once pages answer: the address, and how to sign in where nobody has yet."""
    config: Config = app.extensions["ringback.config"]
    lines = [*config.unknown, f"Ringback is at {config.base_url}"]
    if demo:
        lines += _demo_links(config)
    elif not accounts.has_owner():
        lines.append(f"Set it up at {config.base_url}/setup?token={_set_up_token(config)}")
    else:
        lines += _first_link(config)
    return lines


def set_up_token_path(config: Config) -> Path:
    """Where the token of the set-up page lies while there is no owner."""
    return config.data_dir / "setup.token"


def _owner_of_the_environment(config: Config) -> None:
    if not config.owner_email or accounts.has_owner():
        return
    try:
        with transaction():
            accounts.add_user(
                config.owner_email, "owner", password=config.owner_password, now=clock.now(), by="environment"
            )
    except Refused as error:
        name = "SIDECAR_OWNER_PASSWORD" if error.field == "password" else "SIDECAR_OWNER_EMAIL"
        raise ConfigError(f"{name}: {error.reason}") from error


def _store_of_the_environment(config: Config) -> None:
    """Links the store once; one that the owner disconnected since stays disconnected."""
    if not (config.store_url and config.store_key and config.store_secret):
        return
    try:
        with transaction():
            if connection.find_store_at(config.store_url) is None:
                vault = Vault(config.secret_keys)
                connection.connect(
                    config.store_url, config.store_key, config.store_secret, vault=vault, now=clock.now()
                )
    except Refused as error:
        raise ConfigError(f"SIDECAR_STORE_URL: {error.reason}") from error


def _furnish_demo() -> None:
    from sidecar.recovery.decisions.changing import change_setting  # with all that decides; every command would load it

    with transaction():
        for store in connection.connected_stores():
            for name, text in DEMO_SETTINGS.items():
                change_setting(store.id, name, text, by="demo", now=clock.now())


def _set_up_token(config: Config) -> str:
    """The token of the set-up page, made when it is needed and gone when it is not: "" once there is an owner."""
    path = set_up_token_path(config)
    if accounts.has_owner():
        path.unlink(missing_ok=True)
        return ""
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
    return path.read_text(encoding="ascii").strip()


def _demo_links(config: Config) -> list[str]:
    lines = []
    now = clock.now()
    with transaction():
        for email, role, name in DEMO_PEOPLE:
            user = accounts.find_user_by_email(email) or accounts.add_user(email, role, name=name, now=now, by="demo")
            token = accounts.make_link(user, now=now, lasts=DEMO_LINK_LASTS, by="demo")
            lines.append(f"Sign in as the {role} (once): {config.base_url}/link/{token}")
    return lines


def _first_link(config: Config) -> list[str]:
    """A way in for an owner who was made without a password and has none yet."""
    user = accounts.find_user_by_email(config.owner_email or "")
    if user is None or user.password_hash or user.disabled_at:
        return []
    with transaction():
        token = accounts.make_link(user, now=clock.now())
    return [f"Sign in as {user.email} (once): {config.base_url}/link/{token}"]
