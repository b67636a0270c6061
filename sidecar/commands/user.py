"""`user add`, `user list`, `user disable`, `user enable`, `user link`: who may sign in."""

from __future__ import annotations

import click

from sidecar import accounts, clock
from sidecar.commands.listing import as_json
from sidecar.commands.opening import Failed, config_of, opened
from sidecar.commands.table import Column, show, show_json
from sidecar.db import transaction

KEYS = ("email", "name", "role", "disabled", "created_at")
_COLUMNS = (
    Column("email", "email", 40),
    Column("name", "name", 24),
    Column("role", "role", 8),
    Column("disabled", "disabled", 8),
    Column("created_at", "added", 11),
)
_BY = "command line"


@click.group()
def user() -> None:
    """Add, list and disable the people who sign in."""


@user.command()
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(accounts.ROLES), help="What they may do.")
@click.option("--name", default="", help="How colleagues and scripts call them.")
def add(email: str, role: str, name: str) -> None:
    """Add somebody. They sign in with a link, or with a password they choose then."""
    with opened():
        with transaction():
            added = accounts.add_user(email, role, name=name, now=clock.now(), by=_BY)
        click.echo(f"{added.email} may sign in as {role}. For a one-time link: user link {added.email}")


@user.command("list")
@as_json
def list_users(as_json: bool) -> None:
    """Everybody who may or might sign in."""
    with opened():
        rows = [
            {
                "email": found.email,
                "name": found.name,
                "role": found.role,
                "disabled": found.disabled_at is not None,
                "created_at": found.created_at,
            }
            for found in accounts.every_user()
        ]
        if as_json:
            show_json(rows, KEYS)
        else:
            show(rows, _COLUMNS, none="Nobody can sign in yet. Add somebody with: user add EMAIL --role owner")


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """End somebody's sessions and links at once."""
    with opened():
        with transaction():
            accounts.disable_user(_found(email), now=clock.now(), by=_BY)
        click.echo(f"{email} can no longer sign in.")


@user.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let somebody sign in again."""
    with opened():
        with transaction():
            accounts.enable_user(_found(email), now=clock.now(), by=_BY)
        click.echo(f"{email} can sign in again.")


@user.command()
@click.argument("email")
def link(email: str) -> None:
    """Print a one-time sign-in link."""
    with opened() as app:
        with transaction():
            token = accounts.make_link(_found(email), now=clock.now(), by=_BY)
        click.echo(f"{config_of(app).base_url}/link/{token}")


def _found(email: str) -> accounts.User:
    found = accounts.find_user_by_email(email)
    if found is None:
        raise Failed(f"Nobody has the address {email}. See: user list.")
    return found
