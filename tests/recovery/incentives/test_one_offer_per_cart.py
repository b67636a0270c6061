"""One offer per cart over both ways: what a rep gives on the phone, and what messages offer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete, select

from sidecar.contacts.contact import Silence
from sidecar.db import db, session, transaction
from sidecar.demo.coupon_rules import use_code
from sidecar.errors import Refused
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.letters.edited import WordingVersion
from sidecar.outreach.message import Message
from sidecar.recovery.answers.following import where_to
from sidecar.recovery.calls import linking
from sidecar.recovery.incentives.giving import BeyondLimits
from tests.factories import VAULT
from tests.recovery.incentives.offered import STEP, plain
from tests.recovery.incentives.on_the_phone import Desk, desk


@pytest.fixture
def at(app: Flask) -> Iterator[Desk]:
    with desk(app) as found:
        yield found


def let_machines_write() -> None:
    """Nobody has anybody any more."""
    with transaction():
        session().execute(delete(Silence))


def send_link(at: Desk, task_id: int) -> int:
    """Sam presses Send pay link; the message's id."""
    sam = at.sam
    with transaction():
        return linking.send_link(task_id, sam, vault=VAULT, now=at.at.shop.clock()).id


def test_the_pay_link_that_the_rep_sends_names_the_offer_and_leads_to_a_checkout_with_it(at: Desk) -> None:
    order, task_id = at.hold()
    code = at.give(task_id).code
    message_id = send_link(at, task_id)
    at.at.shop.clock.move(timedelta(seconds=61))
    at.at.send()

    (mail,) = at.at.sink.accepted
    assert "10 % off your order" in plain(mail)
    assert code in plain(mail)
    way = where_to(session().get_one(Message, message_id), now=at.at.shop.clock())
    assert parse_qs(urlsplit(way.url).query)["coupon"] == [code]
    use_code(at.at.shop.store.world, order, code)


def test_what_was_taken_back_is_in_no_mail_and_no_link(at: Desk) -> None:
    _, task_id = at.hold()
    code = at.give(task_id).code
    message_id = send_link(at, task_id)
    at.back(task_id)
    at.at.shop.clock.move(timedelta(seconds=61))
    at.at.send()
    (mail,) = at.at.sink.accepted
    assert code not in plain(mail)
    way = where_to(session().get_one(Message, message_id), now=at.at.shop.clock())
    assert code not in way.url


def test_a_mail_that_was_composed_before_is_written_anew_when_the_rep_gives_something(at: Desk) -> None:
    _, task_id = at.hold()
    send_link(at, task_id)
    at.at.shop.clock.move(timedelta(seconds=61))
    at.at.sink.at_recipient = lambda _to: "451 later"
    assert at.at.send().put_back == 1
    code = at.give(task_id).code
    at.at.sink.at_recipient = lambda _to: "250 OK"
    at.at.shop.clock.move(timedelta(minutes=2))
    at.at.send()
    assert code in plain(at.at.sink.accepted[0])


def test_a_cart_whose_email_offers_something_gets_nothing_more_from_a_rep(at: Desk) -> None:
    at.at.set(by_step="percent 10")
    (order,) = at.at.place()
    assert at.at.send().sent == 1
    task_id = at.take(order)
    with pytest.raises(Refused, match="An email offered 10 % off already") as refused:
        at.give(task_id, "percent 5")
    assert not isinstance(refused.value, BeyondLimits)
    with pytest.raises(Refused, match="One offer per cart"):
        at.ask(task_id, "percent 20")
    assert len(at.at.made) == 1


def test_an_email_to_a_cart_with_a_reps_offer_says_that_one_and_makes_none(at: Desk) -> None:
    at.at.set(by_step="percent 5")
    _, task_id = at.hold()
    code = at.give(task_id, "percent 10").code
    let_machines_write()
    assert at.at.send().sent == 1
    assert code in plain(at.at.sink.accepted[0])
    assert "10 % off your order" in plain(at.at.sink.accepted[0])
    assert (len(at.at.made), [row.offer for row in at.at.rows()]) == (1, ["by-rep"])


