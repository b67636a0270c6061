"""Customers ask for a call: by the link in their message, and by the plain link on the store's own pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from sidecar import clock
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask
from sidecar.contacts.opt_outs import opt_out
from sidecar.db import session, transaction
from sidecar.settings import Setting
from sidecar.stores.connection import Store
from tests.factories import VAULT, make_store, make_user
from tests.outreach.making import give_token, make_message, make_person
from tests.web.asking import came_from, fields, send, times

NOW = datetime(2026, 11, 24, 18, 5, tzinfo=UTC)  # a Tuesday: 13:05 in New York
PHONE = "+12125550123"


@pytest.fixture(autouse=True)
def _tuesday(monkeypatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def link(app) -> str:
    """Dana's own link; her order has her number. One rep works."""
    with transaction():
        store = make_store(now=NOW, live_at=NOW)
        for name, value in (("calls.number", "+12125550100"), ("sender.reply_to", "shop@example.com")):
            session().add(Setting(store_id=store.id, name=name, value=value, set_at=NOW, set_by="test"))
        make_user("sam@example.com", now=NOW)
        dana = make_person(store, 1, phone=PHONE, phone_e164=PHONE)
        sent = make_message(store, dana, 501, now=NOW, state="sent", reason=None, sent_at=NOW,
                            cart={"email": "p1@example.com", "phone": PHONE, "phone_e164": PHONE})  # fmt: skip
        return f"/b/{give_token(sent)}"


def requests() -> list[CallRequest]:
    return list(session().scalars(select(CallRequest).order_by(CallRequest.id)))


def test_looking_changes_nothing_and_offers_the_customers_own_times(visit, link):
    answer = visit(csrf=True).get(link)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "ends in 123" in answer.text
    assert PHONE not in answer.text
    assert "Times are shown for New York (GMT−5)." in answer.text
    assert "As soon as possible" in answer.text
    assert len(times(answer.text)) == 12
    assert all(day in answer.text for day in ("Today, Tuesday 24 November", "Tomorrow, Wednesday 25 November"))
    assert "Friday 27 November" in answer.text  # Thursday is a holiday in some of the states where the number may ring
    assert requests() == []


def test_asking_leads_to_a_page_of_its_own_with_reference_and_time(visit, link):
    visitor = visit(csrf=True)
    answer = send(visitor, link, about="delivery", note="About <b>Saturday</b>")
    assert answer.status_code == 303
    [request] = requests()
    page = visitor.get(answer.location)
    assert "We will call you" in page.text
    assert request.reference in page.text
    assert "Today, Tuesday 24 November, 13:30 to 14:00" in page.text
    assert "(212) 555-0100" in page.text
    assert "•••• 123" in page.text
    assert session().scalars(select(CallTask)).one().callback_at == request.at


def test_the_calendar_file_is_one_event_in_utc(visit, link):
    visitor = visit(csrf=True)
    page = send(visitor, link).location
    answer = visitor.get(f"{page}/call.ics")
    assert answer.content_type.startswith("text/calendar")
    lines = answer.get_data(as_text=True).split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert "DTSTART:20261124T183000Z" in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    visitor.post(page, data={"do": "cancel"})
    assert visitor.get(f"{page}/call.ics").status_code == 404


def test_cancelling_needs_a_press_and_frees_the_time(visit, link):
    visitor = visit(csrf=True)
    page = send(visitor, link).location
    taken = requests()[0].at
    assert "The call is cancelled" in visitor.post(page, data={"do": "cancel"}, follow_redirects=True).text
    assert requests()[0].place_at is None
    assert taken is not None
    assert taken.isoformat() in visitor.get(link).text


def test_changing_offers_times_and_keeps_the_reference(visit, link):
    visitor = visit(csrf=True)
    page = send(visitor, link).location
    form = visitor.get(f"{page}/change").text
    later = times(form)[-1]
    answer = visitor.post(f"{page}/change", data=fields(form) | {"when": later})
    assert answer.location == page
    assert [request.at for request in requests()] == [datetime.fromisoformat(later)]


