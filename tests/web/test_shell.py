from __future__ import annotations

import re

from sidecar import clock
from sidecar.db import db, transaction
from tests.conftest import a_config
from tests.factories import make_store


def test_every_answer_carries_the_strict_headers(visit) -> None:
    for path in ("/sign-in", "/livez", "/nothing-here", "/static/base.css"):
        headers = visit().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


def test_pages_are_not_kept_by_browsers_and_files_with_a_version_are(visit) -> None:
    client = visit("owner")
    page = client.get("/carts")
    assert page.headers["Cache-Control"] == "no-store"
    sheet = re.search(r"/static/base\.css\?v=\w+", page.text)
    assert sheet
    assert "immutable" in client.get(sheet[0]).headers["Cache-Control"]


def test_pages_hold_neither_inline_script_nor_inline_style(visit) -> None:
    client = visit("owner")
    with transaction():
        make_store(now=clock.now())
    for path in ("/", "/carts", "/profile", "/setup/store", "/settings/carts", "/settings/team"):
        page = client.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", page), path


def test_cookies_are_bound_to_the_host_on_https(tmp_path, database_url) -> None:
    from sidecar.app import create_app

    app = create_app(a_config(tmp_path, database_url, SIDECAR_BASE_URL="https://calls.example.com"))
    answer = app.test_client().get("/sign-in", base_url="https://calls.example.com")
    with app.app_context():
        db.engine.dispose()
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert app.config["SESSION_COOKIE_SECURE"]


def test_pictures_of_a_plain_http_store_may_be_shown_where_such_stores_are_allowed(visit) -> None:
    client = visit("viewer")
    with transaction():
        make_store(now=clock.now(), url="http://127.0.0.1:8123/shop")
    assert "http://127.0.0.1:8123;" in client.get("/carts").headers["Content-Security-Policy"]


def test_unreadable_store_is_said_on_every_page_with_the_reason(visit) -> None:
    client = visit("rep")
    with transaction():
        make_store(
            now=clock.now(),
            health="unreadable",
            unreadable_reason="The store answered with a maintenance page (503).",
            unreadable_since=clock.now(),
        )
    for path in ("/carts", "/profile"):
        page = client.get(path).text
        assert "Aurora Audio cannot be read since" in page
        assert "The store answered with a maintenance page (503)." in page


def test_safe_mode_is_said_until_live_and_pause_after(visit) -> None:
    client = visit("rep")
    with transaction():
        store = make_store(now=clock.now())
    assert "Safe mode." in client.get("/carts").text
    with transaction():
        store.live_at = clock.now()
    assert "Nothing is sent" not in client.get("/carts").text
    with transaction():
        store.paused_at = clock.now()
    assert "Paused." in client.get("/carts").text


def test_navigation_holds_only_what_the_role_may_open(visit) -> None:
    words = {}
    for role in ("owner", "manager", "rep", "viewer"):
        bar = visit(role).get("/profile").text.split('aria-label="Main"')[1].split("</nav>")[0]
        words[role] = re.findall(r">([A-Z]\w+)</a>", bar)
    assert words["owner"] == ["Overview", "Queue", "Carts", "Team", "Outbox", "Settings"]
    assert words["rep"] == ["Queue", "Carts"]
    assert words["viewer"] == ["Overview", "Carts", "Outbox"]


def test_look_is_kept_and_leads_back(visit) -> None:
    client = visit("rep")
    answer = client.post("/profile/look", data={"look": "dark", "from": "/carts?q=x"})
    assert answer.location == "/carts?q=x"
    assert 'data-theme="dark"' in client.get("/carts").text
    assert client.post("/profile/look", data={"look": "odd", "from": "//evil.example"}).location == "/"
    assert "data-theme" not in client.get("/carts").text


def test_unknown_page_says_so_in_words(visit) -> None:
    answer = visit("rep").get("/nothing")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'aria-label="Main"' in answer.text


def test_error_for_htmx_is_a_notice_that_leaves_the_page_alone(visit) -> None:
    answer = visit("rep").get("/carts/999999", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "<html" not in answer.text


def test_failure_inside_shows_nothing_of_the_inside(app, visit, monkeypatch) -> None:
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    broken.access = "public"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "health.livez", broken)
    answer = visit().get("/livez")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text


def test_view_without_a_mark_is_refused(app, visit, monkeypatch) -> None:
    monkeypatch.setitem(app.view_functions, "health.livez", lambda: "open to all")
    answer = visit("owner").get("/livez")
    assert answer.status_code == 500
    assert "open to all" not in answer.text


def test_livez_and_readyz(visit) -> None:
    assert visit().get("/livez").data == b"ok\n"
    answer = visit().get("/readyz")
    assert answer.status_code == 200
    assert answer.json["ready"] is True
