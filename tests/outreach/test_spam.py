"""What a spam filter thinks of our own words. SpamAssassin with its local rules alone: nothing is asked of anybody."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta

import pytest

from sidecar.gateways.mime import to_bytes
from sidecar.outreach.incentives.coupon import Coupon
from sidecar.outreach.letters.language import languages
from sidecar.outreach.letters.sources import KINDS
from sidecar.outreach.letters.wording import Composed, compose
from sidecar.outreach.sequences.sequence import Step
from sidecar.ports import Mail
from sidecar.settings import Settings
from tests.factories import NOW, make_cart, make_contact, make_store

SPAMASSASSIN = shutil.which("spamassassin")
MOST = 2.0  # 5.0 is where SpamAssassin calls it spam
LINK = "https://ringback.example.com/u/3f9a1c07d2b84e6fa1c07d2b84e6f3a9"
_ID = re.compile(r"^Message-ID: <(.*?)>", re.M)
_SCORE = re.compile(r"^X-Spam-Status: \w+, score=(-?[\d.]+) .*?tests=(.*?)\s+\w+=", re.M | re.S)

pytestmark = pytest.mark.skipif(not SPAMASSASSIN, reason="spamassassin is not installed")

# The text by which every spam filter can be tried. Source: https://spamassassin.apache.org/gtube/
SPAM = b"""Message-ID: <spam@example.com>
Subject: Hello
From: x <x@example.com>
To: y@example.com

XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X
"""


def composed(kind: str, language: str) -> Composed:
    """The message with everything it can have: signed, with an offer, guarantees and help."""
    store = make_store(url=f"https://{kind}-{language}.example.com")
    contact = make_contact(store, language=language)
    cart = make_cart(store, contact)
    coupon = Coupon(kind="percent", value_minor=1000, code="K7QM-4RTX", expires_at=NOW + timedelta(days=7))
    settings = {
        "sender.reply_to": "hello@example.com",
        "content.returns": "Free returns for 60 days. | de: 60 Tage kostenlose Rückgabe.",
        "content.payment": "Card or PayPal. | de: Karte oder PayPal.",
        "content.help_url": "https://example.com/help",
    }
    step = Step(kind, kind, kind)
    return compose(step, cart, contact, store, Settings(settings), writer="Sam", coupon=coupon, now=NOW)


def as_it_leaves(message: Composed, kind: str, language: str) -> bytes:
    """The mail's bytes, with its own links."""
    mail = Mail(
        message_id=f"{kind}.{language}.1f6c9a3e@example.com",
        to="dana@example.net",
        to_name="",
        sender=f"{message.sender_name} <hello@example.com>",
        reply_to="hello@example.com",
        subject=message.subject,
        text=message.text.replace("https://ringback.invalid/u/preview", LINK),
        html=message.html.replace("https://ringback.invalid/u/preview", LINK),
        headers={"List-Unsubscribe": f"<{LINK}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
    return to_bytes(mail, at=NOW).replace(b"\r\n", b"\n")


def judged(mails: list[bytes]) -> dict[str, tuple[float, str]]:
    """Score and rules of each mail by its Message-ID; all in one go, for starting up takes a second."""
    box = b"".join(b"From x@example.com Wed Nov 18 18:00:00 2026\n" + mail + b"\n" for mail in mails)
    asked = subprocess.run(
        [SPAMASSASSIN or "", "--local", "--mbox"], input=box, capture_output=True, timeout=180, check=True
    )
    found: dict[str, tuple[float, str]] = {}
    for mail in re.split(r"(?m)^From x@example\.com", asked.stdout.decode("utf-8", "replace"))[1:]:
        score, named = _SCORE.search(mail), _ID.search(mail)
        assert score
        assert named
        found[named[1]] = (float(score[1]), "".join(score[2].split()))
    return found


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.usefixtures("app")
def test_no_default_message_looks_like_spam() -> None:
    mails = [as_it_leaves(composed(kind, language), kind, language) for kind in KINDS for language in languages()]

    scores = judged([*mails, SPAM])

    assert scores.pop("spam@example.com")[0] > 5  # it does judge
    assert len(scores) == len(mails)
    assert {name: found for name, found in scores.items() if found[0] >= MOST} == {}
