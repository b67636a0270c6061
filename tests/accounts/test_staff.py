from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar import accounts
from sidecar.audit import AuditEntry
from sidecar.db import session
from sidecar.errors import Refused
from tests.cast import OTHER_REP, OWNER, REP
from tests.factories import NOW, make_user


def test_user_is_added_with_a_lower_case_address_and_audited(app) -> None:
    user = accounts.add_user(" Sam@Example.com ", "rep", name="Sam Reed", now=NOW, by=OWNER)
    assert (user.email, user.first_name) == (REP, "Sam")
    entry = session().scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject, entry.detail) == (OWNER, "user.add", REP, {"role": "rep"})


@pytest.mark.parametrize(
    ("email", "role", "field"),
    [("sam", "rep", "email"), ("a b@example.com", "rep", "email"), ("x" * 250 + "@a.example", "rep", "email"),
     (REP, "boss", "role"), (OWNER, "rep", "email")],
)  # fmt: skip
def test_odd_users_are_refused_with_the_field(app, email, role, field) -> None:
    make_user(OWNER, "owner")
    with pytest.raises(Refused) as refused:
        accounts.add_user(email, role, now=NOW)
    assert refused.value.field == field


def test_last_owner_can_neither_be_disabled_nor_demoted(app) -> None:
    owner = make_user(OWNER, "owner")
    make_user(REP)
    for change in (
        lambda: accounts.disable_user(owner, now=NOW, by=OWNER),
        lambda: accounts.change_role(owner, "rep", now=NOW, by=OWNER),
    ):
        with pytest.raises(Refused, match="Make somebody else an owner first"):
            change()
    make_user(OTHER_REP, "owner")
    accounts.change_role(owner, "rep", now=NOW, by=OWNER)
    assert owner.role == "rep"


def test_disabling_ends_sessions_and_links_of_that_user_only(app) -> None:
    make_user(OWNER, "owner")
    sam, ana = make_user(REP), make_user(OTHER_REP)
    sams, anas = (accounts.start_session(user, now=NOW) for user in (sam, ana))
    link = accounts.make_link(sam, now=NOW)
    accounts.disable_user(sam, now=NOW, by=OWNER)
    assert accounts.find_session(sams, now=NOW) is None
    assert accounts.find_session(anas, now=NOW) is not None
    assert accounts.find_link(link, now=NOW) is None
    with pytest.raises(Refused):
        accounts.make_link(sam, now=NOW)
    accounts.enable_user(sam, now=NOW, by=OWNER)
    assert accounts.find_session(sams, now=NOW) is None


def test_link_made_for_longer_lasts_longer(app) -> None:
    token = accounts.make_link(make_user(REP), now=NOW, lasts=timedelta(hours=12))
    later = NOW + timedelta(hours=11)
    assert accounts.use_link(token, now=later).email == REP
    with pytest.raises(Refused):
        accounts.use_link(token, now=later)


def test_success_does_not_count_against_anyone(app) -> None:
    for _ in range(20):
        accounts.note_success(accounts.note_attempt("account", "address", now=NOW))
    for _ in range(10):
        accounts.note_attempt("account", "address", now=NOW)
    with pytest.raises(Refused) as refused:
        accounts.note_attempt("account", "elsewhere", now=NOW)
    assert refused.value.code == "too_many_tries"
    accounts.note_attempt("another", "address", now=NOW)
