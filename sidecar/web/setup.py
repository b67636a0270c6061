"""Setting up: the owner's account, open only to the holder of the token in the log, then the store's keys."""

from __future__ import annotations

import hmac
from pathlib import Path

from flask import Blueprint, flash, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from sidecar import accounts, audit, clock
from sidecar.db import rest, transaction
from sidecar.errors import GatewayError, Refused
from sidecar.ports import StoreFacts, StoreLink
from sidecar.recovery.orders.connecting import ResultLine, lines_of, probe_store
from sidecar.stores import connection
from sidecar.stores.address import normal_url
from sidecar.web import signed_in
from sidecar.web.access import allow, current_user, public
from sidecar.web.shell import current_store
from sidecar.web.wired import config, gateways

bp = Blueprint("setup", __name__)


@bp.get("/setup")
@public
def page() -> ResponseReturnValue:
    """The first page of all: the owner's account, for whoever can read the log."""
    if accounts.has_owner():
        return redirect("/", 303)
    if not _has_token():
        return make_response(render_template("setup/locked.html"), 403)
    return _account([])


@bp.post("/setup")
@public
def make_owner() -> ResponseReturnValue:
    """Makes the owner and signs them in."""
    if not _has_token():
        return make_response(render_template("setup/locked.html"), 403)
    asked = request.form
    response = make_response(redirect("/setup/store", 303))
    try:
        with transaction():
            if accounts.has_owner():
                return redirect("/sign-in", 303)
            user = accounts.add_user(
                asked.get("email", ""),
                "owner",
                name=asked.get("name", ""),
                password=asked.get("password", ""),
                now=clock.now(),
                by="set-up page",
            )
            signed_in.begin(user, response)
            audit.record(user.email, "session.start", user.email, {"by": "set-up"}, now=clock.now())
    except Refused as refused:
        return _account([{"field": refused.field or "", "text": refused.reason.removesuffix(".")}], 422)
    _token_file().unlink(missing_ok=True)
    return response


@bp.get("/setup/store")
@allow("owner")
def store_page() -> ResponseReturnValue:
    """Where the store's address and keys go."""
    return _store([])


@bp.post("/setup/store")
@allow("owner")
def connect() -> ResponseReturnValue:
    """Asks the store with the typed keys, and keeps them when it answers properly; says what came back."""
    errors = _missing()
    if errors:
        return _store(errors, 422)
    url, key, secret = (request.form[name].strip() for name in ("url", "key", "secret"))
    try:
        facts = _ask(StoreLink(normal_url(url), key, secret))
    except Refused as refused:
        return _store([{"field": refused.field or "url", "text": refused.reason.removesuffix(".")}], 422)
    except GatewayError as error:
        return _store([], 422, [ResultLine("fail", error.reason)])
    with transaction():
        store = connection.connect(url, key, secret, vault=gateways().vault, now=clock.now())
        connection.note_facts(store, facts, now=clock.now())
        audit.record(current_user().email, "store.connect", store.url, now=clock.now())
    gateways().bell.ring("poll")
    g.pop("store", None)
    return _store([], 200, lines_of(facts))


@bp.post("/setup/store/try")
@allow("owner")
def try_again() -> ResponseReturnValue:
    """Asks the connected store again, with the keys that are kept."""
    store = current_store()
    if store is None:
        return redirect("/setup/store", 303)
    lines = probe_store(store.id, gateways=gateways(), clock=clock.now)
    return _store([], 422 if lines[0].tone == "fail" else 200, lines)


@bp.post("/setup/store/disconnect")
@allow("owner")
def disconnect() -> ResponseReturnValue:
    """Forgets the keys. Carts and their stories stay."""
    store = current_store()
    if store is not None:
        with transaction():
            connection.disconnect(store, now=clock.now())
            audit.record(current_user().email, "store.disconnect", store.url, now=clock.now())
        flash("Disconnected. The keys are forgotten; nothing is read, called about or sent.")
    return redirect("/setup/store", 303)


def _ask(link: StoreLink) -> StoreFacts:
    rest()
    reader = gateways().stores.open(link)
    try:
        return reader.probe(try_writing=True)
    finally:
        reader.close()


def _missing() -> list[dict[str, str]]:
    """What can be said before anything is asked. Source: reference/ux.md B2."""
    asked = {name: request.form.get(name, "").strip() for name in ("url", "key", "secret")}
    errors = []
    if not asked["url"]:
        errors.append({"field": "url", "text": "Enter your store address, like https://shop.example.com"})
    if not asked["key"].startswith("ck_"):
        errors.append({"field": "key", "text": "Consumer key must start with ck_"})
    if not asked["secret"].startswith("cs_"):
        errors.append({"field": "secret", "text": "Consumer secret must start with cs_"})
    return errors


def _account(errors: list[dict[str, str]], status: int = 200) -> Response:
    return make_response(
        render_template("setup/account.html", errors=errors, token=request.values["token"], typed=request.form), status
    )


def _store(errors: list[dict[str, str]], status: int = 200, lines: list[ResultLine] | None = None) -> Response:
    page = render_template("setup/store.html", errors=errors, lines=lines, store=current_store(), typed=request.form)
    return make_response(page, status)


def _token_file() -> Path:
    return config().data_dir / "setup.token"


def _has_token() -> bool:
    try:
        kept = _token_file().read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return bool(kept) and hmac.compare_digest(kept.encode(), request.values.get("token", "").encode())
