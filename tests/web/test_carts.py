from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from sidecar import clock
from sidecar.audit import AuditEntry
from sidecar.carts.cart import Cart, Purchase, Quarantine
from sidecar.carts.story import tell
from sidecar.db import session, transaction
from sidecar.routing.route import Route
from tests.factories import make_cart, make_contact, make_store


@pytest.fixture
def people(app):
    """Noor to be called, Ewan written to, Rosa on hold, and somebody with a hostile name who has paid."""
    now = clock.now()
    with transaction():
        store = make_store(now=now)
        wanted = (
            ("Noor", "call", "abandoned", 64000, "The goods are above $300.00."),
            ("Ewan", "sequence", "contacted", 8640, "The goods are below $300.00."),
            ("Rosa", "hold", "abandoned", 31250, "Asked not to be contacted."),
            ("<b>Bob</b>", "call", "recovered", 99900, "Paid."),
        )
        carts = {}
        for number, (name, route, state, total, reason) in enumerate(wanted):
            contact = make_contact(store, first_name=name, last_name="", email=f"p{number}@example.com", phone_e164="")
            carts[name] = make_cart(
                store, contact, 500 + number, now=now, age=timedelta(hours=number + 1), route=route, state=state,
                total_minor=total, goods_minor=total, reason=reason, reason_code="r", phone="", phone_e164="",
            )  # fmt: skip
        return {name: cart.id for name, cart in carts.items()}


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/carts/\d+">(.*?)</a>', page)


def test_every_cart_stands_with_its_route_and_reason_last_left_first(visit, people) -> None:
    page = visit("viewer").get("/carts").text
    assert names(page) == ["Noor", "Ewan", "Rosa", "&lt;b&gt;Bob&lt;/b&gt;"]
    assert "The goods are above $300.00." in page
    assert "$640.00" in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("route=call", ["Noor", "&lt;b&gt;Bob&lt;/b&gt;"]),
        ("route=call&state=recovered", ["&lt;b&gt;Bob&lt;/b&gt;"]),
        ("q=ewa", ["Ewan"]),
        ("q=502", ["Rosa"]),
        ("q=p0@example.com", ["Noor"]),
        ("left=1&state=abandoned", ["Noor", "Rosa"]),
        ("q=nobody", []),
        ("route=odd&state=odd&left=-3&after=odd", ["Noor", "Ewan", "Rosa", "&lt;b&gt;Bob&lt;/b&gt;"]),
    ],
)
def test_list_is_narrowed(visit, people, query, expected) -> None:
    answer = visit("rep").get(f"/carts?{query}")
    assert answer.status_code == 200
    assert names(answer.text) == expected


def test_nothing_found_says_what_can_be_searched(visit, people) -> None:
    assert "No cart fits that." in visit("rep").get("/carts?q=zzz").text


def test_pages_follow_each_other_without_gap_or_repeat(visit) -> None:
    with transaction():
        store = make_store(now=clock.now())
        contact = make_contact(store)
        for number in range(60):
            make_cart(store, contact, 900 + number, now=clock.now(), age=timedelta(hours=number // 3))
    client, url, seen = visit("owner"), "/carts?route=", []
    while url:
        page = client.get(url).text
        seen += re.findall(r"<small>(\d+)</small>", page)
        following = re.search(r'href="(/carts\?[^"]+)">Next', page)
        url = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == 60
    assert len(set(seen)) == 60


def test_list_alone_is_given_to_htmx(visit, people) -> None:
    answer = visit("rep").get("/carts?q=ewa", headers={"HX-Request": "true"})
    assert answer.text.strip().startswith('<div id="cart-list">')
    assert "HX-Request" in answer.headers["Vary"]
    restored = visit("rep").get("/carts", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in restored.text


def test_one_cart_tells_why_and_its_whole_story(visit, people) -> None:
    cart_id, now = people["Noor"], clock.now()
    with transaction():
        cart = session().get_one(Cart, cart_id)
        session().add(
            Route(
                cart_id=cart_id, route="call", reason_code="r", reason="x", decided_at=now,
                rules=[{"rule": "value", "passed": True, "says": "$640.00 is above $300.00"},
                       {"rule": "hours", "passed": False, "says": "Outside call hours <now>"}],
            )
        )  # fmt: skip
        session().add(
            Purchase(store_id=cart.store_id, order_id=9, contact_id=cart.contact_id, status="completed",
                     currency="USD", total_minor=6400, goods_minor=6400, ordered_at=now, paid_at=now)
        )  # fmt: skip
        tell(cart_id, "seen", "Order 500 appeared. Waiting for payment.", at=now - timedelta(days=2))
        tell(cart_id, "called", "Sam called: no answer.", at=now)
    page = visit("owner").get(f"/carts/{cart_id}").text
    assert "Why in the call queue?" in page
    assert re.search(r'class="yes">.*Yes:</span></span> <span>\$640.00 is above', page)
    assert "Outside call hours &lt;now&gt;" in page
    assert page.index("Sam called: no answer") < page.index("Order 500 appeared")
    assert "HX-2 Turntable" in page
    assert "1 paid, $64.00" in page
    assert page.count("<h1") == 1


def test_reps_and_viewers_see_addresses_masked_on_the_cart_page(visit, people) -> None:
    url = f"/carts/{people['Noor']}"
    assert "p0@example.com" in visit("manager").get(url).text
    for role in ("rep", "viewer"):
        page = visit(role).get(url).text
        assert "p0@example.com" not in page
        assert "p…@example.com" in page


def test_hostile_text_is_shown_as_text(visit, people) -> None:
    page = visit("owner").get(f"/carts/{people['<b>Bob</b>']}").text
    assert "<b>Bob" not in page
    assert "&lt;b&gt;Bob&lt;/b&gt;, $999.00" in page


def test_unknown_cart_is_not_found(visit) -> None:
    assert visit("rep").get("/carts/424242").status_code == 404


def test_owner_releases_a_cart_that_is_held_as_a_bots(visit, people) -> None:
    with transaction():
        session().add(Quarantine(cart_id=people["Rosa"], found_at=clock.now(), why="Looks like card testing."))
    client = visit("owner")
    url = f"/carts/{people['Rosa']}"
    assert "Release, not a bot" in client.get(url).text
    assert client.post(f"{url}/release").location == url
    page = client.get(url).text
    assert "Release, not a bot" not in page
    assert "released the cart" in page
    assert session().scalars(select(AuditEntry.action)).all()[-1] == "cart.release"
    assert client.post(f"{url}/release").status_code == 409


def test_owner_leaves_a_cart_alone_for_good(visit, people) -> None:
    client = visit("manager")
    url = f"/carts/{people['Noor']}"
    assert client.post(f"{url}/leave").location == url
    cart = session().get_one(Cart, people["Noor"])
    assert (cart.state, cart.closed_reason) == ("closed", "left_alone")
    assert "Leave alone" not in client.get(url).text
    assert client.post(f"{url}/leave").status_code == 409
