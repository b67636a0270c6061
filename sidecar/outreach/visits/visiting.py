"""Who opened the link in a message: a person, or a program that looks at mail before people do. Pure.

Mail gateways fetch every link to see whether it is safe, often within a second of the delivery and mostly under the
name of an ordinary browser, so the name alone does not tell. A person who is taken for a program still gets where the
link leads; only nothing is concluded from it. Source: reference/safety.md C15 and C16.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

PERSON, SCANNER = "person", "scanner"

TOO_SOON = timedelta(seconds=10)  # after sending: nobody has read it by then
AT_ONCE = timedelta(seconds=3)  # within this, one visitor opening several links is a program
_MANY_MESSAGES = 3  # different people's links from one place at once

_PROGRAMS = re.compile(
    r"(?<!cu)bots?\b|crawl|spider|slurp|scan|preview|prefetch|monitor|check(?:er|link)|headless|phantomjs|"
    r"python|curl/|wget|libwww|lwp|okhttp|java/|apache-http|go-http|node-fetch|axios|undici|guzzle|ruby|perl|"
    r"barracuda|mimecast|proofpoint|symantec|messagelabs|sophos|trend ?micro|fireeye|forcepoint|cloudmark|"
    r"safelinks|safebrowsing|defender|urldefense|ironport|bitdefender|kaspersky|avast|zscaler|"
    r"existence discovery|office protocol|ms-office|facebookexternalhit|whatsapp|telegram|slack|discord|skypeuri|"
    r"google(?:imageproxy|-safety|-read)|feedfetcher|yahoomailproxy",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One opening of a link. `looks_ahead` is what the browser says about fetching early (Purpose, X-Moz and the
    like), `destination` its Sec-Fetch-Dest, both "" when it says nothing; `since_sent` None while the message is still
    being handed over. `other_links` and `other_messages` were opened from the same place at about the same moment.
    """

    method: str
    user_agent: str
    since_sent: timedelta | None
    looks_ahead: str = ""
    destination: str = ""
    other_links: int = 0
    other_messages: int = 0


def visitor(visit: Visit) -> str:
    """PERSON or SCANNER."""
    return SCANNER if sign_of_a_program(visit) else PERSON


def sign_of_a_program(visit: Visit) -> str:
    """The first sign that no person opened it, as a code, or "" when there is none."""
    signs = {
        "method": visit.method != "GET",
        "looks_ahead": bool(visit.looks_ahead),
        "not_a_page": visit.destination not in ("", "document"),
        "no_browser": not visit.user_agent.strip() or bool(_PROGRAMS.search(visit.user_agent)),
        "too_soon": visit.since_sent is None or visit.since_sent < TOO_SOON,
        "at_once": is_at_once(visit.other_links, visit.other_messages),
    }
    return next((sign for sign, shows in signs.items() if shows), "")


def is_at_once(other_links: int, other_messages: int) -> bool:
    """Whether so many links opened within AT_ONCE are a program's doing: two of one message, or those of three."""
    return other_links > 0 or other_messages >= _MANY_MESSAGES - 1
