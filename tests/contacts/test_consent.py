"""Whether somebody may be written to or called: basis by country, consent on the order, opt-outs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from sidecar.contacts import consent
from sidecar.contacts.consent import basis, is_opted_out, opt_out, permission
from sidecar.contacts.contact import OptOut
from sidecar.contacts.opt_outs import refused_channels
from sidecar.contacts.silence import held, hold, release
from sidecar.db import session, transaction
from sidecar.errors import Refused
from sidecar.settings import Settings
from tests.factories import NOW, VAULT, make_cart, make_contact, make_store


@dataclass
class Order:
    country: str = "US"
    meta: dict[str, str] = field(default_factory=dict)
    active_at: datetime = NOW - timedelta(hours=26)
    email: str = "dana@example.com"
    phone_e164: str = "+12125550123"


KEYS = {"consent.meta_keys": "email=_mail_ok,calls=_call_ok,sms=_sms_ok"}
SOFT = {"consent.soft_opt_in": "Box below the address, since 2024"}


@pytest.mark.parametrize(
    ("order", "channel", "written", "code"),
    [
        (Order(), "calls", {}, "inquiry"),
        (Order(country="CA"), "email", {}, "inquiry"),
        (Order(country="AU"), "calls", {}, "inquiry"),
        (Order(), "calls", {"calls.inquiry_basis": "off"}, "no_basis"),
        (Order(), "email", {"calls.inquiry_basis": "off"}, "inquiry"),
        (Order(active_at=NOW - timedelta(days=91)), "calls", {}, "basis_expired"),
        (Order(), "sms", {}, "no_basis"),
        (Order(meta={"_sms_ok": "yes"}), "sms", KEYS, "consent"),
        (Order(country="DE"), "email", {}, "no_basis"),
        (Order(country="DE"), "calls", {}, "no_basis"),
        (Order(country="GB"), "email", SOFT, "soft_opt_in"),
        (Order(country="GB"), "calls", SOFT, "no_basis"),
        (Order(country=""), "email", SOFT, "no_basis"),
        (Order(country="DE", meta={"_call_ok": "1"}), "calls", KEYS, "consent"),
        (Order(country="DE", meta={"_call_ok": "1"}), "email", KEYS, "no_basis"),
        (Order(country="DE", meta={"_mail_ok": "2026-11-18"}), "email", KEYS, "no_basis"),
        (Order(meta={"_mail_ok": "no"}), "email", KEYS, "consent_refused"),
        (Order(meta={"_mail_ok": ""}), "email", KEYS, "inquiry"),
    ],
)
def test_basis_by_country_and_consent(order, channel, written, code):
    found = basis(order, channel, settings=Settings(written), now=NOW)
    assert found.code == code
    assert found.allowed is (code in ("inquiry", "consent", "soft_opt_in"))
    assert "/2026-" in found.rule


@pytest.mark.parametrize(
    ("number", "country", "code"),
    [
        ("+4930901820", "US", "no_basis"),  # the number's own law asks for consent
        ("+33142685300", "CA", "no_basis"),
        ("+12125550123", "DE", "no_basis"),
        ("+12125550123", "CA", "inquiry"),
        ("+61412345678", "US", "inquiry"),
    ],
)
def test_a_call_to_a_number_abroad_needs_what_the_stricter_country_asks_for(number, country, code):
    cart = Order(country=country, phone_e164=number)
    found = basis(cart, "calls", settings=Settings(), now=NOW)
    assert found.code == code
    assert basis(Order(country="US", phone_e164=number), "email", settings=Settings(), now=NOW).allowed


def test_reason_names_the_country_and_the_confirmed_reason():
    refused = basis(Order(country="DE"), "calls", settings=Settings(), now=NOW)
    assert refused.reason == "Calls to Germany need consent, and this order carries none."
    allowed = basis(Order(country="CH"), "email", settings=Settings(SOFT), now=NOW)
    assert allowed.reason == "The shop confirmed a soft opt-in: Box below the address, since 2024"


def test_opt_out_of_any_address_counts_for_the_person_and_stays_as_a_fingerprint(app):
    with transaction():
        store = make_store()
        dana, noise = make_contact(store), make_contact(store, email="kim@example.com", phone_e164="+12125550199")
        cart, other = make_cart(store, dana), make_cart(store, noise, 102)
        assert opt_out(store.id, "calls", "Dana@Example.com ", source="call", vault=VAULT, now=NOW)
        assert not opt_out(store.id, "calls", "dana@example.com", source="call", vault=VAULT, now=NOW)
    kept = session().query(OptOut).one()
    assert "dana" not in kept.address_fingerprint
    assert is_opted_out(store.id, "calls", ["dana@example.com"], vault=VAULT)
    assert not is_opted_out(store.id, "email", ["dana@example.com"], vault=VAULT)
    assert refused_channels(store.id, [dana.id, noise.id], vault=VAULT) == {dana.id: frozenset({"calls"})}
    asked: dict[str, Any] = {"settings": Settings(), "vault": VAULT, "now": NOW}
    assert permission(store.id, dana, cart, "calls", **asked).code == "opted_out"
    assert permission(store.id, dana, cart, "email", **asked).allowed
    assert permission(store.id, noise, other, "calls", **asked).allowed


def test_opt_out_of_everything_counts_for_every_channel_but_for_one_store_only(app):
    with transaction():
        store, elsewhere = make_store(), make_store(url="https://other.example.com")
        opt_out(store.id, "all", "+12125550123", source="reply", vault=VAULT, now=NOW)
    for channel in ("email", "sms", "calls"):
        assert is_opted_out(store.id, channel, ["x@example.com", "+12125550123"], vault=VAULT)
        assert not is_opted_out(elsewhere.id, channel, ["+12125550123"], vault=VAULT)
        found = consent.permission(store.id, None, Order(), channel, settings=Settings(), vault=VAULT, now=NOW)
        assert found.code == "opted_out"


@pytest.mark.parametrize(("channel", "address"), [("post", "dana@example.com"), ("email", " ")])
def test_opt_out_without_channel_or_address_is_refused(app, channel, address):
    with transaction():
        store = make_store()
        with pytest.raises(Refused):
            opt_out(store.id, channel, address, source="call", vault=VAULT, now=NOW)


def test_silence_lasts_until_its_end_and_only_its_own_source_lifts_it(app):
    with transaction():
        dana = make_contact(make_store())
        hold(dana.id, "task:1", "Sam talks to Dana", NOW + timedelta(minutes=5))
        hold(dana.id, "task:2", "a call is planned", NOW + timedelta(minutes=9))
        hold(dana.id, "task:2", "a call is planned", NOW + timedelta(minutes=7))
        release(dana.id, "task:1")
    found = held(dana.id, now=NOW)
    assert found is not None
    assert found.source == "task:2"
    assert held(dana.id, now=NOW + timedelta(minutes=7)) is None
