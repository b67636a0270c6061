from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar import clock
from sidecar.audit import AuditEntry
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.outreach.delivery import pace
from sidecar.outreach.message import Message
from sidecar.outreach.replies.reply import Reply
from tests.factories import make_cart, make_contact, make_store


@pytest.fixture
def waiting(app):
    """Noor's cart with an unread question of hers, and a machine's answer."""
    now = clock.now()
    with transaction():
        store = make_store(now=now)
        contact = make_contact(store, first_name="Noor", email="noor@example.com")
        cart = make_cart(store, contact, 500, now=now, state="contacted", route="sequence")
        for meaning, text, seen in (("other", "Is it <b>walnut</b>?\nNoor", None), ("away", "I am away.", now)):
            session().add(Reply(
                store_id=store.id, cart_id=cart.id, contact_id=contact.id, mail_id=f"{meaning}@example.com",
                at=now - timedelta(minutes=5), sender="noor@example.com", text=text, meaning=meaning,
                is_proven=False, seen_at=seen,
            ))  # fmt: skip
        return cart.id


def test_an_unread_reply_stands_on_the_cart_and_leads_there_from_the_list(visit, waiting) -> None:
    owner = visit("owner")
    assert f'A reply waits to be read: <a href="/carts/{waiting}">Noor Ruiz' in owner.get("/carts").text
    page = owner.get(f"/carts/{waiting}").text
    assert "Is it &lt;b&gt;walnut&lt;/b&gt;?" in page
    assert "Unread" in page
    assert "cannot be told" in page
    assert "I am away." not in page


def test_a_rep_reads_it_and_it_is_unread_no_more(visit, waiting) -> None:
    rep = visit("rep")
    page = rep.get(f"/carts/{waiting}").text
    assert "walnut" in page
    assert "noor@example.com" not in page
    reply_id = session().query(Reply.id).filter_by(meaning="other").scalar()
    assert rep.post(f"/replies/{reply_id}/read").status_code == 303
    assert "Unread" not in rep.get(f"/carts/{waiting}").text
    assert "waits to be read" not in rep.get("/carts").text
    assert session().query(AuditEntry).filter_by(action="reply.read").count() == 1


def test_a_viewer_does_not_read_other_peoples_letters(visit, waiting) -> None:
    assert "walnut" not in visit("viewer").get(f"/carts/{waiting}").text


def test_a_reply_that_is_not_there_is_not_found(visit, waiting) -> None:
    assert visit("owner").post("/replies/9999/read").status_code == 404


def test_the_owner_sees_on_every_page_that_mail_is_blocked_and_a_rep_does_not(visit, waiting) -> None:
    with transaction():
        pace.stop("gmail.com", "550 5.7.1 <b>spam</b>", now=clock.now())
    page = visit("owner").get("/carts").text
    assert "Mail to gmail.com waits. The server refuses mail from us: 550 5.7.1 &lt;b&gt;spam&lt;/b&gt;." in page
    assert "It is tried again at" in page
    assert "gmail.com" not in visit("rep").get("/carts").text


def test_who_has_seen_to_it_lets_mail_be_tried_again_at_once(visit, waiting) -> None:
    now = clock.now()
    with transaction():
        until = pace.stop("gmail.com", "550 5.7.1 spam", now=now).until_at
        cart = session().get_one(Cart, waiting)
        session().add(Message(
            store_id=cart.store_id, cart_id=cart.id, contact_id=cart.contact_id, channel="email", step="reminder-1",
            to="noor@gmail.com", state="due", reason="blocked", created_at=now, due_at=until,
            not_after_at=now + timedelta(days=6),
        ))  # fmt: skip
    assert visit("owner").post("/mail/try-again").status_code == 303
    assert pace.stops(now=clock.now()) == []
    assert session().query(Message.due_at).scalar() <= clock.now()
