"""What the pages for calls share: whose page it is, the times it offers, and how it is shown."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from flask import Response, make_response, render_template, request

from sidecar import clock
from sidecar.calls.priority.facts import call_zones, shop_zone_of
from sidecar.calls.requests.opening import Opening, opening_for
from sidecar.calls.requests.request import ABOUT, CallRequest
from sidecar.contacts.phone import example, known
from sidecar.outreach.letters import wording
from sidecar.outreach.letters.language import Language, choose, languages
from sidecar.outreach.message import Message
from sidecar.settings import Settings, settings_of
from sidecar.stores.connection import Store, connected_stores
from sidecar.web.asked import form as asked_form
from sidecar.web.asked import words as asked_words
from sidecar.web.wired import gateways


@dataclass(frozen=True)
class Asker:
    """Whose page it is. Without a `message` it is anybody's, and nothing about a customer is on it."""

    store: Store
    settings: Settings
    language: Language
    message: Message | None
    subject: str  # what the form's token is bound to

    @property
    def own(self) -> str:
        """The number on the order (E.164); "" when there is none, or nobody knows who is looking."""
        return self.message.cart.phone_e164 if self.message else ""

    @property
    def country(self) -> str:
        """The country that numbers without a country code are of."""
        return (self.message.cart.country if self.message else "") or self.store_country

    @property
    def store_country(self) -> str:
        """The store's own country, as two letters; "" when it does not say."""
        return (self.store.country or "").partition(":")[0].upper()

    @property
    def countries(self) -> frozenset[str]:
        """Whose numbers can be asked for."""
        more = self.message.cart.country.upper() if self.message else ""
        return asked_form.allowed_countries(self.settings["calls.asked_countries"], self.store_country, more)

    @property
    def zone(self) -> str:
        """The zone to show times in, as long as nobody has named one."""
        found = call_zones(self.message.cart) if self.message else []
        return found[0] if found else shop_zone_of(self.store)

    @property
    def is_open(self) -> bool:
        """Whether calls can be asked for at all: the owner offers them, and calls are made."""
        return bool(self.settings["calls.asked"]) and self.store.is_live and self.store.disconnected_at is None


def asker_of(message: Message) -> Asker | None:
    """Whose page a message's link leads to."""
    store = next((one for one in connected_stores() if one.id == message.store_id), None)
    if store is None:
        return None
    return Asker(store, settings_of(store.id), choose(message.language, store.country), message, f"m{message.id}")


def asker_at(key: str) -> Asker | None:
    """Whose page a store's own link leads to; without a key, that of the only store."""
    stores = connected_stores()
    found = [store for store in stores if key == store_key(store)] if key else stores
    if len(found) != 1:
        return None
    store = found[0]
    wanted = request.accept_languages.best_match(list(languages())) or ""
    return Asker(store, settings_of(store.id), choose(wanted, store.country), None, f"s{store.id}")


def store_key(store: Store) -> str:
    """What names the store in the address of its page for calls."""
    return gateways().vault.fingerprint("page for calls", str(store.id))[:10]


def opening_of(asker: Asker, zone: str, number: str = "", *, but: int | None = None, now: datetime) -> Opening:
    """The times that this customer is offered."""
    return opening_for(asker.store, asker.settings, zone=zone, number=number or asker.own, but=but, now=now)


def ask_page(
    asker: Asker,
    typed: asked_form.Typed,
    zone: str,
    *,
    status: int = 200,
    asks_no: bool = False,
    moves: CallRequest | None = None,
) -> Response:
    """The form, with what was typed. `asks_no`: they said no to calls before and are asked about it; `moves`: a request
    that gets another time, whose form asks for a time alone."""
    now, said = clock.now(), asked_words.words(asker.language)
    number = moves.number if moves else typed.e164
    opening = opening_of(asker, zone, number, but=moves.id if moves else None, now=now)
    sample = example(asker.country) or example(asker.store_country) or "+44 7400 123456"
    more = {"example": sample, "countries": ", ".join(sorted(asker.countries))}
    return shown(
        "public/ask.html",
        asker,
        status=status,
        typed=typed,
        errors=[{"field": name, "text": said[code].format(**more)} for name, code in typed.errors.items()],
        days=asked_words.days(opening.choices(), zone, asker.language, now=now),
        can_now=opening.can_now(),
        zone=zone,
        zone_is_named=bool(request.values.get("zone")),
        zone_name=asked_words.zone_name(zone, now=now),
        zones=asked_words.zone_choices(zone, now=now),
        masked=asked_words.masked(asker.own) if asker.own else "",
        order=asker.message.cart.number if asker.message else "",
        about=ABOUT,
        token=asked_form.sign(asker.subject, secrets.token_hex(8), gateways().vault, now=now),
        trap=asked_form.TRAP,
        asks_no=asks_no,
        moves=moves is not None,
        back=request.path.removesuffix("/change"),
    )


def shown(template: str, asker: Asker | None, *, status: int = 200, **more: Any) -> Response:
    """A page in the shop's name and the customer's language, kept out of search engines."""
    language = asker.language if asker else choose("en", None)
    store = asker.store if asker else None
    page = render_template(
        template,
        said=asked_words.words(language),
        language=language.code,
        store_name=wording.store_name_of(store) if store else "",
        postal_address=wording.postal_address_of(store, asker.settings) if store and asker else "",
        **_ways(asker),
        **more,
    )
    response = make_response(page, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def note(asker: Asker | None, shows: str, status: int) -> Response:
    """A page with one thing to say: preview, unknown, closed, slow, listed."""
    response = shown("public/asked_note.html", asker, status=status, shows=shows)
    if status == 429:
        response.headers["Retry-After"] = "3600"
    return response


def came_from() -> str:
    """The address that a request comes from: what our own proxy says where one stands in between, never what the
    visitor says. Kept as a fingerprint only."""
    near = _place(request.remote_addr or "")
    said = _place(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    return said if said and not _is_public(near) else near


def _place(address: str) -> str:
    """The address, or of a longer kind the network that one household has; "" for what is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(found) if found.version == 4 else str(ip_network(f"{found}/64", strict=False).network_address)


def _is_public(address: str) -> bool:
    return bool(address) and ip_address(address).is_global


def _ways(asker: Asker | None) -> Mapping[str, str]:
    """How to reach the shop otherwise."""
    if asker is None:
        return {"help_phone": "", "help_email": ""}
    number, address = asker.settings["calls.number"], asker.settings["sender.reply_to"]
    return {"help_phone": _shown_number(number), "help_email": address}


def _shown_number(text: str) -> str:
    found = known(text) if text.startswith("+") else None
    return found.national if found else text
