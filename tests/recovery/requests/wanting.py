"""What customers ask for on the page, with sensible defaults; a test names only what it is about."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from sidecar.calls.requests.limits import Limit
from sidecar.calls.requests.opening import Opening, opening_for
from sidecar.calls.requests.request import CallRequest
from sidecar.outreach.message import Message
from sidecar.recovery.requests import requesting
from sidecar.recovery.requests.requesting import Wanted
from sidecar.settings import settings_of
from sidecar.stores.connection import Store
from tests.factories import NOW, VAULT

NUMBER, ZONE = "+12125550123", "America/New_York"
_forms = itertools.count(1)


def wanted(begin: datetime | None = None, **changes: Any) -> Wanted:
    """A call on Dana's number: for a half-hour that begins then, or as soon as possible."""
    values: dict[str, Any] = {
        "number": NUMBER, "zone": ZONE, "language": "en", "wish": "slot" if begin else "now", "begin": begin,
        "wished": "", "about": "delivery", "note": "About Saturday", "email": "", "order_number": "",
        "form_key": f"form-{next(_forms)}", "agreed": False, "words": "Ring me on this number.",
    }  # fmt: skip
    return Wanted(**values | changes)


def ask(
    store: Store, what: Wanted, message: Message | None = None, *, counted: tuple[Limit, ...] = (), now: datetime = NOW
) -> CallRequest:
    """The request as the page makes it."""
    settings = settings_of(store.id)
    return requesting.request_call(store, what, message, counted=counted, settings=settings, vault=VAULT, now=now)


def opening(store: Store, *, zone: str = ZONE, number: str = NUMBER, now: datetime = NOW) -> Opening:
    """The times that the page would offer."""
    return opening_for(store, settings_of(store.id), zone=zone, number=number, now=now)
