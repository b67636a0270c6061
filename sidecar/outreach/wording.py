"""Composing a message: Jinja fills the template, MJML lays it out, css-inline makes it survive mail programs.

Jinja comes first, with autoescape, so that order text is already harmless when MJML reads it (stack.md, traps).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import css_inline
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from mjml import mjml2html

from sidecar.carts.cart import Cart, CartLine
from sidecar.contacts.contact import Contact
from sidecar.errors import Refused
from sidecar.outreach import plain
from sidecar.outreach.language import TEMPLATES, Language, choose
from sidecar.outreach.sequence import Step
from sidecar.settings import Settings
from sidecar.stores.connection import Store

# Stands in the stored bodies where the customer's own link will be; put in only when the message leaves, so that
# nobody who reads the Outbox can unsubscribe somebody else. ".invalid" never resolves (RFC 2606).
UNSUBSCRIBE_STAND_IN = "https://ringback.invalid/u/preview"

MOST_ITEMS = 8


@dataclass(frozen=True, slots=True)
class Composed:
    """A message as it will be read. `html` and `text` still hold UNSUBSCRIBE_STAND_IN."""

    language: str
    sender_name: str
    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the cart as the template shows it. `tile` stands in for a missing picture."""

    name: str
    detail: str
    price: str
    image_url: str
    tile: str


def compose(
    step: Step, cart: Cart, contact: Contact, store: Store, settings: Settings, *, writer: str = ""
) -> Composed:
    """The step's message about this cart. `writer` is the first name of the rep who signs a personal one.

    Raises Refused (code "no_address", "emptied" or "cannot_compose") when there is nothing or nobody to write to.
    """
    if not cart.email:
        raise Refused("There is no email address to write to.", code="no_address")
    if not any(line.quantity > 0 and plain.one_line(line.name, 80) for line in cart.lines):
        raise Refused("The cart has nothing in it to write about.", code="emptied")
    language = choose(contact.language, store.country)
    fields = _fields(cart, contact, store, settings, language, writer)
    try:
        subject, text = _letter(f"{step.kind}/{language.code}.txt", fields)
        html = _page(f"{step.kind}/{language.code}.mjml", fields | {"subject": subject})
    except (TemplateError, ValueError, OSError, css_inline.InlineError) as error:
        raise Refused(f"The template {step.kind}/{language.code} failed: {error}", code="cannot_compose") from error
    return Composed(language.code, fields["sender_name"], subject, html, text)


def _fields(
    cart: Cart, contact: Contact, store: Store, settings: Settings, language: Language, writer: str
) -> dict[str, Any]:
    """Everything a template may say. Only facts of this cart and this store; nothing that may not be true."""
    store_name = store_name_of(store)
    items = [_item(line, cart.currency, language) for line in cart.lines if line.quantity > 0]
    return {
        "words": language.words,
        "language": language.code,
        "store_name": store_name,
        "sender_name": _sender_name(settings["sender.name"] or store_name, writer, language),
        "store_url": plain.web_address(store.url),
        "postal_address": postal_address_of(store, settings),
        "first_name": plain.name(contact.first_name),
        "last_name": plain.name(contact.last_name),
        "writer": plain.name(writer),
        "items": items[:MOST_ITEMS],
        "more_items": max(0, len(items) - MOST_ITEMS),
        "top_item": plain.one_line(max(cart.lines, key=lambda line: line.total_minor).name, 60),
        "sums": _sums(cart, language),
        "total": language.money(cart.total_minor, cart.currency),
        "pay_url": pay_url_of(cart),
        "started_on": language.day(cart.ordered_at.astimezone(_zone(store)).date()),
        "unsubscribe_url": UNSUBSCRIBE_STAND_IN,
    }


def store_name_of(store: Store) -> str:
    """What customers call the shop: its own title, else its host name."""
    return plain.one_line(store.name, 60) or str(urlsplit(store.url).hostname or "the shop")


def postal_address_of(store: Store, settings: Settings) -> str:
    """The address at the foot of every e-mail, or "" when neither the owner nor the store has given one."""
    return plain.one_line(settings["sender.postal_address"] or store.address or "", 300)


def pay_url_of(cart: Cart) -> str:
    """Where this order can be paid, or "": WooCommerce shows an error page for an order it has cancelled."""
    return "" if cart.status == "cancelled" else plain.web_address(cart.payment_url)


def _sender_name(name: str, writer: str, language: Language) -> str:
    person = plain.name(writer)
    return str(language.words["writer_of"]).format(writer=person, name=name) if person else name


def _item(line: CartLine, currency: str, language: Language) -> Item:
    name = plain.one_line(line.name, 80) or plain.one_line(line.sku, 40) or "–"
    options = plain.without_links(line.options, 100)
    pieces = language.pieces(line.quantity)
    return Item(
        name=name,
        detail=f"{options}, {pieces}" if options else pieces,
        price=language.money(line.total_minor, currency),
        image_url=plain.web_address(line.image_url),
        tile=_tile(plain.one_line(line.sku, 40), name),
    )


def _tile(sku: str, name: str) -> str:
    """Up to six characters that stand for a product without a picture: its number, its first word, or initials."""
    words = name.split(" ")
    short = [sku, words[0], "".join(word[0] for word in words[:3]).upper(), name[0]]
    return next(text for text in short if 0 < len(text) <= 6)


def _sums(cart: Cart, language: Language) -> list[tuple[str, str]]:
    """The rows between the items and the total, so that what is shown adds up to what is asked."""
    words = language.words
    town = plain.name(cart.city)
    goods = sum(line.total_minor for line in cart.lines if line.quantity > 0)
    other = cart.total_minor - goods - cart.shipping_minor - cart.tax_minor
    rows = [
        (words["delivery_to"].format(town=town) if town else words["delivery"], cart.shipping_minor),
        (words["tax"], cart.tax_minor),
        (words["other"], other),
    ]
    return [(label, language.money(minor, cart.currency)) for label, minor in rows if minor]


def _zone(store: Store) -> tzinfo:
    try:
        return ZoneInfo(store.timezone) if store.timezone else timezone(timedelta(minutes=store.gmt_offset_minutes))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _letter(template: str, fields: dict[str, Any]) -> tuple[str, str]:
    """Subject and text: the file begins with a Subject line, like a letter of the post's own making."""
    filled = _environment().get_template(template).render(fields)
    head, _, body = filled.partition("\n")
    if not head.startswith("Subject: "):
        raise ValueError("the first line must be the subject")
    return plain.one_line(head.removeprefix("Subject: "), 120), body.strip() + "\n"


def _page(template: str, fields: dict[str, Any]) -> str:
    return _inliner().inline(mjml2html(_environment().get_template(template).render(fields), fonts={}))


@functools.cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: PurePath(name or "").suffix != ".txt",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
