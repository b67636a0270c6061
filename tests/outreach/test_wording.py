"""Messages say what is true about the cart, in the customer's language, whatever stands in the order."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from sidecar.carts.cart import Cart, CartLine
from sidecar.errors import Refused
from sidecar.outreach.letters import language as languages_module
from sidecar.outreach.letters import letter as letters
from sidecar.outreach.letters import sources
from sidecar.outreach.letters.language import choose, languages
from sidecar.outreach.letters.sources import KINDS, Source, ours
from sidecar.outreach.letters.wording import (
    PAY_STAND_IN,
    PREFERENCES_STAND_IN,
    UNSUBSCRIBE_STAND_IN,
    Composed,
    compose,
)
from sidecar.outreach.sequences.sequence import Step
from sidecar.settings import Settings
from sidecar.stores.connection import find_store
from tests.factories import make_cart, make_contact, make_store

STEPS = {kind: Step(kind, kind, kind) for kind in KINDS}
REMINDER, PERSONAL = STEPS["reminder-1"], STEPS["personal"]
HOSTILE = "<script>alert(1)</script>{{ 7777*7 }}</mj-text><mj-raw><img src=x onerror=alert(1)>\r\nBcc: x@example.com"

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def cart(app: Flask) -> Cart:
    store = make_store()
    return make_cart(store, make_contact(store))


def written(
    cart: Cart, step: Step = REMINDER, writer: str = "", source: Source | None = None, **settings: str
) -> Composed:
    store = find_store(cart.store_id)
    assert cart.contact is not None
    assert store is not None
    return compose(step, cart, cart.contact, store, Settings(settings), writer=writer, source=source)


def both(message: Composed) -> list[str]:
    return [message.html, message.text]


def test_it_names_the_cart_the_costs_the_way_back_and_the_way_out(cart: Cart):
    message = written(cart)
    assert message.subject == "Your Aurora Audio cart is saved"
    assert message.preheader == "Everything is as you left it. Reply if something went wrong."
    assert message.preheader in message.html
    assert message.sender_name == "Aurora Audio"
    for body in both(message):
        for part in ("Hi Dana", "HX-2 Turntable", "Walnut, 1 piece", "$400.00", "$10.00", "$20.00", "$430.00"):
            assert part in body
        for stand_in in (PAY_STAND_IN, UNSUBSCRIBE_STAND_IN, PREFERENCES_STAND_IN):
            assert stand_in in body
        assert "You get this because you started an order at Aurora Audio on 17 November." in body
        assert "1 Main St, New York, NY 10001" in body


def test_what_is_shown_adds_up_to_the_total(cart: Cart):
    cart.total_minor = 45500  # 25.00 of fees that WooCommerce gives no name for
    text = written(cart).text
    amounts = [int(found.replace(".", "")) for found in re.findall(r"(?m): \$([\d.]+)$", text)]
    assert sum(amounts[:-1]) == amounts[-1] == 45500
    assert "Other charges: $25.00" in text


def test_german_customers_read_german_and_german_amounts(cart: Cart):
    assert cart.contact is not None
    cart.contact.language = "de_DE"
    cart.currency, cart.total_minor = "EUR", 123456
    message = written(cart)
    assert message.language == "de"
    assert message.subject == "Ihr Warenkorb bei Aurora Audio ist gespeichert"
    assert '<html lang="de"' in message.html
    for body in both(message):
        assert "Guten Tag Dana Ruiz" in body
        assert "1.234,56\u00a0€" in body.replace("&nbsp;", "\u00a0")


def test_a_greeting_without_a_name_has_no_gap(cart: Cart):
    assert cart.contact is not None
    cart.contact.language, cart.contact.last_name = "de", ""
    for body in both(written(cart)):
        assert "Guten Tag," in body


@pytest.mark.parametrize(
    ("person", "store", "chosen"),
    [("", "US:NY", "en"), ("", "DE", "de"), ("en", "DE", "en"), ("fr_FR", "AT", "de"), ("pt-BR", None, "en")],
)
def test_the_persons_language_then_the_stores_then_english(person: str, store: str | None, chosen: str):
    assert choose(person, store).code == chosen


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("kind", KINDS)
def test_every_language_writes_every_kind_calmly(cart: Cart, code: str, kind: str):
    assert cart.contact is not None
    cart.contact.language = code
    message = written(cart, STEPS[kind], writer="Sam")
    assert message.language == code
    assert _names_in(languages()[code].words) >= _names_in(languages()["en"].words)
    for text in (message.subject, message.preheader, message.text):
        assert text
        assert not re.search(r"!|\b[A-Z]{4,}\b|last chance|hurry|Re:|Fwd:|{|}|\bNone\b", text)
    assert all(len(sentence.split()) <= 25 for sentence in re.split(r"[.?\n]\s", message.text))
    assert not re.search(r"<img(?![^>]*\balt=)", message.html)
    for body in both(message):
        assert body.count(PAY_STAND_IN) == 1
        assert body.count(UNSUBSCRIBE_STAND_IN) == 1
    assert "googleapis" not in message.html


def _names_in(words: object, before: str = "") -> set[str]:
    if not hasattr(words, "items"):
        return {before}
    return {name for key, value in words.items() for name in _names_in(value, f"{before}.{key}")}


def test_one_more_language_takes_files_alone(cart: Cart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = Path(shutil.copytree(languages_module.TEMPLATES, tmp_path / "messages"))
    words = (folder / "words" / "en.toml").read_text().replace('why = "You get', 'why = "Dostajesz')
    (folder / "words" / "pl.toml").write_text(words)
    for kind in KINDS:
        (folder / kind / "pl.txt").write_text((folder / kind / "en.txt").read_text().replace("Hi {{", "Cześć {{"))
    for module in (languages_module, sources, letters):
        monkeypatch.setattr(module, "TEMPLATES", folder)
    assert cart.contact is not None
    cart.contact.language = "pl"

    for kind in KINDS:
        message = written(cart, STEPS[kind])

        assert message.language == "pl"
        assert '<html lang="pl"' in message.html
        for body in both(message):
            assert "Cześć Dana" in body
            assert "Dostajesz this" in body


def test_a_personal_mail_is_signed_by_the_rep_and_looks_like_one(cart: Cart):
    message = written(cart, PERSONAL, writer="Sam")
    assert message.sender_name == "Sam from Aurora Audio"
    assert "This is Sam from Aurora Audio." in message.text
    assert "This is the team from Aurora Audio." in written(cart, PERSONAL).text
    assert "<h1" not in message.html
    assert "border-radius:12px" in written(cart).html
    assert "border-radius:12px" not in message.html


def test_hostile_order_text_stays_text_everywhere(cart: Cart):
    assert cart.contact is not None
    cart.contact.first_name = cart.contact.last_name = cart.city = cart.number = HOSTILE
    cart.lines[0].name = cart.lines[0].options = cart.lines[0].sku = HOSTILE
    cart.lines[0].image_url = 'https://a.example/x.png"onerror="alert(1)'
    for step in STEPS.values():
        message = written(cart, step, writer=HOSTILE)
        assert "<script" not in message.html
        assert "<img" not in message.html
        assert "<mj-" not in message.html
        assert "54439" not in message.html
        assert "\n" not in message.subject + message.sender_name
        assert "Hi there" in message.text


@pytest.mark.parametrize(
    "bait", ["http://evil.example/x", "www.evil.test", "evil.com/win", "hxx evil.ru", "win@evil.test", "EVIL.DE"]
)
def test_order_text_makes_no_link_in_any_part(cart: Cart, bait: str):
    assert cart.contact is not None
    cart.contact.first_name = cart.city = cart.lines[0].options = bait
    cart.lines[0].name = cart.lines[0].sku = f"Lamp {bait} now"
    for step in STEPS.values():
        for body in both(written(cart, step)):
            assert "evil" not in body.lower()
            assert "Lamp" in body or step.kind == "pay-link"


def test_a_picture_address_cannot_break_out_of_its_attribute(cart: Cart):
    cart.lines[0].image_url = "https://shop.example.com/x.png?a=1&b=2"
    cart.lines[0].name = 'Lamp " onerror="alert(1)'
    html = written(cart).html
    assert 'src="https://shop.example.com/x.png?a=1&amp;b=2"' in html
    assert re.search(r'alt="Lamp &(quot|#34); onerror=&(quot|#34);alert\(1\)"', html)


def test_long_carts_and_long_names_stay_readable(cart: Cart):
    for position in range(1, 30):
        cart.lines.append(CartLine(position=position, name="A" * 10_000, quantity=1, total_minor=100))
    message = written(cart)
    assert "and 22 more items" in message.text
    assert len(message.html) < 60_000


def test_nothing_is_written_about_an_empty_cart_or_to_nobody(cart: Cart):
    cart.email = ""
    with pytest.raises(Refused) as nobody:
        written(cart)
    assert nobody.value.code == "no_address"
    cart.email, cart.lines = "dana@example.com", []
    with pytest.raises(Refused) as empty:
        written(cart)
    assert empty.value.code == "emptied"


def test_broken_words_are_refused_with_their_name(cart: Cart):
    with pytest.raises(Refused) as broken:
        written(cart, source=replace(ours("reminder-1", "en"), body="Hi {{ fist_name }}"))
    assert broken.value.code == "cannot_compose"
    assert "reminder-1/en" in broken.value.reason
    assert "Did you mean {{first_name}}?" in broken.value.reason


def test_the_foot_stands_under_both_parts_whatever_an_owner_deletes(cart: Cart):
    for body in both(written(cart, source=Source("Hello", "", "Hello", "Hello"))):
        assert UNSUBSCRIBE_STAND_IN in body
        assert "1 Main St, New York, NY 10001" in body
