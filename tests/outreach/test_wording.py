"""Messages say what is true about the cart, in the customer's language, whatever stands in the order."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from sidecar.carts.cart import Cart, CartLine
from sidecar.errors import Refused
from sidecar.outreach import wording
from sidecar.outreach.language import choose, languages
from sidecar.outreach.sequence import step_called
from sidecar.outreach.wording import UNSUBSCRIBE_STAND_IN, Composed, compose
from sidecar.settings import Settings
from tests.factories import make_cart, make_contact, make_store

REMINDER = step_called("reminder-1")
PERSONAL = step_called("personal-1")
HOSTILE = "<script>alert(1)</script>{{ 7777*7 }}</mj-text><mj-raw><img src=x onerror=alert(1)>\r\nBcc: x@example.com"

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def cart(app: Flask) -> Cart:
    store = make_store()
    return make_cart(store, make_contact(store))


def written(cart: Cart, step: Any = REMINDER, writer: str = "", **settings: str) -> Composed:
    from sidecar.stores.connection import find_store

    store = find_store(cart.store_id)
    assert cart.contact is not None
    assert store is not None
    return compose(step, cart, cart.contact, store, Settings(settings), writer=writer)


def both(message: Composed) -> list[str]:
    return [message.html, message.text]


def test_it_names_the_cart_the_costs_the_way_back_and_the_way_out(cart: Cart):
    message = written(cart)
    assert message.subject == "Your Aurora Audio cart is saved"
    assert message.sender_name == "Aurora Audio"
    for body in both(message):
        for part in ("Hi Dana", "HX-2 Turntable", "Walnut, 1 piece", "$400.00", "$10.00", "$20.00", "$430.00"):
            assert part in body
        assert "https://shop.example.com/pay/101" in body
        assert UNSUBSCRIBE_STAND_IN in body
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


@pytest.mark.parametrize(
    ("person", "store", "chosen"),
    [("", "US:NY", "en"), ("", "DE", "de"), ("en", "DE", "en"), ("fr_FR", "AT", "de"), ("pt-BR", None, "en")],
)
def test_the_persons_language_then_the_stores_then_english(person: str, store: str | None, chosen: str):
    assert choose(person, store).code == chosen


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("step", [REMINDER, PERSONAL])
@pytest.mark.parametrize("status", ["pending", "cancelled"])
def test_every_language_writes_every_step_calmly(cart: Cart, code: str, step: Any, status: str):
    assert cart.contact is not None
    cart.contact.language, cart.status = code, status
    message = written(cart, step, writer="Sam" if step is PERSONAL else "")
    assert message.language == code
    assert set(languages()[code].words) >= set(languages()["en"].words)
    for text in (message.subject, message.text):
        assert not re.search(r"!|\b[A-Z]{4,}\b|last chance|hurry|Re:|Fwd:|{|}", text)
    assert all(len(sentence.split()) <= 25 for sentence in re.split(r"[.?\n]\s", message.text))
    assert not re.search(r"<img(?![^>]*\balt=)", message.html)
    links = message.html.count('href="https://shop.example.com')
    assert links == (0 if step is PERSONAL and status == "cancelled" else 1)
    assert "googleapis" not in message.html


def test_an_order_the_shop_has_cancelled_is_not_called_saved(cart: Cart):
    cart.status = "cancelled"
    message = written(cart)
    for body in both(message):
        assert "saved" not in body
        assert "shop.example.com/pay" not in body
        assert "you will get a new link to pay" in body


def test_a_personal_mail_is_signed_by_the_rep(cart: Cart):
    message = written(cart, PERSONAL, writer="Sam")
    assert message.sender_name == "Sam from Aurora Audio"
    assert "This is Sam from Aurora Audio." in message.text
    assert "This is" not in written(cart, PERSONAL).text


def test_hostile_order_text_stays_text_everywhere(cart: Cart):
    assert cart.contact is not None
    cart.contact.first_name = cart.contact.last_name = cart.city = HOSTILE
    cart.lines[0].name = cart.lines[0].options = cart.lines[0].sku = HOSTILE
    cart.lines[0].image_url = 'https://a.example/x.png"onerror="alert(1)'
    for step in (REMINDER, PERSONAL):
        message = written(cart, step)
        assert "<script" not in message.html
        assert "<img" not in message.html
        assert "<mj-" not in message.html
        assert "54439" not in message.html
        assert "\n" not in message.subject
        assert "Hi there" in message.text


def test_a_picture_address_cannot_break_out_of_its_attribute(cart: Cart):
    cart.lines[0].image_url = "https://shop.example.com/x.png?a=1&b=2"
    cart.lines[0].name = 'Lamp " onerror="alert(1)'
    html = written(cart).html
    assert 'src="https://shop.example.com/x.png?a=1&amp;b=2"' in html
    assert 'alt="Lamp &quot; onerror=&quot;alert(1)"' in html


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


def test_a_broken_template_is_refused_with_its_name(cart: Cart, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wording, "mjml2html", lambda *_args, **_more: (_ for _ in ()).throw(ValueError("no")))
    with pytest.raises(Refused) as broken:
        written(cart)
    assert broken.value.code == "cannot_compose"
    assert "reminder/en" in broken.value.reason
