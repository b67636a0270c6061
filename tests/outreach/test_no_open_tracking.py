"""Nobody is told when a message is opened: that fetches the pictures of the goods from the store, and nothing else."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from sidecar.outreach.letters.language import languages
from sidecar.outreach.letters.sources import KINDS
from sidecar.outreach.letters.wording import compose
from sidecar.outreach.sequences.sequence import Step
from sidecar.outreach.visits.links import put_in
from sidecar.settings import Settings
from tests.factories import make_cart, make_contact, make_store

PICTURE = "https://shop.example.com/wp-content/uploads/turntable.png"
OURS = "https://calls.example.com"
# Whatever makes a mail program fetch something without a click.
FETCHED = re.compile(
    r"""<(?:img|video|audio|source|iframe|embed|object|input|bgsound|script)\b[^>]*?\b(?:src|data|poster)\s*=\s*["']?([^"'\s>]+)"""
    r"""|\bsrcset\s*=\s*["']([^"']+)|\bbackground\s*=\s*["']?([^"'\s>]+)|url\(\s*["']?([^"')\s]+)"""
    r"""|<link\b[^>]*?\bhref\s*=\s*["']?([^"'\s>]+)|@import\s+["']([^"']+)""",
    re.IGNORECASE,
)


def fetched(html: str) -> set[str]:
    """Every address that is fetched when this is looked at."""
    return {address for found in FETCHED.findall(html) for address in found if address}


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", KINDS)
def test_opening_a_message_fetches_nothing_but_pictures_of_the_goods(app: Flask, kind: str, language: str) -> None:
    store = make_store()
    contact = make_contact(store, language=language)
    cart = make_cart(store, contact)
    cart.lines[0].image_url = PICTURE
    message = compose(Step(kind, kind, kind), cart, contact, store, Settings({}), writer="Sam")
    assert message.language == language

    html = put_in(message.html, OURS, "0" * 32)

    assert fetched(html) <= {PICTURE}
    assert OURS in html, "our links are there to be pressed"


@pytest.mark.parametrize(
    "trick",
    [
        '<img width=1 height=1 src="{}">',
        "<img src='{}'>",
        "<img alt='' src={} />",
        '<td background="{}">',
        '<div style="background:url({})">',
        '<style>@import "{}";</style>',
        '<link rel="stylesheet" href="{}">',
        '<img src="https://shop.example.com/a.png" srcset="{} 2x">',
    ],
)
def test_the_look_at_messages_sees_every_way_to_fetch(trick: str) -> None:
    assert any(OURS in address for address in fetched(trick.format(f"{OURS}/o/1.gif")))
