"""What stands around every page: navigation by role, the ribbon that says whether anything is sent, store trouble."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from flask import Flask, current_app, g, request
from flask_wtf.csrf import generate_csrf

from sidecar import clock, timekeeping
from sidecar.accounts import User
from sidecar.outreach.delivery import pace
from sidecar.ports import Gateways
from sidecar.recovery.answers import mailbox
from sidecar.stores.connection import Store, connected_stores
from sidecar.web import access, filters, headers, wired

ICONS = "icons.svg"


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    word: str
    url: str
    roles: frozenset[str]
    also: tuple[str, ...] = ()  # what belongs to it and stands elsewhere


_ALL = frozenset({"owner", "manager", "rep", "viewer"})
_NAV = (
    Place("Overview", "/", _ALL - {"rep"}),
    Place("Queue", "/queue", _ALL - {"viewer"}),
    Place("Carts", "/carts", _ALL),
    Place("Team", "/team", frozenset({"owner", "manager"})),
    Place("Outbox", "/outbox", _ALL - {"rep"}),
    Place("Settings", "/settings", frozenset({"owner", "manager"}), also=("/messages",)),
)


def current_store() -> Store | None:
    """The store that pages are about: the first connected one."""
    if "store" not in g:
        found = connected_stores()
        g.store = found[0] if found else None
        for one in found:
            headers.allow_pictures(one.url)
    store: Store | None = g.store
    return store


def store_zone() -> tzinfo:
    """The store's time zone: what times on pages are shown in, unless they belong to a customer."""
    store = current_store()
    return filters.zone_of(store.timezone, store.gmt_offset_minutes) if store else filters.zone_of("UTC")


def navigation(user: User) -> list[dict[str, Any]]:
    """The places of the user's role, with the one that is open now."""
    path = request.path
    return [
        {"word": place.word, "url": place.url, "current": any(_is_within(path, at) for at in (place.url, *place.also))}
        for place in _NAV
        if user.role in place.roles
    ]


def _is_within(path: str, url: str) -> bool:
    return path == url if url == "/" else path == url or path.startswith(url + "/")


def ribbon() -> dict[str, str] | None:
    """What to say above every page while nothing leaves: demo, paused, or not live yet."""
    store = current_store()
    if store is None:
        return None
    if wired.is_demo():
        return {"head": "Demo.", "text": "Nothing leaves this computer."}
    if store.live_at is None:
        user = access.find_user()
        steps = "/" if user and user.role == "owner" and request.path != "/" else ""
        text = "Everything is written and shown in the Outbox. Nothing is sent."
        return {"head": "Safe mode.", "text": text, "url": steps}
    if store.paused_at is not None:
        return {"head": "Paused.", "text": "Nobody is called or written to until it is resumed."}
    return None


def trouble() -> dict[str, Any] | None:
    """The store that cannot be read, with the reason and since when; None when all is well."""
    store = current_store()
    if store is None or store.health != "unreadable":
        return None
    return {"name": store.name or store.url, "reason": store.unreadable_reason, "since": store.unreadable_since}


def mail_trouble() -> list[str]:
    """What keeps mail from leaving or replies from being read, in sentences for those who can do something about it."""
    user = access.find_user()
    if user is None or user.role not in ("owner", "manager"):
        return []
    zone, now = store_zone(), clock.now()
    found = [
        f"{stop.says} It is tried again at {stop.until_at.astimezone(zone):%H:%M}."
        for stop in pace.stops(now=now)
        if stop.by == "blocked"
    ]
    gateways: Gateways = current_app.extensions["ringback.gateways"]
    away = mailbox.find_trouble(gateways.mailbox.name) if gateways.mailbox is not None else None
    return [*found, f"The mailbox for replies cannot be read: {away.trouble}"] if away is not None else found


def register(app: Flask) -> None:
    """Gives the templates what they need around every page."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=wired.asset,
        has_asset=wired.has_asset,
        csrf_token=generate_csrf,
        find_user=access.find_user,
        navigation=navigation,
        ribbon=ribbon,
        trouble=trouble,
        mail_trouble=mail_trouble,
        clock_doubt=timekeeping.doubt,
        current_store=current_store,
        store_zone=store_zone,
        now=clock.now,
    )
