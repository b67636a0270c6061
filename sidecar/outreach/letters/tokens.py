"""What a wording may say: the fields and blocks that are filled in for each cart, and how they are written.

A field is written {{ first_name }}, or {{ first_name|there }} with the word that stands in when it is empty. Nothing
else between the braces means anything: what an owner writes is never run.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.errors import Refused


@dataclass(frozen=True, slots=True)
class Token:
    """One name that may stand between braces. `may_be_empty`: some carts have nothing for it, so a wording says what
    to write then. A block takes a line of its own and vanishes whole where its facts are missing; a link is an
    address."""

    name: str
    label: str
    example: str
    may_be_empty: bool = False
    is_block: bool = False
    is_link: bool = False


def _block(name: str, label: str, example: str) -> Token:
    return Token(name, label, example, may_be_empty=True, is_block=True)


_ALL = (
    Token("first_name", "First name", "Dana", may_be_empty=True),
    Token("full_name", "First and family name", "Dana Ruiz", may_be_empty=True),
    Token("rep_first_name", "First name of who signs", "Sam", may_be_empty=True),
    Token("store_name", "Name of the store", "Aurora Audio"),
    Token("top_item", "Dearest item", "HX-2 Turntable"),
    Token("total", "Total of the order", "$1,480.00"),
    Token("delivery_cost", "What delivery cost", "$54.00", may_be_empty=True),
    Token("order_number", "Number of the order", "1042"),
    Token("started_on", "Day of the order", "23 November"),
    Token("coupon_code", "Code of the offer", "DANA-7KD92", may_be_empty=True),
    Token("coupon_value", "What the offer takes off", "10 % off", may_be_empty=True),
    Token("coupon_expires_at", "When the offer ends", "26 November, 18:00", may_be_empty=True),
    Token("stock_left", "Pieces in stock of the scarcest item", "2", may_be_empty=True),
    Token("rating", "Average stars of the dearest item with reviews", "4.6", may_be_empty=True),
    Token("review_count", "How many reviews that item has", "38", may_be_empty=True),
    Token("phone", "Number customers can ring", "+1 212 555 0100", may_be_empty=True),
    Token("pay_url", "Link to pay", "https://example.com/c/7Kd92", is_link=True),
    Token("store_url", "Link to the store", "https://example.com", is_link=True),
    Token("unsubscribe_url", "Link to stop these emails", "https://example.com/u/7Kd92", is_link=True),
    Token("preferences_url", "Link to choose what to get", "https://example.com/p/7Kd92", is_link=True),
    _block("items", "Items of the cart", "HX-2 Turntable, Walnut, 1 piece: $1,249.00"),
    _block("costs", "Delivery, tax and total", "Delivery to Madrid: $54.00"),
    _block("button", "Button back to the cart", "Return to your cart"),
    _block("offer", "Offer with its end", "10 % off until 26 November, 18:00"),
    _block("guarantees", "Returns, delivery, ways to pay", "Free returns for 60 days."),
    _block("support", "Where help is", "Help and answers: example.com/help"),
    _block("related", "Products that go with it", "MC-10 Cartridge: $149.00"),
    _block("reviews", "What buyers wrote", "4.6 of 5 stars from 38 reviews"),
    _block("stock", "What is in stock", "2 in stock of the HX-2 Turntable"),
    _block("talk", "A call instead", "Would you rather talk? Choose a time, and we call you."),
)

TOKENS: dict[str, Token] = {token.name: token for token in _ALL}

_FIELD = re.compile(r"{{\s*([^{}|]*?)\s*(?:\|\s*([^{}]*?)\s*)?}}")


@dataclass(frozen=True, slots=True)
class Field:
    """One place where something is filled in: its name as written (known or not), what stands in when it is empty
    (None: nothing was said about that), and where it stands in the text."""

    name: str
    fallback: str | None
    start: int
    end: int

    @property
    def token(self) -> Token | None:
        """The token it names, or None when there is none of that name."""
        return TOKENS.get(self.name)


def fields_in(text: str) -> tuple[Field, ...]:
    """Every field of the text, in order, unknown ones too."""
    return tuple(Field(found[1], found[2], found.start(), found.end()) for found in _FIELD.finditer(text))


def pieces_of(text: str) -> Iterator[str | Field]:
    """The text as a row of plain pieces and fields. Raises Refused (code "unknown_token") for a name we don't know,
    and for braces that do not close."""
    at = 0
    for field in fields_in(text):
        if field.token is None:
            raise Refused(unknown(field.name), code="unknown_token")
        yield from _plain(text[at : field.start])
        yield field
        at = field.end
    yield from _plain(text[at:])


def _plain(text: str) -> Iterator[str]:
    if "{{" in text or "}}" in text:
        raise Refused("A field begins with {{ and ends with }}. One of them is missing.", code="unknown_token")
    if text:
        yield text


def unknown(name: str) -> str:
    """What to say about a field that does not exist, with the one that was probably meant."""
    close = difflib.get_close_matches(name.lower(), TOKENS, n=1, cutoff=0.6)
    hint = f" Did you mean {{{{{close[0]}}}}}?" if close else ""
    return f"There is no field called {{{{{name[:40]}}}}}.{hint}"
