"""Versions of a wording: kept for good, never lost to somebody else's, and used by what has not left yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar.audit import AuditEntry
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.outreach.delivery import outbox
from sidecar.outreach.letters import edited, preview
from sidecar.outreach.letters.edited import FIELDS
from sidecar.outreach.letters.sources import KINDS, kinds_in_use, ours, source_of
from sidecar.settings import Settings, put, settings_of
from sidecar.stores.connection import Store
from tests.factories import NOW, make_cart, make_contact, make_store, make_user
from tests.outreach.making import make_message, make_person, message_of

WHAT = ("reminder-1", "en")
BY = "olive@example.com"


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction():
        return make_store()


def words(**changes: str) -> dict[str, str]:
    return {name: getattr(ours(*WHAT), name) for name in FIELDS} | changes


def save(store: Store, after: int, **changes: str) -> edited.WordingVersion:
    with transaction():
        return edited.save(store.id, *WHAT, words(**changes), after=after, by=BY, now=NOW)


def test_the_newest_version_is_used_at_this_store_in_this_language_alone(store: Store) -> None:
    with transaction():
        other = make_store(url="https://other.example.com")
    save(store, 0, subject="One")
    save(store, 1, subject="Two")
    assert source_of(store.id, *WHAT).subject == "Two"
    assert source_of(other.id, *WHAT) == ours(*WHAT)
    assert source_of(store.id, "reminder-1", "de") == ours("reminder-1", "de")
    assert {key: version.number for key, version in edited.newest_of_all(store.id).items()} == {WHAT: 2}
    assert edited.newest_of_all(other.id) == {}


def test_nobody_saves_over_a_version_they_have_not_seen(store: Store) -> None:
    save(store, 0, subject="One")
    with pytest.raises(Refused) as refused:
        save(store, 0, subject="Two")
    assert refused.value.code == "changed_meanwhile"
    assert "olive@example.com has saved version 1" in refused.value.reason
    assert source_of(store.id, *WHAT).subject == "One"


def test_a_number_that_somebody_took_in_the_same_moment_is_refused_and_the_session_lives_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(store, 0, subject="One")
    with monkeypatch.context() as late, transaction():
        late.setattr(edited, "find_newest", lambda *_what: None)  # as it was read before the other one committed
        with pytest.raises(Refused) as refused:
            edited.save(store.id, *WHAT, words(subject="Two"), after=0, by=BY, now=NOW)
    assert refused.value.code == "changed_meanwhile"
    assert source_of(store.id, *WHAT).subject == "One"


def test_restoring_makes_a_new_version_and_writes_down_what_was_done(store: Store) -> None:
    for number in range(2):
        save(store, number, subject=f"Version {number + 1}")
    with transaction():
        edited.restore(store.id, *WHAT, 1, after=2, by=BY, now=NOW)
        edited.restore(store.id, *WHAT, 0, after=3, by=BY, now=NOW)
    assert source_of(store.id, *WHAT) == ours(*WHAT)
    subjects = [version.subject for version in edited.versions(store.id, *WHAT)]
    assert subjects == ["", "Version 1", "Version 2", "Version 1"]
    entries = list(session().scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [entry.action for entry in entries] == ["edit message"] * 2 + ["restore message"] * 2
    assert entries[2].detail == {"version": 3, "written_anew": 0, "restored": 1}
    with pytest.raises(Refused), transaction():
        edited.restore(store.id, *WHAT, 9, after=4, by=BY, now=NOW)


def test_what_waits_is_written_anew_and_what_is_leaving_sees_it_at_its_last_check(store: Store) -> None:
    states: list[dict[str, Any]] = [
        {},
        {"state": "sending"},
        {"state": "sending", "data_started_at": NOW},
        {"state": "sent"},
        {"language": "de"},
    ]
    with transaction():
        for number, more in enumerate(states):
            make_message(store, make_person(store, number), 600 + number, cart={"content_hash": "h"}, **more)
        make_message(store, make_person(store, 9), 609, sequence="personal")
    save(store, 0, subject="Said otherwise")
    assert [message_of(600 + number).state for number in range(5)] == ["planned", "sending", "sending", "sent", "due"]
    assert [message_of(600 + number).composed_of for number in range(5)] == ["", "", "h", "h", "h"]
    assert message_of(609).state == "due"
    with transaction():
        outbox.fill(now=NOW + timedelta(hours=1))
    assert (message_of(600).state, message_of(600).subject) == ("due", "Said otherwise")


def test_a_draft_is_one_persons_own_and_the_newest_counts(store: Store) -> None:
    with transaction():
        one, two = make_user("one@example.com"), make_user("two@example.com")
        for subject in ("Half", "Half a thought"):
            edited.keep_draft(one.id, store.id, *WHAT, words(subject=subject), now=NOW)
    draft = edited.find_draft(one.id, store.id, *WHAT)
    assert draft is not None
    assert draft.subject == "Half a thought"
    assert edited.find_draft(two.id, store.id, *WHAT) is None
    with transaction():
        edited.drop_draft(one.id, store.id, *WHAT)
    assert edited.find_draft(one.id, store.id, *WHAT) is None


def test_the_preview_stores_nothing(store: Store) -> None:
    with transaction():
        cart = make_cart(store, make_contact(store, language="de"), 700)
        settings = settings_of(store.id)
        for on in (None, cart):
            shown = preview.show(ours(*WHAT), *WHAT, store, settings, cart=on, now=NOW)
            assert shown.refused == ""
            assert shown.composed is not None
            assert shown.composed.language == "en"
        assert not session().new
        assert not session().dirty


def test_what_is_offered_is_shown_as_an_example(store: Store) -> None:
    with transaction():
        put(store.id, "offers.by_step", "reminder-3=percent 10", by=BY, now=NOW)
        put(store.id, "offers.margin", "50", by=BY, now=NOW)
    settings = settings_of(store.id)
    source = ours("reminder-3", "en")
    text = preview.show(source, "reminder-3", "en", store, settings, cart=None, now=NOW).composed
    assert text is not None
    assert "EXAM-PLE2-CODE" in text.text


def test_only_what_is_in_use_is_looked_at(store: Store) -> None:
    assert kinds_in_use(Settings()) == KINDS
    without = kinds_in_use(Settings({"outreach.steps": "1"}))
    assert "reminder-2" not in without
    assert {"reminder-1", "personal", "voicemail"} <= set(without)
    assert {kind for kind, _ in preview.look_at_all(store, Settings({"outreach.steps": "0"}), now=NOW)} == {
        "voicemail", "tried", "missed", "wrong-number", "language", "pay-link"
    }  # fmt: skip


def test_only_what_a_person_stands_behind_is_shown_signed(store: Store) -> None:
    with transaction():
        make_user("vera@example.com")
    senders = {}
    for kind in ("reminder-1", "personal", "voicemail"):
        shown = preview.show(ours(kind, "en"), kind, "en", store, settings_of(store.id), cart=None, now=NOW)
        assert shown.composed is not None
        senders[kind] = shown.composed.sender_name
    signed = "Vera from Aurora Audio"
    assert senders == {"reminder-1": "Aurora Audio", "personal": signed, "voicemail": signed}
