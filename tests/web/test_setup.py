from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from sidecar import accounts
from sidecar.accounts import User
from sidecar.audit import AuditEntry
from sidecar.db import session
from sidecar.demo.store import SampleStore, running_store
from sidecar.errors import GatewayError
from sidecar.ports import StoreLink, StoreReader
from sidecar.stores.connection import Store
from tests.cast import OWNER

TOKEN = "token-of-the-log"
PERSON = {"token": TOKEN, "name": "Olive Grant", "email": OWNER, "password": "four quiet yellow trams"}


@pytest.fixture
def token(config) -> None:
    """The file that the start puts into the data folder."""
    (config.data_dir / "setup.token").write_text(f"{TOKEN}\n")


@pytest.fixture(scope="module")
def shop():
    """The sample store, running."""
    with running_store(people=False) as store:
        yield store


def keys(shop: SampleStore, **changes: str) -> dict[str, str]:
    return {"url": shop.url, "key": shop.key, "secret": shop.secret} | changes


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=token-of-the-lo%C3%BC"])
def test_set_up_is_closed_without_the_token_of_the_log(visit, token, query) -> None:
    assert visit().get("/").location.startswith("/sign-in")
    assert visit().get("/sign-in").location == "/setup"
    answer = visit().get(f"/setup{query}")
    assert answer.status_code == 403
    assert "stands in the log" in answer.text
    assert visit().post(f"/setup{query}", data=PERSON | {"token": ""}).status_code == 403
    assert session().scalar(select(User)) is None


def test_set_up_is_closed_when_there_is_no_token_at_all(visit) -> None:
    assert visit().get("/setup?token=").status_code == 403


def test_holder_of_the_token_becomes_the_owner_once(visit, token, config) -> None:
    client = visit()
    assert "Create your account" in client.get(f"/setup?token={TOKEN}").text
    assert client.post("/setup", data=PERSON).location == "/setup/store"
    owner = accounts.find_user_by_email(OWNER)
    assert owner
    assert (owner.role, owner.name) == ("owner", "Olive Grant")
    assert client.get("/setup/store").status_code == 200
    assert not (config.data_dir / "setup.token").exists()
    assert visit().post("/setup", data=PERSON | {"email": "thief@example.com"}).status_code == 403
    assert visit().get(f"/setup?token={TOKEN}").location == "/"


def test_weak_password_is_refused_at_its_field_and_nobody_is_made(visit, token) -> None:
    answer = visit().post("/setup", data=PERSON | {"password": "password1"})
    assert answer.status_code == 422
    assert 'href="#password"' in answer.text
    assert f'value="{OWNER}"' in answer.text
    assert "password1" not in answer.text
    assert session().scalar(select(User)) is None


def test_keys_are_tried_kept_sealed_and_the_answer_shown(visit, shop) -> None:
    client = visit("owner")
    answer = client.post("/setup/store", data=keys(shop))
    assert answer.status_code == 200
    assert "Can read orders" in answer.text
    assert "See the import run" in answer.text
    assert shop.secret not in answer.text
    store = session().scalars(select(Store)).one()
    assert store.wc_version
    assert shop.secret not in store.secret_sealed
    assert "store.connect" in session().scalars(select(AuditEntry.action)).all()
    assert store.name in client.get("/").text


def test_wrong_keys_are_not_kept_and_the_sentence_says_what_to_do(visit, shop) -> None:
    client = visit("owner")
    answer = client.post("/setup/store", data=keys(shop, secret="cs_" + "0" * 40))
    assert answer.status_code == 422
    assert "The store cannot be read" in answer.text
    assert shop.key in answer.text
    assert session().scalar(select(Store)) is None


def test_working_keys_stay_when_new_ones_do_not_work(visit, shop) -> None:
    client = visit("owner")
    client.post("/setup/store", data=keys(shop))
    before = session().scalars(select(Store.secret_sealed)).one()
    client.post("/setup/store", data=keys(shop, key="ck_" + "0" * 40))
    assert session().scalars(select(Store.secret_sealed)).one() == before
    assert "Can read orders" in client.post("/setup/store/try").text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "ftp://shop.example.com"}, "url"),
        ({"key": "abc"}, "key"),
        ({"secret": "abc"}, "secret"),
        ({"secret": ""}, "secret"),
    ],
)
def test_slips_are_said_before_anything_is_asked(visit, shop, changes, field) -> None:
    asked = len(shop.traffic.visits())
    answer = visit("owner").post("/setup/store", data=keys(shop, **changes))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert len(shop.traffic.visits()) == asked


def test_disconnecting_forgets_the_keys(visit, shop) -> None:
    client = visit("owner")
    client.post("/setup/store", data=keys(shop))
    assert client.post("/setup/store/disconnect").location == "/setup/store"
    store = session().scalars(select(Store)).one()
    assert (store.key_sealed, store.secret_sealed) == ("", "")
    assert "Connected now" not in client.get("/setup/store").text


def test_no_transaction_is_open_while_the_store_is_asked(app, visit) -> None:
    open_meanwhile: list[bool] = []

    class Watched:
        """A way to stores that looks whether the database waits, and has no answer."""

        def open(self, _link: StoreLink) -> StoreReader:
            open_meanwhile.append(session().in_transaction())
            raise GatewayError("The store does not take connections.", code="no_connection")

    app.extensions["ringback.gateways"] = replace(app.extensions["ringback.gateways"], stores=Watched())
    form = {"url": "https://shop.example.com", "key": "ck_1", "secret": "cs_1"}

    answer = visit("owner").post("/setup/store", data=form)

    assert (answer.status_code, open_meanwhile) == (422, [False])
