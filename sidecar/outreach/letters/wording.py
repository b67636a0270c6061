"""Composing a message: the words of its kind and language, filled with the facts of one cart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import css_inline
from jinja2 import TemplateError

from sidecar.carts.cart import Cart
from sidecar.contacts.contact import Contact
from sidecar.errors import Refused
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.letters import blocks, plain
from sidecar.outreach.letters.blocks import ASK_STAND_IN
from sidecar.outreach.letters.facts import (
    PAY_STAND_IN,
    PREFERENCES_STAND_IN,
    UNSUBSCRIBE_STAND_IN,
    Facts,
    postal_address_of,
    store_name_of,
)
from sidecar.outreach.letters.language import Language, choose
from sidecar.outreach.letters.letter import PLAIN_KINDS, letter_of
from sidecar.outreach.letters.sources import Source, source_of
from sidecar.outreach.sequences.sequence import Step
from sidecar.settings import Settings
from sidecar.stores.connection import Store

__all__ = [
    "ASK_STAND_IN",
    "PAY_STAND_IN",
    "PREFERENCES_STAND_IN",
    "UNSUBSCRIBE_STAND_IN",
    "Composed",
    "compose",
    "postal_address_of",
    "store_name_of",
]


@dataclass(frozen=True, slots=True)
class Composed:
    """A message as it will be read. `html` and `text` still hold the stand-ins for the customer's own links."""

    language: str
    sender_name: str
    subject: str
    preheader: str
    html: str
    text: str


def compose(
    step: Step,
    cart: Cart,
    contact: Contact,
    store: Store,
    settings: Settings,
    *,
    writer: str = "",
    coupon: Coupon | None = None,
    offer_words: str = "",
    source: Source | None = None,
    language: str = "",
    now: datetime | None = None,
) -> Composed:
    """The step's message about this cart. `writer` is the first name of the rep who signs a personal one; `source` the
    words to use instead of the store's, `language` theirs. What is offered is `coupon`, or what the shop keeps without
    one in `offer_words`. Without `now` no number in stock is named.

    Raises Refused (code "no_address", "emptied" or "cannot_compose") when there is nothing or nobody to write to, or
    no words to write with.
    """
    if not cart.email:
        raise Refused("There is no email address to write to.", code="no_address")
    if not any(plain.one_line(line.name, 80) for line in blocks.wanted(cart)):
        raise Refused("The cart has nothing in it to write about.", code="emptied")
    said = choose(language or contact.language, store.country)
    facts = Facts(cart, contact, store, settings, said, writer, coupon, offer_words, now)
    try:
        letter = letter_of(source or source_of(store.id, step.kind, said.code), plain=step.kind in PLAIN_KINDS)
        subject, preheader, html, text = letter.filled(facts.of(letter.uses))
    except Refused as refused:
        raise Refused(f"The words of {step.kind}/{said.code}: {refused.reason}", code="cannot_compose") from refused
    except (TemplateError, ValueError, OSError, css_inline.InlineError) as error:
        raise Refused(f"The template {step.kind}/{said.code} failed: {error}", code="cannot_compose") from error
    sender = _sender_name(settings["sender.name"] or facts.store_name, facts.rep_first_name, said)
    return Composed(said.code, sender, plain.one_line(subject, 120), plain.one_line(preheader, 150), html, text)


def _sender_name(name: str, person: str, language: Language) -> str:
    return str(language.words["writer_of"]).format(writer=person, name=name) if person else name
