"""The yes and the no on orders are kept as proof when they are read: field, value, order, time; for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from sidecar.contacts import proof
from sidecar.contacts.contact import ConsentProof, Contact
from sidecar.contacts.joining import join_contacts
from sidecar.db import session, transaction
from sidecar.recovery.decisions.deciding import decide_due
from sidecar.recovery.orders.intake import take_in_orders
from sidecar.routing.queries import why
from sidecar.settings import Setting, settings_of
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT, an_order, make_contact, make_store

HOUR = timedelta(hours=1)


@pytest.fixture
def store_id(app) -> int:
    """A store whose orders carry consent to e-mails and texts."""
    with transaction():
        store = make_store()
        value = "email=_mail_ok,sms=_sms_ok"
        session().add(Setting(store_id=store.id, name="consent.meta_keys", value=value, set_at=NOW, set_by="test"))
        return store.id


def read(store_id: int, *orders: Any) -> None:
    with transaction():
        store = session().get_one(Store, store_id)
        take_in_orders(store, orders, notes={}, settings=settings_of(store_id), vault=VAULT, now=NOW)


def kept() -> list[tuple[str, bool, str, str]]:
    rows = session().scalars(select(ConsentProof).order_by(ConsentProof.id))
    return [(row.channel, row.said_yes, row.source, row.words) for row in rows]


def test_what_an_order_says_is_kept_with_field_value_order_and_time(store_id):
    order = an_order(meta={"_mail_ok": "yes", "_sms_ok": "0", "_other": "1"})
    read(store_id, order)
    assert kept() == [
        ("email", True, "order 101", "_mail_ok = yes"),
        ("sms", False, "order 101", "_sms_ok = 0"),
    ]
    (mail, _) = session().scalars(select(ConsentProof).order_by(ConsentProof.id))
    assert mail.said_at == order.created_at
    contact = session().scalars(select(Contact)).one()
    assert mail.contact_id == contact.id
    assert "dana" not in mail.address_fingerprint


def test_reading_it_again_keeps_nothing_more_and_a_change_of_mind_keeps_both(store_id):
    order = an_order(meta={"_mail_ok": "yes"})
    read(store_id, order)
    read(store_id, order)
    later = an_order(meta={"_mail_ok": "no"}, age=HOUR)
    read(store_id, later)
    read(store_id, later)
    assert [(said, source) for _, said, source, _ in kept()] == [
        (True, "order 101"),
        (False, f"order 101, changed {later.modified_at:%Y-%m-%d %H:%M:%S}"),
    ]


def test_what_proves_neither_is_not_kept(store_id):
    read(store_id, an_order(meta={"_mail_ok": "2026-11-18", "_sms_ok": ""}))
    assert kept() == []


def test_proof_follows_the_person(store_id):
    read(store_id, an_order(meta={"_mail_ok": "yes"}))
    with transaction():
        goes = session().scalars(select(Contact)).one().id
        stays = make_contact(session().get_one(Store, store_id), email="other@example.com", phone_e164="").id
        join_contacts(stays, goes)
    assert [one.source for one in proof.proofs_of(stays)] == ["order 101"]


def test_an_orders_yes_counts_for_no_other_order(store_id):
    """An owner who names the wrong field, and then the right one, must not go on with what the wrong one said."""
    read(store_id, an_order(meta={"_mail_ok": "yes"}))
    assert proof.find_yes(store_id, "email", "dana@example.com", vault=VAULT) is None
    with transaction():
        said: dict[str, Any] = {"source": "reply 1", "words": "yes", "said_at": NOW, "vault": VAULT}
        proof.keep_yes(store_id, None, "email", "dana@example.com", **said)
    assert proof.find_yes(store_id, "email", "dana@example.com", vault=VAULT) is not None
    read(store_id, an_order(102, meta={"_mail_ok": "no"}, age=-HOUR))
    assert proof.find_yes(store_id, "email", "dana@example.com", vault=VAULT) is None


def test_a_page_of_orders_is_kept_at_once(store_id):
    read(store_id, *[an_order(n, email=f"p{n}@example.com", phone="", meta={"_mail_ok": "1"}) for n in range(101, 161)])
    assert len(kept()) == 60


def test_every_decision_names_the_rules_of_the_table_that_made_it(store_id):
    read(store_id, an_order(101), an_order(102, country="DE", state="", email="kim@example.com", phone=""))
    with transaction():
        decide_due(vault=VAULT, now=NOW)
    laws = {}
    for cart_id in (1, 2):
        found = why(cart_id)
        assert found is not None
        laws[cart_id] = {check.rule: check.law.split("/")[0] for check in found.rules if check.law}
        assert all("/2026-" in check.law for check in found.rules if check.law)
    assert laws[1] == {
        "call.basis": "basis.inquiry.US",
        "call.hours": "hours.US",
        "mail.basis": "basis.inquiry.US",
    }
    assert laws[2]["mail.basis"] == "basis.consent.DE"
