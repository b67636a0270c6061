"""From safe mode to writing to customers, and the way to stop: per store, within a second."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, func, select

from sidecar import audit
from sidecar.config import Config
from sidecar.db import session
from sidecar.errors import Refused
from sidecar.outreach.delivery import outbox
from sidecar.outreach.letters import wording
from sidecar.outreach.letters.language import languages
from sidecar.outreach.letters.preview import Shown, look_at_all, step_of
from sidecar.outreach.message import Message
from sidecar.settings import Setting, settings_of
from sidecar.stores.connection import Store, connected_stores, find_store


@dataclass(frozen=True, slots=True)
class Preview:
    """What Go live would do now: what stands against it, how many messages would leave, how many are too late."""

    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    leaving: int
    later: int
    too_late: int

    @property
    def may(self) -> bool:
        """Whether nothing stands against it."""
        return not self.refusals


def preview(store_id: int | None, *, config: Config, now: datetime, compose_too: bool = True) -> Preview:
    """What Go live would do at this store. Changes nothing. Without `compose_too` messages are judged by their words
    alone, which is enough for a glance."""
    store = find_store(store_id) if store_id is not None else None
    refusals = tuple(_refusals(store, config))
    if store is None:
        return Preview(refusals, (), 0, 0, 0)
    # A live store has gone past this, and saves no wording that stands against it (web.editing).
    looked = {}
    if store.live_at is None:
        looked = look_at_all(store, settings_of(store.id), now=now, compose_too=compose_too)
    waits = (Message.store_id == store.id, Message.state.in_(("planned", "due")))
    in_time = Message.not_after_at > now
    return Preview(
        refusals=refusals + tuple(_blocked(looked)),
        warnings=(*_warnings(store), *_worth_a_look(looked)),
        leaving=_count(*waits, in_time, Message.due_at <= now),
        later=_count(*waits, in_time, Message.due_at > now),
        too_late=_count(*waits, Message.not_after_at <= now),
    )


def go_live(store_id: int | None, *, by: str, config: Config, now: datetime) -> Preview:
    """Lets messages leave: what is in time is released, what is too late is cancelled. Returns what it did.

    Raises Refused with everything that stands against it, one sentence after the other.
    """
    found = preview(store_id, config=config, now=now)
    if not found.may or store_id is None:
        raise Refused(" ".join(found.refusals), code="cannot_go_live")
    store = session().get_one(Store, store_id)
    already = store.is_live
    store.live_at = store.live_at or now
    store.paused_at = None
    _say_live(store, "on", by=by, now=now)
    outbox.cancel_late(now=now, store_id=store.id)
    _explain(store, now)
    if not already:
        audit.record(by, "go live", store.url, {"leaving": found.leaving, "too_late": found.too_late}, now=now)
    return found


def pause(store_id: int, *, by: str, now: datetime) -> bool:
    """Stops the store's messages; each is checked against this just before it leaves. False when it was paused."""
    store = session().get_one(Store, store_id)
    if store.paused_at is not None:
        return False
    store.paused_at = now
    _say_live(store, "off", by=by, now=now)
    _explain(store, now)
    audit.record(by, "pause", store.url, now=now)
    return True


def pause_all(*, by: str, now: datetime) -> int:
    """Stops every connected store; how many it stopped."""
    return sum(pause(store.id, by=by, now=now) for store in connected_stores())


def resume(store_id: int, *, by: str, now: datetime) -> bool:
    """Lets a paused store's messages leave again. False when it was not paused.

    Raises Refused when the store has never gone live: there is nothing to resume.
    """
    store = session().get_one(Store, store_id)
    if store.live_at is None:
        raise Refused("This store is not live yet. Use Go live.", code="not_live")
    if store.paused_at is None:
        return False
    store.paused_at = None
    _say_live(store, "on", by=by, now=now)
    outbox.cancel_late(now=now)
    _explain(store, now)
    audit.record(by, "resume", store.url, now=now)
    return True


def _refusals(store: Store | None, config: Config) -> list[str]:
    """Only what law or physics needs. Source: product.md P5."""
    found = []
    if store is None or store.disconnected_at is not None:
        found.append("Connect a store first.")
    if not config.smtp_url:
        found.append("Set SIDECAR_SMTP_URL to your mail server and start again.")
    if not config.mail_from:
        found.append("Set SIDECAR_MAIL_FROM, like Aurora Audio <hello@example.com>, and start again.")
    if store is not None and not wording.postal_address_of(store, settings_of(store.id)):
        found.append("Write the postal address (sender.postal_address). The law asks for it in every email.")
    if not config.allow_local_stores and not _is_public(config.base_url):
        found.append(
            f"Set SIDECAR_BASE_URL to the public https address of Ringback. Customers cannot reach {config.base_url}."
        )
    return found


def _warnings(store: Store) -> list[str]:
    found = []
    if not store.is_readable:
        found.append("The store cannot be read at the moment. Messages wait until it can.")
    if not settings_of(store.id)["sender.reply_to"]:
        found.append("No address for replies is set (sender.reply_to). They go to the sender.")
    return found


def _blocked(looked: Mapping[tuple[str, str], Shown]) -> Iterator[str]:
    """Why a wording in use stands against it, one sentence for each message. Source: reference/ux.md C1.

    A missing postal address is no message's own fault, and is said once elsewhere.
    """
    for (kind, language), shown in looked.items():
        found = [finding for finding in shown.findings if finding.level == "block" and finding.where != "foot"]
        if shown.refused:
            yield f"Change {_called(kind, language)}: {shown.refused}"
        elif found:
            quoted = f" (“{found[0].excerpt}”)" if found[0].excerpt else ""
            more = f" And {len(found) - 1} more." if len(found) > 1 else ""
            yield f"Change {_called(kind, language)}{quoted}: {found[0].words}{more}"


def _worth_a_look(looked: Mapping[tuple[str, str], Shown]) -> Iterator[str]:
    for (kind, language), shown in looked.items():
        found = [finding.words for finding in shown.findings if finding.level == "warn"]
        if found:
            more = f" And {len(found) - 1} more." if len(found) > 1 else ""
            yield f"Look at {_called(kind, language)}: {found[0]}{more}"


def _called(kind: str, language: str) -> str:
    return f"the message “{step_of(kind).label}” ({languages()[language].words['name']})"


def _is_public(url: str) -> bool:
    """Whether customers can reach the address: https, and not this machine."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme != "https" or not host or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    return not (address.is_loopback or address.is_unspecified)


def _count(*conditions: ColumnElement[bool]) -> int:
    return session().scalar(select(func.count()).select_from(Message).where(*conditions)) or 0


def _explain(store: Store, now: datetime) -> None:
    session().flush()
    outbox.explain(store, now=now)


def _say_live(store: Store, value: str, *, by: str, now: datetime) -> None:
    """Keeps `settings get sending.live` true; only this module writes it."""
    row = session().get(Setting, (store.id, "sending.live"))
    if row is None:
        row = Setting(store_id=store.id, name="sending.live", value=value, set_at=now, set_by=by)
        session().add(row)
    row.value, row.set_at, row.set_by = value, now, by
