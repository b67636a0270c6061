from __future__ import annotations

from datetime import timedelta

import pytest

from sidecar import clock
from sidecar.calls.task import CallTask
from sidecar.db import session, transaction
from sidecar.stores.connection import Cursor, Store, connected_stores
from tests.conftest import a_config
from tests.factories import make_cart, make_contact, make_store


@pytest.fixture
def store(app) -> int:
    """A connected store with one cart that waits for a call."""
    now = clock.now()
    with transaction():
        found = make_store(now=now)
        contact = make_contact(found)
        cart = make_cart(found, contact, now=now, route="call")
        session().add(
            CallTask(store_id=found.id, cart_id=cart.id, contact_id=contact.id, state="ready", why="x", due_at=now,
                     created_at=now, changed_at=now, ranked_at=now)
        )  # fmt: skip
        return found.id


def test_home_of_a_rep_is_the_queue(visit) -> None:
    assert visit("rep").get("/").location == "/queue"


def test_without_a_store_the_checklist_begins_with_connecting_one(visit) -> None:
    page = visit("owner").get("/").text
    assert "1 of 7 done" in page
    assert 'href="/setup/store"' in page
    assert "Connect a store first." in page
    assert "Cannot start yet" in page


def test_overview_says_what_stands(visit, store) -> None:
    page = visit("viewer").get("/").text
    assert "1 open, 0 contacted, 0 paid, 0 closed" in page
    assert "0 with a rep, 0 later" in page
    assert "Can be read" in page


def test_import_shows_how_far_it_is_and_how_long_it_takes(visit, store) -> None:
    started = clock.now() - timedelta(seconds=60)
    with transaction():
        session().add(Cursor(store_id=store, kind="import", done=1000, total=4000, started_at=started))
    client = visit("owner")
    page = client.get("/").text
    assert "1,000 of 4,000 orders, about 3 min left" in page
    assert 'aria-valuenow="25"' in page
    part = client.get("/import-progress", headers={"HX-Request": "true"})
    assert part.text.strip().startswith('<div id="import-progress"')
    with transaction():
        session().get_one(Cursor, (store, "import")).finished_at = clock.now()
    ended = client.get("/import-progress", headers={"HX-Request": "true"})
    assert (ended.status_code, ended.headers["HX-Redirect"]) == (204, "/")
    assert "Every order of that time has been read" in client.get("/").text


def test_go_live_says_what_stands_against_it(visit, store) -> None:
    client = visit("owner")
    page = client.get("/").text
    assert "Set SIDECAR_SMTP_URL" in page
    assert ">What is missing</a>" in page
    answer = client.post("/go-live")
    assert answer.status_code == 422
    assert "Set SIDECAR_SMTP_URL" in answer.text
    assert connected_stores()[0].live_at is None


def test_owner_goes_live_pauses_and_resumes(visit, store, app, config, database_url) -> None:
    app.extensions["ringback.config"] = a_config(
        config.data_dir,
        database_url,
        SIDECAR_SMTP_URL="smtp://127.0.0.1:2525?tls=none",
        SIDECAR_MAIL_FROM="Aurora Audio <hello@example.com>",
    )
    client = visit("owner")
    assert ">Go live</a>" in client.get("/").text
    assert client.post("/go-live").location == "/"
    assert "You are live." in client.get("/").text
    assert session().get_one(Store, store).is_live
    assert visit("manager").post("/pause").location == "/"
    assert not session().get_one(Store, store).is_live
    assert "Resume" in client.get("/").text
    client.post("/resume")
    assert session().get_one(Store, store).is_live


def test_resume_without_a_store_is_refused_in_words(visit) -> None:
    answer = visit("owner").post("/resume")
    assert (answer.status_code, "Connect a store first." in answer.text) == (409, True)