def test_a_time_that_was_just_taken_is_said_and_everything_else_is_kept(visit, link):
    visitor = visit(csrf=True)
    form = visitor.get(link).text
    first = times(form)[0]
    begin = datetime.fromisoformat(first)
    with transaction():
        for seat in range(2):
            store = session().scalars(select(Store)).one()
            session().add(CallRequest(store_id=store.id, reference=f"R{seat}", token_hash=f"t{seat}",
                                      form_key=f"f{seat}", number=PHONE, zone="America/New_York", wish="slot",
                                      place_at=begin, seat=seat, at=begin, asked_at=NOW, changed_at=NOW))  # fmt: skip
    answer = visitor.post(link, data=fields(form) | {"when": first, "about": "price", "note": "Two of them"})
    assert answer.status_code == 409
    assert "That time has just been taken. Choose another." in answer.text
    assert "Two of them" in answer.text
    assert re.search(r'value="price" checked', answer.text)
    assert first not in times(answer.text)


def test_what_is_missing_is_said_beside_its_field(visit, link):
    visitor = visit(csrf=True)
    store_link = "/call"
    answer = send(visitor, store_link, when="", note="n" * 301, email="no address")
    assert answer.status_code == 422
    for sentence in (
        "Enter a phone number, like (201) 555-0123",
        "Select when we should call",
        "Note must be 300 characters or less",
        "Enter an email address, like name@example.com, or leave it empty",
    ):
        assert answer.text.count(sentence) == 2  # above, and beside the field
    assert requests() == []


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("+1 900 555 0123", "Enter a phone number that can be called"),  # premium
        ("+1 800 555 0123", "Enter a phone number that can be called"),  # free: some are paid for being rung there
        ("+44 7400 123456", "Enter a number from one of these countries: AS, GU, MP, PR, US, VI"),
        ("+1 876 555 0123", "one of these countries"),
        ("x" * 5000, "Enter a phone number that can be called"),
        ("(212) 555-0123 ext. 5", "Enter a phone number that can be called"),
    ],
)
def test_numbers_that_must_not_be_rung_are_refused(visit, link, number, sentence):
    answer = send(visit(csrf=True), "/call", number=number)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert requests() == []


def test_the_plain_link_says_the_same_whoevers_number_it_is(visit, link):
    with transaction():
        store = session().scalars(select(Store)).one()
        opt_out(store.id, "calls", "+12125550188", source="call", vault=VAULT, now=NOW)
    pages = []
    for place, number in enumerate((PHONE, "+1 212 555 0188", "+1 212 555 0199")):
        visitor = visit(csrf=True)
        page = visitor.get(send(visitor, "/call", number=number, headers=came_from(place)).location).text
        pages.append(re.sub(r"[0-9a-f]{32}|<b>\w{6}</b>|•••• \d+", "", page))
    assert pages[0] == pages[1] == pages[2]
    assert [request.task_id is not None for request in requests()] == [True, False, False]


def test_a_form_sent_twice_is_one_request(visit, link):
    visitor = visit(csrf=True)
    form = visitor.get(link).text
    data = fields(form) | {"when": times(form)[0]}
    assert visitor.post(link, data=data).location == visitor.post(link, data=data).location
    assert len(requests()) == 1


def test_a_form_that_is_old_made_up_or_of_another_page_is_shown_again(visit, link, monkeypatch):
    visitor = visit(csrf=True)
    form = visitor.get(link).text
    data = fields(form) | {"when": times(form)[-1], "note": "Kept"}
    for wrong in ({}, {"form": "x"}, {"form": fields(visitor.get("/call").text)["form"]}):
        answer = visitor.post(link, data=data | {"form": ""} | wrong)
        assert answer.status_code == 422
        assert "Kept" in answer.text
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=3))
    assert visitor.post(link, data=data).status_code == 422
    assert requests() == []


