"""The page where a do-not-contact list is imported."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from sidecar import clock
from sidecar.contacts.contact import OptOut
from sidecar.db import session, transaction
from tests.factories import make_store

PATH = "/settings/do-not-contact"


@pytest.fixture
def store(app) -> None:
    """A connected store."""
    with transaction():
        make_store(now=clock.now())


def upload(visitor, data: bytes, **more: str):
    form = {"channel": "all", "country": "US"} | more
    return visitor.post(PATH, data=form | {"file": (io.BytesIO(data), "list.csv")}, content_type="multipart/form-data")


def test_a_file_is_taken_in_and_reported(visit, store):
    page = upload(visit("manager"), b"Email\ndana@example.com\nnobody\n").text
    assert "1 address taken in" in page
    assert "nobody" in page
    assert "This cannot be an email address." in page
    assert "1 address has said no so far." in page
    assert page.count("<h1") == 1


def test_addresses_can_be_pasted(visit, store):
    page = visit("owner").post(PATH, data={"pasted": "dana@example.com\n(212) 555-0123", "country": "us"}).text
    assert "2 addresses taken in" in page


def test_hostile_cells_are_shown_as_text(visit, store):
    page = upload(visit("owner"), b"Email\na@example.com\n<script>alert(1)</script>\n").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04", "This is a workbook. Save it as CSV"),
        (b"Email\n" + b"a@example.com\n" * 760_000, "larger than 10 MB"),
        (b"Name\nDana\n", "No column with email addresses"),
    ],
)
def test_what_is_no_list_is_said_beside_the_field(visit, store, data, says):
    answer = upload(visit("owner"), data)
    assert answer.status_code == 422
    assert says in answer.text
    assert "There is a problem" in answer.text
    assert session().scalars(select(OptOut)).all() == []


def test_nothing_chosen_and_an_odd_country_are_said(visit, store):
    assert "Choose a file, or paste some addresses" in visit("owner").post(PATH, data={}).text
    page = visit("owner").post(PATH, data={"pasted": "a@example.com", "country": "Germany"}).text
    assert "Country must be two letters" in page
    assert "a@example.com</textarea>" in page


def test_a_large_list_needs_a_role_and_other_forms_stay_small(visit, store):
    large = b"Email\n" + b"a@example.com\n" * 100_000
    assert upload(visit("owner", csrf=False), large).status_code == 200
    assert upload(visit("rep"), large).status_code == 403
    assert upload(visit("rep", csrf=True), large).status_code == 413  # before anything of it was read
    assert upload(visit(csrf=True), large).status_code == 413
    assert visit("owner").post("/settings/carts", data={"x": "y" * 2_000_000}).status_code == 413


def test_a_form_without_its_token_changes_nothing(visit, store):
    assert upload(visit("owner", csrf=True), b"Email\na@example.com\n").status_code == 400
    assert session().scalars(select(OptOut)).all() == []


def test_the_menu_of_the_settings_leads_there(visit, store):
    assert f'href="{PATH}"' in visit("owner").get("/settings/carts").text
