"""Who may sign in: adding, disabling, changing roles; each act is audited."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select

from sidecar import audit
from sidecar.accounts.passwords import set_password
from sidecar.accounts.sessions import end_every_session
from sidecar.accounts.user import ROLES, User, find_user_by_email
from sidecar.db import session
from sidecar.errors import Refused


def add_user(
    email: str, role: str, *, name: str = "", password: str | None = None, now: datetime, by: str = "command line"
) -> User:
    """The new user. Without a password they sign in with one-time links. Raises Refused with the field to mend."""
    address = _address(email)
    if role not in ROLES:
        raise Refused(f"Role must be {', '.join(ROLES[:-1])} or {ROLES[-1]}.", code="unknown_role", field="role")
    if not re.fullmatch(r"[^\x00-\x1f]{0,80}", name.strip()):
        raise Refused("Name must be one line of 80 characters or less.", code="name", field="name")
    if find_user_by_email(address):
        raise Refused(f"{address} has an account already.", code="user_exists", field="email")
    user = User(email=address, name=name.strip(), role=role, created_at=now)
    if password is not None:
        set_password(user, password)
    session().add(user)
    session().flush()
    audit.record(by, "user.add", address, {"role": role}, now=now)
    return user


def disable_user(user: User, *, now: datetime, by: str) -> None:
    """Ends every session and link of theirs at once. Raises Refused for the last owner."""
    _keep_an_owner(user)
    user.disabled_at = now
    session().flush()
    end_every_session(user, now=now)
    audit.record(by, "user.disable", user.email, now=now)


def enable_user(user: User, *, now: datetime, by: str) -> None:
    """Lets them sign in again."""
    user.disabled_at = None
    session().flush()
    audit.record(by, "user.enable", user.email, now=now)


def change_role(user: User, role: str, *, now: datetime, by: str) -> None:
    """Gives them another role. Raises Refused for an unknown role and for the last owner."""
    if role not in ROLES:
        raise Refused(f"Role must be {', '.join(ROLES[:-1])} or {ROLES[-1]}.", code="unknown_role", field="role")
    if role == user.role:
        return
    _keep_an_owner(user)
    before, user.role = user.role, role
    session().flush()
    audit.record(by, "user.role", user.email, {"from": before, "to": role}, now=now)


def _keep_an_owner(user: User) -> None:
    others = select(User.id).where(User.role == "owner", User.disabled_at.is_(None), User.id != user.id).limit(1)
    if user.role == "owner" and user.disabled_at is None and session().scalar(others) is None:
        raise Refused("Make somebody else an owner first; one must remain.", code="last_owner")


def _address(email: str) -> str:
    found = email.strip().lower()
    if len(found) > 254 or not re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.?[^@\s<>,;\"]+", found):
        raise Refused("Email must be an address, like sam@example.com.", code="email", field="email")
    return found
