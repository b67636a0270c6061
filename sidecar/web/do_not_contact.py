"""Who is never contacted: a list to import, as a file or pasted, and a report of what was taken."""

from __future__ import annotations

import io
from typing import BinaryIO

from flask import Blueprint, Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue

from sidecar import clock
from sidecar.contacts.spreadsheet import LARGEST
from sidecar.errors import Refused
from sidecar.recovery.answers import do_not_contact
from sidecar.recovery.answers.do_not_contact import Report
from sidecar.stores.connection import Store
from sidecar.web.access import allow, current_user, find_user
from sidecar.web.settings import sections
from sidecar.web.shell import current_store
from sidecar.web.wired import gateways

bp = Blueprint("do_not_contact", __name__)

PATH = "/settings/do-not-contact"
CHANNELS = (
    ("all", "Everything: emails, texts and calls"),
    ("email", "Emails"),
    ("sms", "Texts"),
    ("calls", "Calls"),
)
_LARGEST_FORM = LARGEST + 2 * 1024 * 1024  # beyond this nothing is read; a little too much gets a better answer
_PASTED_MOST = 100_000


@bp.get(PATH)
@allow("owner", "manager")
def page() -> ResponseReturnValue:
    """The form, and how many are on the list by now."""
    return _page([])


@bp.post(PATH)
@allow("owner", "manager")
def take_in() -> ResponseReturnValue:
    """Takes the list in, and reports."""
    store = current_store()
    if store is None:
        return _page([{"field": "", "text": "Connect a store first"}], status=422)
    try:
        report = do_not_contact.take_in(
            store.id,
            _list(),
            channel=request.form.get("channel", "all"),
            country=request.form.get("country", "").strip().upper(),
            by=current_user().email,
            vault=gateways().vault,
            clock=clock.now,
        )
    except Refused as refused:
        return _page([{"field": refused.field or "file", "text": refused.reason.removesuffix(".")}], status=422)
    return _page([], report=report)


def _list() -> BinaryIO:
    """The file, else what was pasted. Raises Refused when there is neither."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return file.stream  # type: ignore[return-value]
    pasted = request.form.get("pasted", "")[:_PASTED_MOST]
    if not pasted.strip():
        raise Refused("Choose a file, or paste some addresses.", code="empty", field="file")
    return io.BytesIO(pasted.encode("utf-8", "replace"))


def _page(errors: list[dict[str, str]], *, report: Report | None = None, status: int = 200) -> ResponseReturnValue:
    store = current_store()
    typed = request.form if errors else {}
    shown = render_template(
        "do_not_contact/page.html",
        sections=sections("do-not-contact"),
        store=store,
        count=do_not_contact.count(store.id) if store else 0,
        channels=CHANNELS,
        channel=typed.get("channel", "all"),
        country=typed.get("country", _country(store)),
        pasted=typed.get("pasted", ""),
        errors=errors,
        report=report,
    )
    return make_response(shown, status)


def _country(store: Store | None) -> str:
    """Where the store is at home, for numbers without a country code."""
    return ((store.country if store else "") or "").split(":")[0]


def _let_lists_in() -> None:
    """A list is larger than any other form; only from people who may import one. Before anything reads the form."""
    if request.endpoint == "do_not_contact.take_in":
        user = find_user()
        if user is not None and user.role in ("owner", "manager"):
            request.max_content_length = _LARGEST_FORM


def register(app: Flask) -> None:
    """Lets larger forms in here; to be called before whatever reads forms."""
    app.before_request(_let_lists_in)
