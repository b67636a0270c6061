"""Go live refuses what law or physics needs, all at once, and then releases what is in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.audit import AuditEntry
from sidecar.config import Config
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.outreach.letters import edited
from sidecar.outreach.letters.sources import ours
from sidecar.outreach.message import Message
from sidecar.recovery.delivery import going_live
from sidecar.settings import put, settings_of
from sidecar.stores.connection import Store
from tests.factories import NOW, make_store
from tests.outreach.making import make_message, make_person


@pytest.fixture
def store(app: Flask) -> Store:
    """A store in safe mode: one message due, one later, one that is too late."""
    with transaction():
        store = make_store()
        make_message(store, make_person(store, 1), 101)
        make_message(store, make_person(store, 2), 102, age=timedelta(minutes=10), written=False)
        make_message(store, make_person(store, 3), 103, not_after_at=NOW - timedelta(minutes=1))
        return store


@pytest.fixture
def ready(config: Config) -> Config:
    """Everything that Go live needs from outside."""
    return replace(
        config,
        smtp_url="smtp://127.0.0.1:25",
        mail_from="Aurora Audio <hello@example.com>",
        base_url="https://calls.example.com",
        allow_local_stores=False,
    )


def states() -> list[tuple[str, str | None]]:
    query = select(Message).order_by(Message.id).execution_options(populate_existing=True)
    return [(message.state, message.reason) for message in session().scalars(query)]


def test_before_go_live_messages_are_composed_and_say_what_they_wait_for(store: Store):
    assert states() == [("due", "not_live"), ("planned", "in_sequence"), ("due", "not_live")]


def test_the_preview_counts_and_changes_nothing(store: Store, ready: Config):
    found = going_live.preview(store.id, config=ready, now=NOW)
    assert (found.may, found.leaving, found.later, found.too_late) == (True, 1, 1, 1)
    assert states() == [("due", "not_live"), ("planned", "in_sequence"), ("due", "not_live")]


def test_go_live_releases_what_is_in_time_and_drops_the_rest_with_a_reason(store: Store, ready: Config):
    with transaction():
        going_live.go_live(store.id, by="olive@example.com", config=ready, now=NOW)
    assert states() == [("due", None), ("planned", "in_sequence"), ("cancelled", "too_late")]
    assert store.is_live
    assert settings_of(store.id)["sending.live"] is True
    entry = session().scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.detail) == ("olive@example.com", "go live", {"leaving": 1, "too_late": 1})


def test_going_live_twice_is_the_same_as_once(store: Store, ready: Config):
    for _ in range(2):
        with transaction():
            going_live.go_live(store.id, by="olive@example.com", config=ready, now=NOW)
    assert len(list(session().scalars(select(AuditEntry)))) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"smtp_url": None}, "SIDECAR_SMTP_URL"),
        ({"mail_from": None}, "SIDECAR_MAIL_FROM"),
        ({"base_url": "http://calls.example.com"}, "SIDECAR_BASE_URL"),
        ({"base_url": "https://localhost"}, "SIDECAR_BASE_URL"),
        ({"base_url": "https://127.0.0.1:8000"}, "SIDECAR_BASE_URL"),
        ({"base_url": "https://[::1]"}, "SIDECAR_BASE_URL"),
    ],
)
def test_each_thing_that_is_missing_is_named(store: Store, ready: Config, change: dict[str, str | None], word: str):
    with pytest.raises(Refused) as refused, transaction():
        going_live.go_live(store.id, by="x", config=replace(ready, **change), now=NOW)  # type: ignore[arg-type]
    assert word in refused.value.reason
    assert not session().get_one(Store, store.id).is_live


def test_everything_that_is_missing_is_named_at_once(app: Flask, ready: Config):
    with transaction():
        store = make_store(address=None)
    found = going_live.preview(
        store.id, config=replace(ready, smtp_url=None, mail_from=None, base_url="http://127.0.0.1:8000"), now=NOW
    )
    assert len(found.refusals) == 4
    assert "Connect a store first." in going_live.preview(None, config=ready, now=NOW).refusals


def test_a_local_address_will_do_where_local_stores_are_allowed(store: Store, ready: Config):
    local = replace(ready, base_url="http://127.0.0.1:8000", allow_local_stores=True)
    assert going_live.preview(store.id, config=local, now=NOW).may


def test_an_unreadable_store_and_missing_replies_only_warn(store: Store, ready: Config):
    with transaction():
        store.health = "unreadable"
    found = going_live.preview(store.id, config=ready, now=NOW)
    assert found.may
    assert len(found.warnings) == 2


def test_pause_and_resume_are_said_on_every_waiting_message(store: Store, ready: Config):
    with transaction():
        going_live.go_live(store.id, by="x", config=ready, now=NOW)
        assert going_live.pause_all(by="x", now=NOW) == 1
    assert states()[0] == ("due", "paused")
    assert not store.is_live
    assert settings_of(store.id)["sending.live"] is False
    with transaction():
        assert not going_live.pause(store.id, by="x", now=NOW)
        assert going_live.resume(store.id, by="x", now=NOW)
        assert not going_live.resume(store.id, by="x", now=NOW)
    assert states()[0] == ("due", None)


def test_what_became_too_late_during_a_pause_is_dropped_when_it_ends(store: Store, ready: Config):
    with transaction():
        going_live.go_live(store.id, by="x", config=ready, now=NOW)
        going_live.pause(store.id, by="x", now=NOW)
    with transaction():
        going_live.resume(store.id, by="x", now=NOW + timedelta(days=8))
    assert {state for state, _ in states()} == {"cancelled"}


def test_a_store_that_never_went_live_cannot_be_resumed(store: Store):
    with pytest.raises(Refused), transaction():
        going_live.resume(store.id, by="x", now=NOW)


def edit(store: Store, **words: str) -> None:
    source = {name: getattr(ours("reminder-1", "en"), name) for name in ("subject", "preheader", "body", "text")}
    edited.save(store.id, "reminder-1", "en", source | words, after=0, by="olive@example.com", now=NOW)


def test_a_message_that_the_lint_blocks_stands_against_it_with_the_words_at_fault(store: Store, ready: Config):
    with transaction():
        edit(store, subject="Last chance", preheader="Hurry!")
    with pytest.raises(Refused) as refused, transaction():
        going_live.go_live(store.id, by="x", config=ready, now=NOW)
    assert "Change the message “First reminder” (English)" in refused.value.reason
    assert "(“!”): Exclamation marks: 1. Use none. And 2 more." in refused.value.reason


def test_a_message_that_is_not_in_use_stands_against_nothing(store: Store, ready: Config):
    with transaction():
        edit(store, subject="Last chance")
        put(store.id, "outreach.steps", "0", by="x", now=NOW)
    assert going_live.preview(store.id, config=ready, now=NOW).may


def test_what_the_lint_only_warns_of_warns(store: Store, ready: Config):
    before = going_live.preview(store.id, config=ready, now=NOW).warnings
    with transaction():
        edit(store, subject="Your cart 🛒")
    found = going_live.preview(store.id, config=ready, now=NOW)
    assert found.may
    (warning,) = set(found.warnings) - set(before)
    assert warning.startswith("Look at the message “First reminder” (English): Fewer pictures")
