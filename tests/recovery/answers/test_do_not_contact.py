"""Whoever is on an imported list is left alone from that moment."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from sidecar.audit import AuditEntry
from sidecar.calls.task import CallTask
from sidecar.calls.tasks import queue
from sidecar.contacts.contact import OptOut
from sidecar.contacts.opt_outs import is_opted_out, opt_out
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.outreach.message import Message
from sidecar.recovery.answers import do_not_contact
from sidecar.recovery.answers.do_not_contact import Report
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT, make_cart, make_store
from tests.outreach.making import make_message, make_person

PHONE = "+12125550123"
LIST = "Email,Phone\np1@example.com,\n,(212) 555-0123\nstranger@example.com,\nnonsense,\nP1@Example.com,\n"


@pytest.fixture
def store_id(app) -> int:
    """A store with a message planned for person 1, a call to person 2, and a message for person 3."""
    with transaction():
        store = make_store()
        make_message(store, make_person(store, 1), 501)
        called = make_person(store, 2, phone=PHONE, phone_e164=PHONE)
        cart = make_cart(store, called, 502, route="call", phone=PHONE, phone_e164=PHONE)
        queue.add(cart, due_at=NOW, threshold_minor=10000, now=NOW)
        make_message(store, make_person(store, 3), 503)
        return store.id


def take_in(store_id: int, text: str = LIST, **more: str) -> Report:
    asked = {"country": "US", "by": "olive@example.com"} | more
    return do_not_contact.take_in(store_id, io.BytesIO(text.encode()), vault=VAULT, clock=lambda: NOW, **asked)


def messages() -> list[tuple[str, str | None]]:
    return [(one.state, one.reason) for one in session().scalars(select(Message).order_by(Message.id))]


def test_what_is_open_for_people_on_the_list_stops_at_once(store_id):
    report = take_in(store_id)
    assert report.numbers == {"taken": 3, "known": 0, "twice": 1, "refused": 1, "people": 2, "stopped": 2}
    assert [(entry.number, entry.text) for entry in report.refused] == [(5, "nonsense")]
    assert messages() == [("cancelled", "opted_out"), ("due", "not_live")]
    task = session().scalars(select(CallTask)).one()
    assert (task.state, task.done_reason) == ("done", "opted_out")


def test_they_are_left_alone_for_good_and_only_fingerprints_are_kept(store_id):
    take_in(store_id)
    for channel in ("email", "sms", "calls"):
        assert is_opted_out(store_id, channel, ["stranger@example.com"], vault=VAULT)
        assert is_opted_out(store_id, channel, [PHONE], vault=VAULT)
    kept = session().scalars(select(OptOut)).all()
    assert {row.source for row in kept} == {"import"}
    assert not any("example" in row.address_fingerprint or "555" in row.address_fingerprint for row in kept)


def test_importing_it_again_changes_nothing_and_says_so(store_id):
    take_in(store_id)
    again = take_in(store_id)
    assert (again.taken, again.known, again.people, again.stopped) == (0, 3, 0, 0)
    assert do_not_contact.count(store_id) == 3


def test_who_said_no_to_everything_before_is_known_for_a_single_channel(store_id):
    with transaction():
        opt_out(store_id, "all", "p1@example.com", source="call", vault=VAULT, now=NOW)
    report = take_in(store_id, "p1@example.com\np3@example.com\n", channel="email")
    assert (report.taken, report.known) == (1, 1)


def test_a_list_for_calls_leaves_emails_alone(store_id):
    take_in(store_id, channel="calls")
    assert [state for state, _ in messages()] == ["due", "due"]
    assert session().scalars(select(CallTask.state)).one() == "done"


def test_it_holds_for_one_store_only(store_id):
    with transaction():
        other = make_store(url="https://other.example.com").id
    take_in(store_id)
    assert not is_opted_out(other, "email", ["stranger@example.com"], vault=VAULT)


def test_the_import_is_in_the_audit_without_addresses(store_id):
    take_in(store_id)
    entry = session().scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action) == ("olive@example.com", "import do-not-contact list")
    assert entry.detail == {
        "channel": "all", "taken": 3, "known": 0, "twice": 1, "refused": 1, "people": 2, "stopped": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("more", "code"), [({"channel": "post"}, "channel"), ({"country": "XX"}, "country")])
def test_odd_wishes_are_refused_before_anything_is_taken_in(store_id, more, code):
    with pytest.raises(Refused) as refused:
        take_in(store_id, **more)
    assert refused.value.code == code
    assert session().scalars(select(OptOut)).all() == []


def test_a_long_list_is_kept_in_many_short_transactions(store_id):
    report = take_in(store_id, "Email\n" + "".join(f"q{n}@example.com\n" for n in range(3000)))
    assert report.taken == do_not_contact.count(store_id) == 3000
    assert session().get_one(Store, store_id)