def test_an_email_makes_none_after_the_reps_offer_was_used(at: Desk) -> None:
    at.at.set(by_step="percent 5")
    _, task_id = at.hold()
    at.give(task_id)
    with transaction():
        session().scalars(select(Coupon)).one().state = "used"
    let_machines_write()
    assert at.at.send().sent == 1
    assert [(row.offer, row.state, row.reason) for row in at.at.rows()] == [
        ("by-rep", "used", None), (STEP, "failed", "has_one"),
    ]  # fmt: skip
    assert len(at.at.made) == 1


def test_words_without_offers_say_nothing_of_it(at: Desk) -> None:
    with transaction():
        for version in session().scalars(select(WordingVersion)):
            version.body = version.text = "Hi {{ first_name|there }},\n\n{{ items }}\n\n{{ pay_url }}"
    _, task_id = at.hold()
    code = at.give(task_id).code
    let_machines_write()
    at.at.send()
    assert code not in plain(at.at.sink.accepted[0])


def together(app: Flask, *works: Callable[[], object]) -> list[object]:
    """Runs all at once, each with a session of its own; what they gave back or raised."""
    start, ended = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        with app.app_context():
            start.wait(timeout=20)
            try:
                ended.append(work())
            except Refused as refused:
                ended.append(refused)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(ended) == len(works)
    return ended


def test_two_windows_that_press_in_the_same_moment_make_one_coupon(at: Desk, app: Flask) -> None:
    for _ in range(4):
        _, task_id = at.hold()
        together(app, *(partial(at.give, task_id, wish) for wish in ("percent 5", "percent 10", "fixed 5")))
    made = Counter(coupon.email_restrictions[0] for coupon in at.at.made)
    assert sorted(made.values()) == [1, 1, 1, 1]
    assert Counter(row.state for row in at.at.rows()) == Counter(active=4)
    assert {row.code.lower() for row in at.at.rows()} == {coupon.code for coupon in at.at.made}


def test_two_reps_at_once_have_a_day_each_and_keep_the_shops_cap(at: Desk, app: Flask) -> None:
    at.set(rep_per_day="1")
    (first,), (second,) = at.at.place(), at.at.place()
    tasks = [at.take(first), at.take(second, by=at.ana_id)]
    ended = together(app, partial(at.give, tasks[0]), partial(at.give, tasks[1], by=at.ana_id))
    assert [one for one in ended if isinstance(one, Refused)] == []
    at.set(per_day="3")
    (third,), (fourth,) = at.at.place(), at.at.place()
    at.set(rep_per_day="9")
    tasks = [at.take(third), at.take(fourth, by=at.ana_id)]
    ended = together(app, partial(at.give, tasks[0]), partial(at.give, tasks[1], by=at.ana_id))
    (refused,) = [one for one in ended if isinstance(one, Refused)]
    assert refused.code == "cap_count"
    assert len(at.at.made) == 3


def test_a_rep_and_an_email_in_the_same_moment_make_one_coupon_between_them(at: Desk, app: Flask) -> None:
    at.at.set(by_step="percent 5")
    for _ in range(4):
        _, task_id = at.hold()
        let_machines_write()
        together(app, partial(at.give, task_id), at.at.send)
    live = Counter(row.cart_id for row in at.at.rows() if row.state in ("planned", "active", "used"))
    assert sorted(live.values()) == [1, 1, 1, 1]
    assert sorted(Counter(coupon.email_restrictions[0] for coupon in at.at.made).values()) == [1, 1, 1, 1]
    named = {row.code for row in at.at.rows() if row.state == "active"}
    for mail in at.at.sink.accepted:
        assert sum(code in plain(mail) for code in named) <= 1
