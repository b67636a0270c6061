from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from sidecar import accounts, clock
from sidecar.carts.story import tell
from sidecar.db import session, transaction
from sidecar.routing.route import Route
from sidecar.stores.connection import Cursor
from tests.browser.looking import serious_faults, sideways_scroll, visible_headings
from tests.cast import OWNER, REP
from tests.factories import make_cart, make_contact, make_store

pytestmark = pytest.mark.browser

PASSWORD = "four quiet yellow trams"
PAGES = ("/", "/carts", "/carts/1", "/profile", "/settings/carts", "/settings/calls", "/settings/team", "/setup/store")


@pytest.fixture
def shop(live_app) -> None:
    """A store with thirty carts, an import under way, and an owner."""
    now = clock.now()
    with live_app.app_context(), transaction():
        accounts.add_user(OWNER, "owner", name="Olive Grant", password=PASSWORD, now=now)
        store = make_store(now=now)
        session().add(Cursor(store_id=store.id, kind="import", done=1240, total=8300, started_at=now))
        for number in range(30):
            contact = make_contact(store, first_name=f"Noor {number}", email=f"p{number}@example.com", phone_e164="")
            route = ("call", "sequence", "personal", "hold")[number % 4]
            cart = make_cart(store, contact, 500 + number, now=now, age=timedelta(hours=number + 1), route=route,
                             reason="The goods are above $300.00.")  # fmt: skip
            tell(cart.id, "seen", f"Order {500 + number} appeared. Waiting for payment.", at=now)
        rules = [{"rule": "value", "passed": True, "says": "$640.00 is above $300.00"}]
        session().add(Route(cart_id=1, route="call", reason_code="r", reason="x", decided_at=now, rules=rules))


def test_owner_signs_in_with_a_password_and_out_again(page: Page, live_url, shop) -> None:
    page.goto(f"{live_url}/carts")
    page.get_by_label("Email").fill(OWNER)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Error: Sign in – Ringback")
    expect(page.locator("#error-summary")).to_be_focused()
    page.get_by_role("link", name="Email and password do not match").click()
    expect(page.get_by_label("Email")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value(OWNER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Carts")
    page.get_by_text("Olive", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_one_click_on_a_one_time_link_is_enough_where_script_runs(page: Page, live_app, live_url, shop) -> None:
    with live_app.app_context(), transaction():
        user = accounts.add_user("vera@example.com", "viewer", now=clock.now())
        token = accounts.make_link(user, now=clock.now())
    page.goto(f"{live_url}/link/{token}")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.goto(f"{live_url}/link/{token}")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link is used up")


def test_link_for_somebody_else_asks_before_it_changes_who_is_signed_in(
    page: Page, live_app, live_url, shop, signed_in
) -> None:
    with live_app.app_context(), transaction():
        token = accounts.make_link(accounts.add_user(REP, "rep", now=clock.now()), now=clock.now())
    signed_in(page, "owner", OWNER).goto(f"{live_url}/link/{token}")
    expect(page.get_by_text(f"You are signed in as {OWNER}")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Queue")).to_be_visible()


def test_settings_say_what_is_wrong_keep_what_was_typed_and_lead_to_it(page: Page, live_url, shop, signed_in) -> None:
    signed_in(page, "owner", OWNER).goto(f"{live_url}/settings/carts")
    threshold = page.get_by_label("Call when the goods are worth at least")
    threshold.fill("300 EUR")
    page.get_by_label("Leave this share of people alone").fill("80")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_title("Error: Which carts – Settings – Ringback")
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        ["Threshold must be a number, like 300", "Holdout must be a whole number between 0 and 50"]
    )
    expect(threshold).to_have_value("300 EUR")
    summary.get_by_role("link", name="Threshold").click()
    expect(threshold).to_be_focused()
    expect(threshold).to_have_accessible_description(re.compile("Error: Threshold must be a number, like 300"))


def test_preview_of_the_threshold_follows_typing(page: Page, live_url, shop, signed_in) -> None:
    signed_in(page, "owner", OWNER).goto(f"{live_url}/settings/carts")
    page.get_by_label("Call when the goods are worth at least").press_sequentially("350")
    expect(page.locator("#preview-h")).to_have_text("With $350, in the last 30 days")
    page.get_by_label("Call when the goods are worth at least").fill("5000")
    expect(page.locator("#preview")).to_contain_text("0 of 30 carts are worth a call")


def test_everything_works_without_script(browser: Browser, live_url, shop, signed_in) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context.new_page(), "owner", OWNER)
    page.goto(f"{live_url}/carts")
    page.get_by_label("Person or order").fill("Noor 7")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Noor 7").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Noor 7")
    page.goto(f"{live_url}/settings/carts")
    page.get_by_label("Call when the goods are worth at least").fill("250")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview-h")).to_have_text("With $250, in the last 30 days")
    expect(page.get_by_label("Call when the goods are worth at least")).to_have_value("250")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_text("Olive", exact=True).click()
    page.get_by_role("button", name="Look: dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(f"{live_url}/settings/carts")
    context.close()


def test_list_of_carts_is_narrowed_in_place(page: Page, live_url, shop, signed_in) -> None:
    signed_in(page, "owner", OWNER).goto(f"{live_url}/carts")
    expect(page.locator("tbody tr")).to_have_count(25)
    page.get_by_label("Person or order").fill("Noor 12")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(f"{live_url}/carts?q=Noor+12&state=&left=")
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(25)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "light"), (1440, "dark")])
def test_pages_are_accessible_have_one_heading_and_fit(browser: Browser, live_url, shop, signed_in, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = signed_in(context.new_page(), "owner", OWNER)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    for path in PAGES:
        page.goto(f"{live_url}{path}")
        assert serious_faults(page) == [], path
        assert len(visible_headings(page)) == 1, path
        assert sideways_scroll(page) == 0, path
    context.clear_cookies()
    page.goto(f"{live_url}/sign-in")
    assert serious_faults(page) == []
    assert complaints == []
    context.close()
