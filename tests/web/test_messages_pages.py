"""The messages' words: who may look, what saving refuses, what the preview shows, and what was there before."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from sidecar import clock
from sidecar.audit import AuditEntry
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.outreach.letters.edited import WordingVersion
from sidecar.outreach.letters.sources import KINDS, ours, source_of
from sidecar.stores.connection import Store
from tests.factories import make_cart, make_contact, make_store
from tests.outreach.making import make_message, make_person, message_of

PAGE = "/messages/reminder-1/en"
HOSTILE = "<script>alert(1)</script>{{ 7777*7 }}"


@pytest.fixture
def store(app: Flask) -> int:
    """A store in safe mode with three carts, one of somebody without a name."""
    now = clock.now()
    with transaction():
        found = make_store(now=now)
        for number, name in enumerate(("Noor", "", "Liv")):
            contact = make_contact(found, first_name=name, last_name="", email=f"p{number}@example.com", phone_e164="")
            make_cart(found, contact, 500 + number, now=now)
        return found.id


def typed(**changes: str) -> dict[str, str]:
    source = ours("reminder-1", "en")
    words = {name: getattr(source, name) for name in ("subject", "preheader", "body", "text")}
    return words | {"after": "0"} | changes


def test_every_message_stands_in_the_list_with_whose_words_it_is(visit, store) -> None:
    page = visit("owner").get("/messages").text
    assert len(re.findall(r'href="/messages/[\w-]+/(?:en|de)"', page)) == 20
    assert "Edited" not in page
    visit("owner").post(PAGE, data=typed(subject="Your cart!"))
    page = visit("viewer").get("/messages").text
    assert page.count("Edited") == 1
    assert "Version 1, " in page
    assert "1 to change" in page


def test_saving_makes_a_version_that_is_used_from_then_on(visit, store) -> None:
    client = visit("manager")
    answer = client.post(PAGE, data=typed(subject="Your {{ store_name }} cart waits", text="Hi.\r\n\r\n{{ button }}"))
    assert answer.location == PAGE
    source = source_of(store, "reminder-1", "en")
    assert (source.subject, source.text) == ("Your {{ store_name }} cart waits", "Hi.\n\n{{ button }}")
    assert source_of(store, "reminder-1", "de") == ours("reminder-1", "de")
    page = client.get(PAGE).text
    assert "Saved as version 1." in page
    assert "saved by manager@example.com" in page
    entry = session().scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject) == ("manager@example.com", "edit message", "reminder-1/en")


def test_an_unknown_field_is_refused_with_the_one_that_was_meant_and_nothing_typed_is_lost(visit, store) -> None:
    answer = visit("owner").post(PAGE, data=typed(subject="For {{fist_name}}", body="Mine {{ button }} here"))
    assert answer.status_code == 422
    page = answer.text
    sentence = "There is no field called {{fist_name}}. Did you mean {{first_name}}?"
    assert "<title>Error: First reminder, English – Messages – Ringback</title>" in page
    assert f'<a href="#subject">{sentence}</a>' in page
    assert f'id="subject-e"><span class="sr">Error:</span> {sentence}' in page
    assert 'value="For {{fist_name}}"' in page
    assert "Mine {{ button }} here</textarea>" in page
    assert session().scalars(select(WordingVersion)).all() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"body": "Mine {{ button }} here"}, "body"),
        ({"text": "Hi {{ first_name, reply"}, "text"),
        ({"body": "[Pay]({{ first_name }})"}, "body"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
def test_what_cannot_be_laid_out_is_refused_at_its_field(visit, store, wrong, field) -> None:
    answer = visit("owner").post(PAGE, data=typed(**wrong))
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert source_of(store, "reminder-1", "en") == ours("reminder-1", "en")


def test_saving_what_is_there_already_makes_no_version(visit, store) -> None:
    assert visit("owner").post(PAGE, data=typed()).location == PAGE
    assert session().scalars(select(WordingVersion)).all() == []


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_sends_our_own_words_back_unchanged(visit, store, kind, language) -> None:
    client = visit("owner")
    address = f"/messages/{kind}/{language}"
    page = html.unescape(client.get(address).text)
    source = ours(kind, language)
    shown = {name: getattr(source, name) for name in ("subject", "preheader", "body", "text")}
    for name, words in shown.items():
        assert (f'id="{name}" name="{name}" value="{words}"' in page) or (f">\n{words}</textarea>" in page)
    sent = {name: words.replace("\n", "\r\n") for name, words in shown.items()}
    assert client.post(address, data=sent | {"after": "0"}).location == address
    assert session().scalars(select(WordingVersion)).all() == []


def test_two_who_edit_at_once_do_not_overwrite_each_other(visit, store) -> None:
    visit("manager").post(PAGE, data=typed(subject="First"))
    answer = visit("owner").post(PAGE, data=typed(subject="Second"))
    assert answer.status_code == 422
    assert "manager@example.com has saved version 1 since you opened this" in answer.text
    assert 'value="Second"' in answer.text
    again = visit("owner").post(PAGE, data=typed(subject="Second", after="1"))
    assert again.status_code == 303
    assert source_of(store, "reminder-1", "en").subject == "Second"


def test_an_earlier_version_and_our_own_words_come_back_as_new_versions(visit, store) -> None:
    client = visit("owner")
    for after, subject in enumerate(("One", "Two")):
        client.post(PAGE, data=typed(subject=subject, after=str(after)))
    client.post(f"{PAGE}/restore", data={"number": "1", "after": "2"})
    assert source_of(store, "reminder-1", "en").subject == "One"
    assert 'value="Two"' in client.get(f"{PAGE}?version=2").text
    answer = client.post(f"{PAGE}/restore", data={"number": "0", "after": "3"})
    assert answer.location == PAGE
    assert source_of(store, "reminder-1", "en") == ours("reminder-1", "en")
    page = client.get(PAGE).text
    assert "The wording that comes with Ringback is back, as version 4." in page
    assert [version.number for version in session().scalars(select(WordingVersion))] == [1, 2, 3, 4]
    assert client.post(f"{PAGE}/restore", data={"number": "9", "after": "4"}).status_code == 409


def test_the_preview_shows_and_judges_what_is_typed_and_saves_nothing(visit, store) -> None:
    client = visit("owner")
    data = typed(do="preview", body="Hurry, {{ first_name|there }}. Reply.\n\n{{ button }}")
    part = client.post(PAGE, data=data, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="preview"')
    assert "1 to change before Go live" in part
    assert "<mark>Hurry</mark>" in part
    frame = re.search(r'<iframe class="look__frame" sandbox src="([^"]+)"', part)
    assert frame
    letter = client.get(frame[1].replace("&amp;", "&"))
    assert "Hurry, Dana." in letter.text
    assert letter.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
    assert source_of(store, "reminder-1", "en") == ours("reminder-1", "en")
    assert "Hurry" not in client.get(f"{PAGE}/letter").text
    whole = client.post(PAGE, data=data).text
    assert "<h1>First reminder</h1>" in whole
    assert "Hurry, {{ first_name|there }}. Reply." in whole


def test_what_was_typed_outlives_a_closed_browser_until_it_is_saved_or_discarded(visit, store) -> None:
    client = visit("owner")
    client.post(PAGE, data=typed(do="preview", subject="Half a thought"), headers={"HX-Request": "true"})
    assert "You typed something else here" in client.get(PAGE).text
    assert "You typed something else here" not in visit("manager").get(PAGE).text
    assert 'value="Half a thought"' in client.get(f"{PAGE}?typed=1").text
    client.post(PAGE, data=typed(do="discard"))
    assert "You typed something else here" not in client.get(PAGE).text
    assert "Half a thought" not in client.get(f"{PAGE}?typed=1").text


def test_it_is_looked_at_on_a_real_cart_in_the_language_that_is_edited(visit, store) -> None:
    cart = session().scalars(select(Cart).where(Cart.order_id == 500)).one().id
    client = visit("viewer")
    german = client.get(f"/messages/reminder-1/de?cart={cart}&view=text").text
    assert "HX-2 Turntable" in german
    assert "Summe: 430,00" in german
    assert "ringback.invalid" not in german
    assert "Hi Noor," in client.get(f"{PAGE}/letter?cart={cart}").text
    assert "Hi Dana," in client.get(f"{PAGE}/letter").text


def test_dark_is_dark_and_light_is_light_whatever_the_browser_prefers(visit, store) -> None:
    dark = visit("owner").get(f"{PAGE}/letter?look=dark").text
    light = visit("owner").get(f"{PAGE}/letter?look=light").text
    assert "@media all" in dark
    assert "@media not all" in light
    assert "prefers-color-scheme" not in dark + light


def test_hostile_order_text_stays_text_in_the_preview(visit, store) -> None:
    with transaction():
        cart = session().scalars(select(Cart).where(Cart.order_id == 500)).one()
        cart.lines[0].name, cart.name = HOSTILE, HOSTILE
    client = visit("owner")
    page = client.get(f"{PAGE}?cart={cart.id}").text
    letter = client.get(f"{PAGE}/letter?cart={cart.id}").text
    assert "<script>alert" not in page + letter
    assert "54439" not in page + letter


def test_a_field_that_was_empty_in_real_carts_is_warned_of_with_the_number(visit, store) -> None:
    data = typed(do="preview", body="Hi {{ first_name }}, reply.\n\n{{ button }}")
    part = visit("owner").post(PAGE, data=data, headers={"HX-Request": "true"}).text
    assert "It was empty in 1 of the last 3 carts." in part


def test_messages_that_wait_are_written_anew_after_a_change(visit, app) -> None:
    now = clock.now()
    with transaction():
        shop = make_store(now=now)
        changes: list[dict[str, Any]] = [{}, {"state": "sent", "sent_at": now}, {"language": "de"}]
        for number, more in enumerate(changes):
            make_message(shop, make_person(shop, number), 600 + number, now=now, **more)
    assert message_of(600).state == "due"
    visit("owner").post(PAGE, data=typed(subject="Said otherwise"))
    assert [message_of(600 + number).state for number in range(3)] == ["planned", "sent", "due"]


def test_a_live_store_saves_nothing_that_would_stand_against_going_live(visit, store) -> None:
    with transaction():
        session().get_one(Store, store).live_at = clock.now()
    answer = visit("owner").post(PAGE, data=typed(subject="Last chance"))
    assert answer.status_code == 422
    assert "Customers would read this at once." in answer.text
    assert visit("owner").post(PAGE, data=typed(subject="Your cart 🛒")).status_code == 303


def test_a_live_store_brings_nothing_back_that_would_stand_against_going_live(visit, store) -> None:
    for after, subject in enumerate(("Last chance", "Your cart")):
        visit("owner").post(PAGE, data=typed(subject=subject, after=str(after)))
    with transaction():
        session().get_one(Store, store).live_at = clock.now()
    answer = visit("owner").post(f"{PAGE}/restore", data={"number": "1", "after": "2"})
    assert answer.status_code == 409
    assert "This version cannot be used any more. Customers would read this at once." in answer.text
    assert source_of(store, "reminder-1", "en").subject == "Your cart"


def test_viewers_look_and_change_nothing(visit, store) -> None:
    page = visit("viewer").get(PAGE)
    assert page.status_code == 200
    assert "readonly" in page.text
    assert ">Save</button>" not in page.text
    assert visit("viewer").post(PAGE, data=typed()).status_code == 403
    assert visit("viewer").post(f"{PAGE}/restore").status_code == 403


@pytest.mark.parametrize("odd", ["9" * 30, "-1", "x", ""])
def test_odd_numbers_are_as_good_as_none(visit, store, odd) -> None:
    client = visit("owner")
    for path in (f"{PAGE}?cart={odd}&version={odd}&view={odd}&typed={odd}", f"{PAGE}/letter?cart={odd}&look={odd}"):
        assert client.get(path).status_code == 200
    assert client.post(PAGE, data=typed(after=odd, cart=odd, subject="Mine")).status_code == 303


def test_control_characters_are_left_out(visit, store) -> None:
    visit("owner").post(PAGE, data=typed(subject="Your\x00 cart\r\nBcc: x", body="One\x07\r\n\r\n{{ button }}"))
    source = source_of(store, "reminder-1", "en")
    assert (source.subject, source.body) == ("Your cart Bcc: x", "One \n\n{{ button }}")


def test_unknown_messages_are_not_there_and_without_a_store_there_is_nothing_to_edit(visit, app) -> None:
    client = visit("owner")
    assert client.get("/messages/reminder-9/en").status_code == 404
    assert client.get("/messages/reminder-1/xx").status_code == 404
    assert client.get(PAGE).location == "/messages"
    assert "Connect one first." in client.get("/messages").text


