"""What the pages behind the links in messages share: whose they are, in which language, and nobody's link."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from sidecar.outreach.letters import wording
from sidecar.outreach.letters.language import choose, languages
from sidecar.outreach.message import Message
from sidecar.settings import settings_of
from sidecar.stores.connection import Store, find_store
from sidecar.web.filters import masked_email

PREVIEW = "preview"


def page(template: str, section: str, message: Message, **more: Any) -> str:
    """A page in the message's language, in the shop's name."""
    shop = _shop(find_store(message.store_id))
    language = choose(message.language, None)
    return render_template(
        template,
        said=language.words[section],
        language=language.code,
        address=masked_email(message.to).replace("…", "…\u2060"),  # no line break inside it
        **shop,
        **more,
    )


def no_such_link(template: str, section: str, token: str) -> ResponseReturnValue:
    """What a preview's link leads to, and one that is nobody's."""
    words = languages()[choose("en", None).code].words
    shown = render_template(
        template,
        shows=PREVIEW if token == PREVIEW else "unknown",
        said=words["unsubscribe"] | words[section],
        language="en",
        address="",
        **_shop(None),
    )
    return shown, 200 if token == PREVIEW else 404


def _shop(store: Store | None) -> dict[str, str]:
    if store is None:
        return {"store_name": "", "postal_address": ""}
    return {
        "store_name": wording.store_name_of(store),
        "postal_address": wording.postal_address_of(store, settings_of(store.id)),
    }