def test_a_program_that_fills_in_every_field_gets_nowhere(visit, link):
    assert send(visit(csrf=True), link, website="https://spam.example").status_code == 429
    assert requests() == []


def test_an_earlier_no_is_asked_about_and_an_imported_one_stands(visit, link):
    with transaction():
        store = session().scalars(select(Store)).one()
        opt_out(store.id, "calls", PHONE, source="call", vault=VAULT, now=NOW)
    visitor = visit(csrf=True)
    answer = send(visitor, link)
    assert answer.status_code == 422
    assert "Tick the box if you take that back" in answer.text
    assert send(visitor, link, agreed="yes").status_code == 303
    with transaction():
        opt_out(store.id, "calls", PHONE, source="import", vault=VAULT, now=NOW)
    assert "We do not call this number" in send(visitor, link, agreed="yes").text


def test_the_link_of_a_preview_and_nobodys_link(visit, link):
    preview = visit(csrf=True).post("/b/preview")
    assert (preview.status_code, "Nobody is called" in preview.text) == (200, True)
    for url in (f"/b/{'0' * 32}", "/b/x", f"/a/{'0' * 32}", "/a/x/change", "/a/x/call.ics", "/call/nobody"):
        assert visit(csrf=True).get(url).status_code == 404


def test_while_calls_are_not_made_the_page_says_how_to_reach_the_shop(visit, link):
    with transaction():
        session().scalars(select(Store)).one().paused_at = NOW
    for answer in (visit(csrf=True).get(link), visit(csrf=True).post(link)):
        assert answer.status_code == 503
        assert "shop@example.com" in answer.text


def test_another_zone_shows_the_same_times_on_its_own_clocks(visit, link):
    visitor = visit(csrf=True)
    form = visitor.get(link).text
    answer = visitor.post(link, data=fields(form) | {"do": "zone", "zone_named": "Europe/Madrid", "note": "Kept"})
    assert "Times are shown for Madrid (GMT+1)." in answer.text
    assert "Kept" in answer.text
    assert "There is a problem" not in answer.text
    assert all(at.split("T")[1] >= "14:00" for at in times(answer.text))  # UTC: not before 9 in New York


def test_the_owner_finds_the_link_to_paste_and_it_leads_to_the_page(visit, link):
    page = visit("owner").get("/settings/calls").text
    found = re.search(r"http://[^ \"<]+(/call/[0-9a-f]{10})", page)
    assert found
    assert "&lt;a href=&#34;" in page
    assert "Would you like us to call you?" in visit(csrf=True).get(found[1]).text


def test_off_means_off_and_messages_ask_for_a_reply_instead(visit, link):
    with transaction():
        session().add(Setting(store_id=1, name="calls.asked", value="off", set_at=NOW, set_by="test"))
    assert visit(csrf=True).get(link).status_code == 503
    assert visit(csrf=True).post("/call").status_code == 503


def test_the_reps_page_shows_the_number_only_to_who_calls(visit, link):
    send(visit(csrf=True), "/call", number="212 555 0188", order_number="<b>501</b>", when="now")
    [request] = requests()
    rep = visit("rep")
    page = rep.get("/asked").text
    assert "•••• 188" in page
    assert "555-0188" not in page
    assert "&lt;b&gt;501" in page
    rep.post(f"/asked/{request.id}", data={"do": "take"})
    assert "(212) 555-0188" in rep.get("/asked").text
    assert "555-0188" not in visit("manager").get("/asked").text
    rep.post(f"/asked/{request.id}", data={"outcome": "reached"})
    assert requests()[0].state == "done"


def test_german_pages_speak_german(visit, link):
    page = visit(csrf=True).get("/call", headers={"Accept-Language": "de-AT,de;q=0.9"}).text
    assert '<html lang="de">' in page
    assert "Sollen wir Sie anrufen?" in page
    assert "Heute, Dienstag, 24. November" in page
