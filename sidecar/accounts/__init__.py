"""The people who use Ringback: roles, passwords, one-time links, sessions, throttling of sign-in."""

from __future__ import annotations

from sidecar.accounts.links import LINK_LASTS, SignInLink, find_link, make_link, use_link
from sidecar.accounts.passwords import check_password, set_password, why_too_weak
from sidecar.accounts.sessions import (
    SESSION_IDLE,
    SESSION_LASTS,
    UserSession,
    end_every_session,
    end_session,
    find_session,
    start_session,
    touch_session,
)
from sidecar.accounts.staff import add_user, change_role, disable_user, enable_user
from sidecar.accounts.throttle import SignInAttempt, note_attempt, note_success
from sidecar.accounts.user import ROLES, User, every_user, find_user, find_user_by_email, has_owner, reps
from sidecar.accounts.working import change_work

__all__ = [
    "LINK_LASTS",
    "ROLES",
    "SESSION_IDLE",
    "SESSION_LASTS",
    "SignInAttempt",
    "SignInLink",
    "User",
    "UserSession",
    "add_user",
    "change_role",
    "change_work",
    "check_password",
    "disable_user",
    "enable_user",
    "end_every_session",
    "end_session",
    "every_user",
    "find_link",
    "find_session",
    "find_user",
    "find_user_by_email",
    "has_owner",
    "make_link",
    "note_attempt",
    "note_success",
    "reps",
    "set_password",
    "start_session",
    "touch_session",
    "use_link",
    "why_too_weak",
]
