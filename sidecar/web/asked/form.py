"""The form with which customers ask for a call: what was typed, looked over field by field. Text is hostile."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sidecar.calls.requests.request import ABOUT, MOST_NOTE, MOST_WORDS, NOW, SLOT, WORDS
from sidecar.contacts.address import writable
from sidecar.contacts.phone import is_a_persons, parse
from sidecar.contacts.zones import is_zone
from sidecar.ports import Sealer

LASTS = timedelta(hours=2)
TRAP = "website"  # a field that people do not see
_MOST_ORDER = 40
_TYPED = ("number", "when", "wished", "about", "note", "email", "order_number")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_US = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})  # one country to its customers


@dataclass
class Typed:
    """What somebody typed, cleaned, and what of it is wrong: codes of sentences by field."""

    number: str = ""
    when: str = ""
    wished: str = ""
    about: str = ""
    note: str = ""
    email: str = ""
    order_number: str = ""
    agreed: bool = False
    e164: str = ""
    wish: str = ""
    begin: datetime | None = None
    errors: dict[str, str] = field(default_factory=dict)


def read(form: Mapping[str, str], *, own: str, country: str, countries: Collection[str], with_number: bool) -> Typed:
    """The form, with its errors. `own` is the number we know, used when none is typed; national numbers are of
    `country`, and only those of `countries` can be called. Without `with_number` only the time is asked for."""
    typed = Typed(agreed=bool(form.get("agreed")))
    for name in _TYPED:
        setattr(typed, name, _clean(form.get(name, "")))
    if with_number:
        _read_number(typed, own, country, countries)
    _read_when(typed)
    if typed.about not in ABOUT:
        typed.about = ""
    for name, most, code in (
        ("note", MOST_NOTE, "err_note_long"),
        ("wished", MOST_WORDS, "err_words_long"),
        ("order_number", _MOST_ORDER, "err_order_long"),
    ):
        if len(getattr(typed, name)) > most:
            typed.errors[name] = code
    if typed.email and not writable(typed.email):
        typed.errors["email"] = "err_email"
    return typed


def zone_of(named: str, otherwise: str) -> str:
    """The zone that was named, if it is one that is named after a town, else the other."""
    return named if "/" in named and len(named) < 60 and is_zone(named) else otherwise


def allowed_countries(named: Collection[str], store_country: str, more: str = "") -> frozenset[str]:
    """The countries whose numbers can be asked for: those the owner named, else the store's own; `more` beside them."""
    found = frozenset(named or {store_country}) | {more}
    return frozenset(one for one in found | (_US if "US" in found else set()) if one)


def sign(subject: str, nonce: str, vault: Sealer, *, now: datetime) -> str:
    """A token for one form: when it was shown, a number used once, and our mark under both. `subject` is whose form."""
    issued = f"{int(now.timestamp()):x}"
    return f"{issued}.{nonce}.{_mark(subject, issued, nonce, vault)}"


def key_of(token: str, subject: str, vault: Sealer, *, now: datetime) -> str:
    """What names this form for good, or "" when it is none of ours, of another page, or was shown too long ago."""
    issued, _, rest = token.partition(".")
    nonce, _, mark = rest.partition(".")
    if not re.fullmatch(r"[0-9a-f]{1,12}\.[0-9a-f]{16}\.[0-9a-f]{32}", token):
        return ""
    if not hmac.compare_digest(mark, _mark(subject, issued, nonce, vault)):
        return ""
    age = now - datetime.fromtimestamp(int(issued, 16), UTC)
    return vault.fingerprint("form key", token)[:32] if timedelta(minutes=-5) <= age <= LASTS else ""


def _mark(subject: str, issued: str, nonce: str, vault: Sealer) -> str:
    return vault.fingerprint("form to ask for a call", subject, issued, nonce)[:32]


def _read_number(typed: Typed, own: str, country: str, countries: Collection[str]) -> None:
    if not typed.number:
        typed.e164 = own
        if not own:
            typed.errors["number"] = "err_number_missing"
        return
    found = parse(typed.number, country)
    if found is None or found.extension or not is_a_persons(found.e164):
        typed.errors["number"] = "err_number_wrong"
    elif found.country not in countries and found.e164 != own:
        typed.errors["number"] = "err_number_country"
    else:
        typed.e164 = found.e164


def _read_when(typed: Typed) -> None:
    if typed.when in (NOW, WORDS):
        typed.wish = typed.when
        if typed.wish == WORDS and not typed.wished:
            typed.errors["wished"] = "err_words_missing"
        return
    try:
        begin = datetime.fromisoformat(typed.when)
        typed.begin, typed.wish = begin.astimezone(UTC) if begin.tzinfo else None, SLOT
    except (ValueError, OverflowError):
        typed.begin = None
    if typed.begin is None:
        typed.errors["when"] = "err_when_missing"


def _clean(text: str) -> str:
    """Without control characters and marks that turn text around; far too long is cut, a little too long is said."""
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()[:2000]
