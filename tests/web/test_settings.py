from __future__ import annotations

import re

import pytest

from sidecar import clock
from sidecar import settings as business
from sidecar.carts.cart import Cart
from sidecar.db import session, transaction
from sidecar.ports import SkippedOrder
from sidecar.settings import Setting
from sidecar.settings.catalog import CATALOG
from sidecar.stores.skipping import note_skipped
from tests.factories import make_cart, make_contact, make_store, make_user

CARTS = {
    "routing.call_threshold": "",
    "routing.failed_factor": "0.5",
    "carts.abandoned_after": "15m",
    "carts.status_meanings": "",
    "holdout.percent": "0",
}


@pytest.fixture
def store(app) -> int:
    """A store with six carts of 100 to 600 dollars and a rep."""
    now = clock.now()
    with transaction():
        found = make_store(now=now)
        make_user("rep1@example.com")
        for number in range(6):
            contact = make_contact(found, first_name=f"Noor{number}", email=f"p{number}@example.com", phone_e164="")
            make_cart(found, contact, 500 + number, now=now, goods_minor=(number + 1) * 10000,
                      phone_e164="+12125550123", route="call")  # fmt: skip
        return found.id


def test_every_setting_stands_on_a_page_with_label_and_help(visit, store) -> None:
    client = visit("owner")
    pages = {entry.section: client.get(f"/settings/{entry.section}") for entry in CATALOG.values()}
    assert {page.status_code for page in pages.values()} == {200}
    for entry in CATALOG.values():
        page = pages[entry.section].text
        assert (f'name="{entry.name}"' in page) == entry.settable, entry.name
        assert "title>" in page
        assert page.count("<h1") == 1


def test_saving_writes_what_differs_and_decides_anew(visit, store) -> None:
    client = visit("manager")
    answer = client.post("/settings/carts", data=CARTS | {"routing.call_threshold": "250", "carts.on_hold": "on"})
    assert answer.location == "/settings/carts"
    settings = business.settings_of(store)
    assert settings["routing.call_threshold"] == {"USD": 25000}
    assert settings["carts.on_hold"] is True
    rows = {row.name: row.set_by for row in session().query(Setting)}
    assert rows == {"routing.call_threshold": "manager@example.com", "carts.on_hold": "manager@example.com"}
    assert all(cart.decide_at for cart in session().query(Cart))
    page = client.get("/settings/carts").text
    assert "Saved. Carts nobody has contacted are decided anew." in page
    assert re.search(r'id="routing-call-threshold"[^>]* value="250"', page)


def test_saving_what_decides_nothing_is_said_to_be_saved(visit, store) -> None:
    client = visit("owner")
    typed = {"poll.every": "30s", "poll.backoff_max": "2m"}
    assert client.post("/settings/store", data=typed).status_code == 303
    assert "Saved." in client.get("/settings/store").text
    client.post("/settings/store", data=typed)
    assert "Nothing was changed." in client.get("/settings/store").text


def test_orders_that_cannot_be_used_stand_on_the_store_page_with_the_reason(visit, store) -> None:
    with transaction():
        note_skipped(store, [SkippedOrder(77, "<b>total</b> is missing")], now=clock.now())
    page = visit("owner").get("/settings/store").text
    assert "1 order is left out" in page
    assert "Order 77: &lt;b&gt;total&lt;/b&gt; is missing" in page


def test_nothing_is_saved_when_something_cannot_be(visit, store) -> None:
    typed = CARTS | {"routing.call_threshold": "300 EUR", "holdout.percent": "80", "carts.abandoned_after": "20m"}
    answer = visit("owner").post("/settings/carts", data=typed)
    assert answer.status_code == 422
    page = answer.text
    assert "<title>Error: Which carts – Settings – Ringback</title>" in page
    assert '<a href="#routing-call-threshold">Threshold must be a number, like 300</a>' in page
    assert '<a href="#holdout-percent">Holdout must be a whole number between 0 and 50</a>' in page
    assert re.search(r'id="holdout-percent"[^>]*value="80"[^>]*aria-invalid="true"', page)
    assert 'value="300 EUR"' in page
    assert 'value="20m"' in page
    assert "novalidate" in page
    assert session().query(Setting).count() == 0
    said = page.split("There is a problem")[1].split("</section>")[0]
    assert not re.search(r"please|sorry|valid|forgot|oops|error occurred", said, re.IGNORECASE)


def test_emails_that_would_come_too_close_are_refused_at_the_later_one_and_pass_together(visit, store) -> None:
    entries = [entry for entry in CATALOG.values() if entry.section == "messages" and entry.settable]
    asked = {entry.name: "1" if entry.default == "on" else entry.default for entry in entries}
    typed = {name: text for name, text in asked.items() if text != "off"}
    client = visit("owner")
    answer = client.post("/settings/messages", data=typed | {"outreach.first_after": "30h"})
    says = "Second email must come at least 12 hours after the first: 42h or later, not 24h"
    assert answer.status_code == 422
    assert f'<a href="#outreach-second-after">{says}</a>' in answer.text
    later = {"outreach.first_after": "30h", "outreach.second_after": "42h", "outreach.third_after": "96h"}
    assert client.post("/settings/messages", data=typed | later).status_code == 303
    assert set(later) <= set(business.written(store))


def test_amounts_in_several_currencies_are_written_out(visit, store) -> None:
    client = visit("owner")
    client.post("/settings/carts", data=CARTS | {"routing.call_threshold": "USD=250,EUR=200"})
    assert business.settings_of(store)["routing.call_threshold"] == {"USD": 25000, "EUR": 20000}
    assert 'value="USD=250,EUR=200"' in client.get("/settings/carts").text
    wrong = client.post("/settings/carts", data=CARTS | {"routing.call_threshold": "USD=a,EUR=200"})
    assert "must be amounts by currency, like USD=300,EUR=300" in wrong.text


def test_preview_says_what_a_threshold_would_have_done_and_saves_nothing(visit, store) -> None:
    client = visit("owner")
    typed = CARTS | {"routing.call_threshold": "350", "preview": "1"}
    part = client.post("/settings/carts", data=typed, headers={"HX-Request": "true"})
    assert part.text.strip().startswith("<section")
    assert "With $350" in part.text
    assert "3 of 6 carts are worth a call" in part.text
    assert "<b>Noor0 Ruiz</b> $100, below it" in part.text
    page = client.post("/settings/carts", data=typed)
    assert (page.status_code, "With $350" in page.text, 'value="350"' in page.text) == (200, True, True)
    assert session().query(Setting).count() == 0


def test_settings_wait_for_a_store(visit) -> None:
    assert "Connect your store" in visit("owner").get("/settings/carts").text
    assert visit("owner").get("/settings/nothing").status_code == 404


def test_go_live_cannot_be_switched_by_a_form(visit, store) -> None:
    typed = {"sender.name": "Aurora", "sender.reply_to": "", "sender.postal_address": "",
             "sending.per_domain_per_minute": "600", "sending.live": "on"}  # fmt: skip
    assert visit("owner").post("/settings/sender", data=typed).status_code == 303
    assert business.settings_of(store)["sending.live"] is False
